import dataclasses

import pytest
import torch

from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.datasheet import simulated_datasheet
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.foundation.errors import SettingsError
from ohmshot.host.measure.crossover import (
    ALL_BY_RESET_US,
    crossover_by_datasheet,
    least_error_crossover,
    measured_crossover,
)
from ohmshot.host.strategies.registry import strategy_named

LETI = load_parameter_set("leti_hfo2_130nm").values
LEVELS = torch.tensor([40.0, 60.0, 80.0, 100.0])


@pytest.mark.parametrize(
    ("by_reset", "by_set", "crossover"),
    [
        ([1.0, 2, 6, 9], [4.0, 4, 4, 4], 70.0),
        ([1.0, 5, 1, 9], [4.0, 4, 4, 4], 90.0),  # one level that a single crossing cannot have both ways
        ([5.0, 5, 5, 5], [4.0, 4, 4, 4], 40.0),
        ([1.0, 1, 1, 1], [4.0, 4, 4, 4], ALL_BY_RESET_US),
    ],
)
def test_the_crossover_has_the_least_sum_of_squares(
    by_reset: list[float], by_set: list[float], crossover: float
) -> None:
    assert least_error_crossover(LEVELS, torch.tensor(by_reset), torch.tensor(by_set)) == crossover


def test_without_a_measurement_it_is_one_quantum_of_conductance_within_the_levels() -> None:
    sheet = simulated_datasheet(LETI, Circuit())
    assert crossover_by_datasheet(sheet) == pytest.approx(2 * 1.602176634e-19**2 / 6.62607015e-34 * 1e6, rel=1e-5)
    assert crossover_by_datasheet(dataclasses.replace(sheet, level_conductances=(10.0, 40.0))) == 40.0


def test_noisy_resets_lower_the_crossover_that_chips_show() -> None:
    found = {}
    for onset in (0.05, 0.6):
        noisy = dataclasses.replace(LETI, reset_log_spread=(onset, 0.6), reset_pulse_share=0.3)
        chips = SimulatedCrossbar(noisy, Circuit(), 1, [0, 1])
        found[onset] = measured_crossover(chips, strategy_named("hybrid"), 3600.0)
    assert found[0.6].crossover < found[0.05].crossover
    assert found[0.6].error_by_reset[-1] > found[0.6].error_by_set[-1]
    assert found[0.05].error_by_reset[0] < found[0.05].error_by_set[0]


def test_a_strategy_without_a_crossover_is_refused() -> None:
    with pytest.raises(SettingsError, match="crossover"):
        measured_crossover(SimulatedCrossbar(LETI, Circuit(), 1, [0]), strategy_named("iterative-set"), 10.0)
