import dataclasses

import pytest
import torch
from torch import Tensor

from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.foundation.errors import SettingsError
from ohmshot.host.strategies import STRATEGIES, strategy_named
from ohmshot.host.strategies.closed_loop import closed_loop
from ohmshot.host.strategies.history import History
from ohmshot.host.strategies.settings import StrategySettings

LETI = load_parameter_set("leti_hfo2_130nm").values
IDEAL = load_parameter_set("ideal").values
SMALL = Circuit(rows=16, columns=32)
VERIFIED = [name for name in STRATEGIES if name != "single-shot-set"]


@dataclasses.dataclass(frozen=True)
class Written:
    """Chips after programming: one cell of every pair at a level, the other reset."""

    crossbar: SimulatedCrossbar
    targets: Tensor
    missed: Tensor

    def error(self) -> Tensor:
        return self.crossbar.true_conductances().flatten() - self.targets

    def pair_error(self) -> float:
        plus, minus = self.error().view(-1, 2).unbind(1)
        return float((plus - minus).square().mean().sqrt())


def written(
    name: str,
    chips: tuple[int, ...] = tuple(range(6)),
    settings: StrategySettings | None = None,
    cell: CellParameters = LETI,
) -> Written:
    crossbar = SimulatedCrossbar(cell, SMALL, 3, list(chips))
    cells = torch.arange(len(chips) * crossbar.datasheet.cells)
    crossbar.form(cells)
    levels = torch.tensor(cell.level_conductances)
    pair = (cells // 2) % (crossbar.datasheet.cells // 2)  # the same pattern on every chip
    carries = cells % 2 == pair % 2
    targets = torch.where(carries, levels[pair % len(levels)], cell.reset_conductance)
    return Written(crossbar, targets, strategy_named(name)(crossbar, cells, targets, settings))


@pytest.mark.parametrize("name", VERIFIED)
def test_verification_leaves_cells_within_their_window_or_reports_them(name: str) -> None:
    settings = StrategySettings()
    chips = written(name, settings=settings)
    held = torch.ones_like(chips.targets, dtype=torch.bool)
    held[chips.missed] = False
    at_level = held & (chips.targets > LETI.reset_conductance)
    # Three standard deviations of read noise beyond the tolerance: what one read cannot see.
    assert float((chips.error().abs() - 0.03 * chips.targets)[at_level].quantile(0.999)) <= settings.tolerance
    assert len(chips.missed) < 0.05 * len(held)


@pytest.mark.parametrize("name", list(STRATEGIES))
def test_on_an_ideal_cell_every_strategy_is_exact(name: str) -> None:
    chips = written(name, (0,), cell=IDEAL)
    assert float(chips.error().abs().max()) <= strategy_named(name).settings.tolerance
    assert not chips.missed.numel()


@pytest.mark.parametrize("name", list(STRATEGIES))
def test_a_cell_never_spends_more_than_its_budget_of_cycles(name: str) -> None:
    settings = StrategySettings(most_cycles=2)
    chips = written(name, (0,), settings)
    assert int(chips.crossbar.wear().max()) <= 1 + 2  # FORM begins the first


@pytest.mark.parametrize("name", list(STRATEGIES))
def test_a_chip_is_written_alike_alone_and_in_a_batch(name: str) -> None:
    settings = dataclasses.replace(strategy_named(name).settings, settle_seconds=10.0)
    alone, together = written(name, (1,), settings), written(name, (0, 1), settings)
    assert torch.equal(alone.crossbar.true_conductances()[0], together.crossbar.true_conductances()[1])


def test_a_delay_before_the_verifying_read_lets_cells_relax_before_they_are_accepted() -> None:
    spread = {}
    for delay in (0.0, 60.0):
        chips = written("hybrid", (0, 1), StrategySettings(verify_delay=delay, most_attempts=40))
        chips.crossbar.wait(3600)
        spread[delay] = chips.pair_error()
    assert spread[60.0] < 0.97 * spread[0.0]


def test_the_hybrid_keeps_low_levels_better_than_iterative_set() -> None:
    spread = {}
    for name in ("iterative-set", "hybrid"):
        chips = written(name)
        chips.crossbar.wait(12 * 3600, 150)
        low = (chips.targets > 40) & (chips.targets < 55)
        spread[name] = float(chips.error()[low].square().mean().sqrt())
    assert spread["hybrid"] < 0.8 * spread["iterative-set"]


def test_ours_beats_the_hybrid_on_energy_wear_and_accuracy_after_relaxation() -> None:
    found = {}
    for name in ("hybrid", "closed-loop", "pair-corrected"):
        chips = written(name)
        spent = chips.crossbar.meter()
        energy = sum(float(spent.of(operation).joules.sum()) for operation in ("set", "reset", "read"))
        chips.crossbar.wait(3600)
        found[name] = (energy, float(chips.crossbar.wear().double().mean()), chips.pair_error())
    for better, worse in zip(found["closed-loop"][:2], found["hybrid"][:2], strict=True):
        assert better < 0.85 * worse
    assert found["closed-loop"][2] <= 1.02 * found["hybrid"][2]
    assert found["pair-corrected"][1] < found["hybrid"][1]
    assert found["pair-corrected"][2] < 0.9 * found["hybrid"][2]


def test_rounds_of_settling_rewrite_only_what_moved_and_leave_less_error() -> None:
    settings = strategy_named("closed-loop-settled").settings
    plain = written("closed-loop-settled", settings=dataclasses.replace(settings, settle_rounds=0))
    settled = written("closed-loop-settled", settings=settings)
    pulses = [int(chips.crossbar.meter().pulses.sum()) for chips in (plain, settled)]
    assert pulses[0] < pulses[1] < 2 * pulses[0]
    for chips in (plain, settled):
        chips.crossbar.wait(3600)
    assert settled.pair_error() < plain.pair_error()


def test_closed_loop_corrects_by_what_the_cell_answered() -> None:
    sheet = SimulatedCrossbar(LETI, Circuit(), 0, [0]).datasheet
    settings = StrategySettings(damping=1.0)
    one = torch.ones(1)
    gate = sheet.gate_voltage_for(90 * one)
    history = dataclasses.replace(History.begun(torch.arange(1), 91.9 * one, 80.0 * one), gate=gate)
    pulses = closed_loop(sheet, history, settings)
    assert not pulses.source.any()
    # The cell ended 10 uS below what the gate voltage typically gives, so it is asked for 10 uS more.
    torch.testing.assert_close(pulses.gate, sheet.gate_voltage_for((91.9 + 10) * one))


def test_what_a_cycle_ended_with_is_learned_when_the_next_begins() -> None:
    sheet = SimulatedCrossbar(LETI, Circuit(), 0, [0]).datasheet
    settings, one = StrategySettings(), torch.ones(1)
    history = History.begun(torch.arange(1), 91.9 * one, 20.0 * one)
    pulses = closed_loop(sheet, history, settings)
    history = history.after(pulses, 100.0 * one, sheet, settings)
    assert float(history.gate_shift) == 0
    again = closed_loop(sheet, history, settings)
    learned = history.after(again, 90.0 * one, sheet, settings)
    assert float(learned.gate_shift) == pytest.approx(
        0.5 * float(pulses.gate - sheet.gate_voltage_for(100.0 * one)), abs=1e-6
    )


def test_an_unknown_strategy_lists_the_known_ones() -> None:
    with pytest.raises(SettingsError, match="iterative-set"):
        strategy_named("guess")
