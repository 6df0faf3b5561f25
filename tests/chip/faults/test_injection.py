import pytest
import torch

from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.crossbar import every_cell
from ohmshot.chip.faults.injected import InjectedCrossbar, simulated_chips
from ohmshot.chip.faults.injection import Injection, injection_from
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.foundation.errors import BrownOutError, OverTemperatureError, SettingsError

LETI = load_parameter_set("leti_hfo2_130nm").values


def chips(injection: Injection, numbers: list[int] | None = None) -> SimulatedCrossbar | InjectedCrossbar:
    numbers = numbers or [0]
    return simulated_chips(LETI, Circuit(), 3, numbers, [0] * len(numbers), injection)


def cells_of(crossbar: SimulatedCrossbar | InjectedCrossbar) -> torch.Tensor:
    return every_cell(crossbar)


def test_faults_are_read_from_text() -> None:
    assert injection_from(["stuck:0.01", "dead-row:2", "lost-connection:0.5"]) == Injection(
        stuck=0.01, dead_row=2, lost_connection=0.5
    )
    assert not injection_from([]).of_chip


@pytest.mark.parametrize(
    "text",
    ["stuck", "stuck:", "stuck:2", "stuck:nan", "dead-row:-1", "dead-row:1.5", "endurance:0", "meteor:1", "dead_row:1"],
)
def test_what_cannot_be_injected_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(SettingsError) as refused:
        injection_from([text])
    assert "\n" not in str(refused.value)
    with pytest.raises(SettingsError, match="twice"):
        injection_from(["stuck:0.1", "stuck:0.1"])


def test_a_refusal_names_the_fault_as_it_was_given() -> None:
    with pytest.raises(SettingsError, match=r"^The fault dead-row:-1 cannot be injected: "):
        injection_from(["dead-row:-1"])
    with pytest.raises(
        SettingsError, match=r"^There is no fault 'meteor:1' to inject. Give NAME:VALUE with stuck, dead-row,"
    ):
        injection_from(["meteor:1"])
    with pytest.raises(SettingsError, match=r"^The fault lost-connection is given twice"):
        injection_from(["lost-connection:0.1", "lost-connection:0.2"])


@pytest.mark.parametrize(
    ("text", "of"),
    [
        ("stuck:0.1", ["chip"]),
        ("dead-row:1", ["chip"]),
        ("dead-column:1", ["chip"]),
        ("endurance:100", ["chip"]),
        ("brown-out:0.1", ["supply", "chip"]),
        ("over-temperature:0.1", ["supply", "chip"]),
        ("lost-connection:0.1", ["line"]),
        ("late-answer:0.1", ["line"]),
        ("bit-flip:0.1", ["line"]),
    ],
)
def test_a_fault_is_of_the_line_of_the_supply_or_of_the_chip(text: str, of: list[str]) -> None:
    found = injection_from([text])
    assert [name for name in ("line", "supply", "chip") if getattr(found, f"of_{name}")] == of


def test_nothing_injected_is_the_plain_chip() -> None:
    assert type(chips(Injection())) is SimulatedCrossbar


def test_stuck_cells_ignore_pulses_and_lie_at_both_ends_and_between() -> None:
    crossbar = chips(Injection(stuck=0.1))
    cells = cells_of(crossbar)
    before = crossbar.true_conductances().flatten()
    crossbar.form(cells)
    crossbar.reset(cells, torch.full(cells.shape, 2.6))
    crossbar.set(cells, torch.full(cells.shape, 1.8))
    crossbar.wait(3600.0, 150.0)
    after = crossbar.true_conductances().flatten()
    stuck = before == after
    assert 150 < int(stuck.sum()) < 260
    low, high = LETI.reset_conductance, LETI.level_conductances[-1]
    at = before[stuck]
    shares = [(at == high).double().mean(), (at == low).double().mean(), ((at > low) & (at < high)).double().mean()]
    assert all(0.2 < float(share) < 0.46 for share in shares)


def test_open_lines_carry_no_current_and_do_not_switch() -> None:
    crossbar = chips(Injection(dead_row=2, dead_column=3))
    cells = cells_of(crossbar)
    crossbar.form(cells)
    crossbar.set(cells, torch.full(cells.shape, 2.0))
    dead = crossbar.read(cells).view(32, 64) == 0
    assert int(dead.all(1).sum()) == 2
    assert int(dead.all(0).sum()) == 3
    assert int(dead.sum()) == 2 * 64 + 3 * 32 - 6
    voltages = torch.full((1, 1, 32), 0.2)
    currents = crossbar.multiply(voltages, slice(0, 64))[0, 0]
    assert torch.equal(currents == 0, dead.all(0))


def test_a_chip_with_few_cycles_wears_out_in_use() -> None:
    crossbar = chips(Injection(endurance=20))
    cells = cells_of(crossbar)
    crossbar.form(cells)
    for _ in range(30):
        crossbar.reset(cells, torch.full(cells.shape, 2.6))
        crossbar.set(cells, torch.full(cells.shape, 1.6))
    crossbar.reset(cells, torch.full(cells.shape, 2.6))
    share = float((crossbar.read(cells) > 80).double().mean())
    assert 0.7 < share < 1.0


def test_a_brown_out_leaves_the_rest_of_the_train_without_a_pulse_and_says_which() -> None:
    crossbar = chips(Injection(brown_out=1.0), [0, 1])
    cells = cells_of(crossbar)
    with pytest.raises(BrownOutError) as broken:
        crossbar.form(cells)
    unpulsed = broken.value.unpulsed
    formed = torch.ones(len(cells), dtype=torch.bool)
    formed[unpulsed] = False
    assert 0 < len(unpulsed) < len(cells)
    assert crossbar.meter().of("form").count.tolist() == formed.view(2, -1).sum(1).tolist()
    for chip in formed.view(2, -1):  # each chip has its own supply, and its train stops once
        assert int((chip[1:] != chip[:-1]).sum()) <= 1


def test_supplies_break_down_whatever_the_batch() -> None:
    def left(numbers: list[int]) -> torch.Tensor:
        crossbar = chips(Injection(brown_out=0.7), numbers)
        cells = cells_of(crossbar)
        seen = torch.zeros(len(cells), dtype=torch.bool)
        for _ in range(5):
            try:
                crossbar.form(cells)
            except BrownOutError as error:
                seen[error.unpulsed] = ~seen[error.unpulsed]
        return seen.view(len(numbers), -1)

    assert torch.equal(left([7])[0], left([2, 7, 4])[1])


def test_a_hot_chip_refuses_pulses_until_it_has_cooled() -> None:
    crossbar = chips(Injection(over_temperature=1.0))
    assert isinstance(crossbar, InjectedCrossbar)
    cells = cells_of(crossbar)
    with pytest.raises(OverTemperatureError, match="110 degrees"):
        crossbar.form(cells)
    assert int(crossbar.meter().pulses) == 0
    crossbar.read(cells)
    crossbar.wait(3.0)
    assert 25 < crossbar.celsius < 85


def test_an_injected_chip_goes_on_from_its_snapshot() -> None:
    first, second = (chips(Injection(brown_out=0.5, stuck=0.1)) for _ in range(2))
    cells = cells_of(first)

    def given(crossbar: SimulatedCrossbar | InjectedCrossbar) -> list[int]:
        counts = []
        for _ in range(6):
            try:
                crossbar.form(cells)
                counts.append(0)
            except BrownOutError as error:
                counts.append(len(error.unpulsed))
        return counts

    given(first)
    second.restore(first.snapshot())
    assert given(first) == given(second)
