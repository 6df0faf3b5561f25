"""The same seed gives the same chip: alone or among a thousand, on one thread or on two at once."""

from concurrent.futures import ThreadPoolExecutor

import torch

from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.host.strategies.registry import strategy_named

CIRCUIT = Circuit(rows=4, columns=8)
CELLS = CIRCUIT.rows * CIRCUIT.columns


def written(numbers: range) -> SimulatedCrossbar:
    """Chips that have been formed, written, baked and read."""
    chip = SimulatedCrossbar(load_parameter_set("pessimistic").values, CIRCUIT, 8, numbers)
    cells = torch.arange(len(numbers) * CELLS)
    chip.form(cells)
    states = torch.tensor((chip.datasheet.reset_conductance, *chip.datasheet.level_conductances))
    strategy_named("hybrid")(chip, cells, states[cells % CELLS % len(states)])
    chip.wait(43_200.0, 150.0)
    chip.read(cells[::2])
    chip.multiply(torch.full((len(numbers), 2, 4), 0.1), slice(0, 8))
    return chip


def cells_of(chip: SimulatedCrossbar) -> list[bytes]:
    """All that is known of the cells, chip by chip."""
    return [each.tobytes() for each in chip.state.records.reshape(chip.chips, CELLS)]


def test_a_chip_alone_is_that_chip_among_a_thousand() -> None:
    together = written(range(1000))
    for number in (0, 417, 999):
        alone = written(range(number, number + 1))
        assert cells_of(alone)[0] == cells_of(together)[number]
        assert torch.equal(alone.meter().energy_joules[:, 0], together.meter().energy_joules[:, number])


def test_chips_on_two_threads_at_once_are_those_of_one_thread() -> None:
    parts = [range(first, first + 50) for first in range(0, 400, 50)]
    with ThreadPoolExecutor(2) as pool:
        at_once = [cells_of(chip) for chip in pool.map(written, parts)]
    assert at_once == [cells_of(written(part)) for part in parts]
