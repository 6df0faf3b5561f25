import pytest
import torch

from ohmshot.bundle.file import shipped_bundle
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.faults.injected import InjectedCrossbar, simulated_chips
from ohmshot.chip.faults.injection import Injection
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.foundation.errors import BrownOutError, ChipError, OverTemperatureError
from ohmshot.host.guard import GuardedCrossbar, GuardSettings
from ohmshot.host.learner import Learner, LearnerSettings
from ohmshot.host.strategies.registry import strategy_named

LETI = load_parameter_set("leti_hfo2_130nm").values
CELLS = torch.arange(2048)


def guarded(injection: Injection, settings: GuardSettings | None = None) -> GuardedCrossbar:
    inner = simulated_chips(LETI, Circuit(), 3, [0], [0], injection)
    assert isinstance(inner, InjectedCrossbar)
    return GuardedCrossbar(inner, settings)


def test_after_brown_outs_every_cell_has_had_its_pulse_exactly_once() -> None:
    crossbar = guarded(Injection(brown_out=0.5))
    crossbar.form(CELLS)
    for _ in range(5):
        crossbar.reset(CELLS, torch.full((2048,), 2.6))
        crossbar.set(CELLS, torch.full((2048,), 1.8))
    assert crossbar.met["brown-outs"] > 3
    assert crossbar.meter().counts[:3].tolist() == [[2048], [5 * 2048], [5 * 2048]]
    assert crossbar.wear().unique().tolist() == [6]  # forming is a cycle too


def test_single_shot_set_verifies_nothing_and_still_writes_every_cell() -> None:
    learner = Learner(
        guarded(Injection(brown_out=0.5)),
        shipped_bundle("four-convolutions"),
        LearnerSettings(strategy=strategy_named("single-shot-set")),
    )
    learner.initialise()
    plain = SimulatedCrossbar(LETI, Circuit(), 3, [0])
    Learner(
        plain, shipped_bundle("four-convolutions"), LearnerSettings(strategy=strategy_named("single-shot-set"))
    ).initialise()
    assert torch.equal(learner.crossbar.meter().pulses, plain.meter().pulses)


def test_a_supply_that_never_holds_is_a_clear_stop() -> None:
    with pytest.raises(ChipError, match="The supply broke down 21 times"):
        guarded(Injection(brown_out=1.0)).form(CELLS)


def test_a_hot_chip_is_waited_for() -> None:
    crossbar = guarded(Injection(over_temperature=0.4))
    crossbar.form(CELLS)
    for _ in range(15):
        crossbar.reset(CELLS, torch.full((2048,), 2.6))
    assert crossbar.met["pauses for heat"] > 1
    assert int(crossbar.meter().pulses) == 16 * 2048


def test_a_chip_that_stays_hot_is_a_clear_stop() -> None:
    crossbar = guarded(Injection(over_temperature=1.0), GuardSettings(longest_heat_s=20.0))
    with pytest.raises(ChipError, match="pauses did not help"):
        crossbar.form(CELLS)
    assert int(crossbar.meter().pulses) == 0


def test_a_hot_chip_is_left_alone_for_twice_as_long_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    crossbar = guarded(Injection(over_temperature=1.0), GuardSettings(first_pause_s=0.5, longest_heat_s=7.5))
    pauses: list[float] = []
    monkeypatch.setattr(crossbar.inner, "wait", pauses.append)
    with pytest.raises(ChipError, match=r"7\.5 s of pauses did not help"):
        crossbar.form(CELLS)
    assert pauses == [0.5, 1.0, 2.0, 4.0]  # 7.5 s together; the next, 8 s, would go beyond
    assert crossbar.paused_s == 7.5
    assert crossbar.met["pauses for heat"] == 4


def test_pauses_begin_anew_with_every_train(monkeypatch: pytest.MonkeyPatch) -> None:
    crossbar = guarded(Injection(over_temperature=1.0), GuardSettings(first_pause_s=1.0, longest_heat_s=100.0))
    pauses: list[float] = []

    def cool_after(count: int) -> None:
        def form(cells: torch.Tensor) -> None:
            if len(pauses) < count:
                raise OverTemperatureError("The chip is too hot.")

        monkeypatch.setattr(crossbar.inner, "form", form)

    monkeypatch.setattr(crossbar.inner, "wait", pauses.append)
    cool_after(2)
    crossbar.form(CELLS)
    cool_after(4)
    crossbar.form(CELLS)
    assert pauses == [1.0, 2.0, 1.0, 2.0]


def test_what_is_no_pulse_goes_through_as_it_is() -> None:
    crossbar, plain = guarded(Injection(brown_out=1e-9)), guarded(Injection(brown_out=1e-9)).inner
    for each in (crossbar, plain):
        each.form(CELLS)
        each.wait(3600.0, 150.0)
        each.keep_health(torch.tensor([5]), torch.tensor([2]))
    assert crossbar.chips == 1
    assert crossbar.datasheet == plain.datasheet
    assert torch.equal(crossbar.read(CELLS), plain.read(CELLS))
    volts = torch.full((1, 2, 3), 0.2)
    assert torch.equal(
        crossbar.multiply(volts, slice(2, 7), slice(4, 7)), plain.multiply(volts, slice(2, 7), slice(4, 7))
    )
    assert torch.equal(crossbar.health(), plain.health())
    assert torch.equal(crossbar.wear(), plain.wear())
    assert torch.equal(crossbar.true_conductances(), plain.true_conductances())
    assert torch.equal(crossbar.meter().energy_joules, plain.meter().energy_joules)


def test_a_supply_may_break_down_as_often_as_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    crossbar = guarded(Injection(brown_out=1e-9), GuardSettings(most_brown_outs=2))
    trains: list[list[int]] = []

    def broken_after(times: int) -> None:
        def form(cells: torch.Tensor) -> None:
            trains.append(cells.tolist())
            if len(trains) <= times:
                raise BrownOutError(cells[1:])

        trains.clear()
        monkeypatch.setattr(crossbar.inner, "form", form)

    broken_after(2)
    crossbar.form(torch.tensor([3, 5, 8, 9]))
    assert trains == [[3, 5, 8, 9], [5, 8, 9], [8, 9]]
    assert crossbar.met["brown-outs"] == 2
    broken_after(3)
    with pytest.raises(ChipError, match=r"3 times in one train of pulses; 1 cells have not got theirs"):
        crossbar.form(torch.tensor([3, 5, 8, 9]))
