"""Laws of the analog multiply, by hand."""

import dataclasses
import re

import numpy as np
import pytest
import torch

from ohmshot.cell.noise import TRAP
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.cell.state import CELL
from ohmshot.cell.technology import technology
from ohmshot.chip import multiply
from ohmshot.chip.circuit import Circuit, converter
from ohmshot.chip.crossbar import PairBlocks
from ohmshot.chip.engine import PROCESSOR
from ohmshot.chip.row_voltages import Units
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.foundation.compiled import F32
from ohmshot.foundation.errors import ChipError

IDEAL = load_parameter_set("ideal").values


def through_lines(conductances: torch.Tensor, ohm: float, arrays: int = 1) -> torch.Tensor:
    """What the periphery sees, uS."""
    chips, rows, columns = conductances.shape
    cells, traps = np.zeros((chips, rows * columns), CELL), np.zeros((chips, 0), TRAP)
    cells["conductance"] = conductances.flatten(1).numpy()
    chip = (cells, traps, np.zeros(chips), np.zeros(chips, np.uint64), technology(IDEAL))
    seen, variances = PROCESSOR.matrix(*chip, (rows, columns, columns // arrays), F32(ohm * 1e-6), False)
    assert variances.size == 0
    return torch.from_numpy(seen).mT


def test_one_cell_is_in_series_with_one_piece_of_each_line() -> None:
    # To first order G (1 - 2 r G): 100 uS behind twice 10 ohm loses 0.2 %.
    assert float(through_lines(torch.tensor([[[100.0]]]), 10.0)) == pytest.approx(100 * (1 - 2 * 10 * 100e-6))


def test_lines_that_take_everything_leave_nothing() -> None:
    assert float(through_lines(torch.tensor([[[100.0]]]), 1e4)) == 0.0


def test_line_resistance_agrees_with_the_drops_summed_one_by_one() -> None:
    conductance = torch.rand(1, 3, 4, dtype=torch.float64) * 100
    voltages = torch.tensor([0.2, 0.1, 0.15], dtype=torch.float64)
    current = voltages[:, None] * conductance[0] * 1e-6
    lost = torch.zeros(3, 4, dtype=torch.float64)
    for i in range(3):
        for j in range(4):
            lost[i, j] = sum(current[i, k:].sum() for k in range(j + 1))
            lost[i, j] += sum(current[: k + 1, j].sum() for k in range(i, 3))
    exact_to_first_order = ((voltages[:, None] - 2.0 * lost) * conductance[0]).sum(0)
    seen = voltages @ through_lines(conductance, 2.0)[0].double()
    torch.testing.assert_close(seen, exact_to_first_order, rtol=1e-6, atol=0)


def test_a_row_line_ends_with_its_array() -> None:
    # One row of two cells of 100 uS behind 10 ohm a piece. As one array: the row loses r (G + G) before the first cell
    # and r (G + 2 G) before the second, each column r G: 100 (1 - 3 x 10 x 100e-6) and 100 (1 - 4 x 10 x 100e-6).
    one = through_lines(torch.full((1, 1, 2), 100.0), 10.0)
    assert one.flatten().tolist() == pytest.approx([99.7, 99.6], rel=1e-6)
    # As two arrays each cell is alone: 100 (1 - 2 x 10 x 100e-6).
    two = through_lines(torch.full((1, 1, 2), 100.0), 10.0, arrays=2)
    assert two.flatten().tolist() == pytest.approx([99.8, 99.8], rel=1e-6)


def side_by_side(held: torch.Tensor) -> tuple[SimulatedCrossbar, SimulatedCrossbar]:
    """Three arrays as one chip and as three, 5 ohm a piece of line; ``held`` uS [rows, columns]."""
    circuit = Circuit(rows=4, columns=6, line_resistance_ohm=5.0)
    together = SimulatedCrossbar(IDEAL, circuit.arrays(3), 0, [0])
    apart = SimulatedCrossbar(IDEAL, circuit, 0, [0, 1, 2])
    alone = torch.stack(held.split(6, 1))
    for chip, conductances in ((together, held[None]), (apart, alone)):
        cells = torch.arange(conductances.numel())
        chip.form(cells)
        chip.set(cells, conductances.flatten() / 100)  # this cell reaches 100 uS for each volt at the gate
    return together, apart


def test_arrays_side_by_side_answer_as_so_many_single_ones() -> None:
    held = 20 + 100 * torch.rand(4, 18)
    together, apart = side_by_side(held)
    volts = 0.4 * torch.rand(1, 5, 4) - 0.2
    of_all = together.multiply(volts, slice(0, 18))
    of_each = apart.multiply(volts.expand(3, 5, 4), slice(0, 6))
    assert torch.equal(of_all[0], torch.cat([*of_each], -1))
    # Columns 4 to 7 lie over the border of the first two arrays.
    assert torch.equal(together.multiply(volts, slice(4, 8)), of_all[..., 4:8])
    lossless = volts[0] @ held
    assert float((of_all[0] - lossless).abs().max()) > 0.1


def test_every_array_that_takes_part_charges_row_lines_of_its_own() -> None:
    # All conversions free, row voltages of 0 V: what is left are lines, 4 rows to 0.2 V at 0.1 pF, 16 fJ an array.
    cell = dataclasses.replace(IDEAL, line_capacitance=1e-13, read_voltage=0.2)
    circuit = Circuit(rows=4, columns=6, conversion_energy_j=0.0).arrays(3)
    for columns, arrays in (((0, 6), 1), ((5, 6), 1), ((5, 7), 2), ((6, 12), 1), ((0, 18), 3), ((5, 13), 3)):
        chip = SimulatedCrossbar(cell, circuit, 0, [0])
        chip.multiply(torch.zeros(1, 1, 4), slice(*columns))
        assert float(chip.meter().joules) == pytest.approx(arrays * 16e-15, rel=1e-4, abs=0), columns


def test_noise_of_the_cells_of_a_column_adds_in_its_variance() -> None:
    # Rows at 0.1 V and 0.4 / 3 V, two cells of 100 uS with a read noise of 3 uS: (0.3 uA)^2 + (0.4 uA)^2 = (0.5 uA)^2.
    # 30,000 inputs: the standard deviation is known to 0.4 %.
    circuit = Circuit(rows=2, columns=1, input_bits=None, output_bits=None, line_resistance_ohm=0.0)
    quiet = dataclasses.replace(IDEAL, read_noise=0.03)
    chip = SimulatedCrossbar(quiet, circuit, 0, [0])
    chip.form(torch.arange(2))
    chip.set(torch.arange(2), torch.tensor([1.0, 1.0]))
    currents = chip.multiply(torch.tensor([[[0.1, 0.4 / 3]]]).expand(1, 30_000, 2), slice(0, 1))
    assert float(currents.std()) == pytest.approx(0.5, rel=0.016)


def test_a_multiply_pays_v_squared_g_over_inputs_rows_and_columns() -> None:
    # Cells of 2 x 2 hold 100 uS, so a row has 200 uS. Two inputs drive the first with 0.01 + 0.04 V^2 and the second
    # with 0.04 + 0 V^2: 10 + 8 uW, for 0.1 us: 1.8 pJ. Lines: 2 inputs x 2 rows to 0.2 V; converters take nothing.
    circuit = Circuit(2, 2, None, None, line_resistance_ohm=0.0, conversion_energy_j=0.0)
    cell = dataclasses.replace(IDEAL, read_width=1e-7, line_capacitance=1e-13)
    chip = SimulatedCrossbar(cell, circuit, 0, [0])
    chip.form(torch.arange(4))
    chip.set(torch.arange(4), torch.ones(4))
    chip.multiply(torch.tensor([[[0.1, 0.2], [0.2, 0.0]]]), slice(0, 2))
    expected = 1.8e-12 + 4 * 1e-13 * 0.04
    assert float(chip.meter().of("multiply").joules) == pytest.approx(expected, rel=1e-6, abs=0)


@pytest.mark.parametrize(
    ("value", "bits", "seen"),
    [
        # Three bits over plus and minus 6: seven steps, 2 apart. Half way goes to the even step.
        (0.9, 3, 0.0),
        (1.1, 3, 2.0),
        (-3.1, 3, -4.0),
        (5.0, 3, 4.0),
        (7.0, 3, 6.0),
        (-9.0, 3, -6.0),
        (1.234, None, 1.234),
        (7.0, None, 6.0),
        (-7.0, None, -6.0),
    ],
)
def test_a_converter_of_so_many_bits_rounds_to_its_steps(value: float, bits: int | None, seen: float) -> None:
    assert float(multiply.converted(F32(value), *converter(6.0, bits))) == pytest.approx(seen)


def test_a_chip_converts_row_voltages_and_column_currents() -> None:
    # Rows: 3 bits over 0.2 V, steps of 0.2 / 3 V; 0.1 V goes to the step 2 (1.5 to even), 0.13333 V. 100 uS: 13.333 uA.
    # Columns: 4 bits over 21 uA, steps of 3 uA: 12 uA.
    circuit = Circuit(rows=1, columns=1, input_bits=3, output_bits=4, output_range_ua=21.0, line_resistance_ohm=0.0)
    seen = []
    for changes in ({}, {"input_bits": None}, {"output_bits": None}):
        chip = SimulatedCrossbar(IDEAL, dataclasses.replace(circuit, **changes), 0, [0])
        chip.form(torch.tensor([0]))
        chip.set(torch.tensor([0]), torch.tensor([1.0]))
        seen.append(float(chip.multiply(torch.tensor([[[0.1]]]), slice(0, 1))))
    assert seen == pytest.approx([12.0, 9.0, 40 / 3], rel=1e-5)
    assert float(chip.multiply(torch.tensor([[[5.0]]]), slice(0, 1))) == pytest.approx(20.0)  # no more than 0.2 V


@pytest.mark.parametrize(
    ("block", "said"),
    [
        ([0, 4, 1, 0, 0, 2], "Blocks reach to 5 x 4 cells; the array has 4 x 6."),
        ([0, 4, 0, 4, 0, 2], "Blocks reach to 4 x 8 cells; the array has 4 x 6."),
        ([0, 3, 0, 0, 0, 2], "These blocks take inputs for 1 chips and at most 3 rows, not 1 and 4."),
        ([0, 4, 0, 1, 0, 2], "A block has no number below 0, and begins on an even bit line."),
        ([0, 4, -1, 0, 0, 2], "A block has no number below 0, and begins on an even bit line."),
        ([0, 4, 0, 0, 0], "Blocks are int64 [blocks, 6], at least one, not int64 [1, 5]."),
    ],
)
def test_blocks_outside_the_array_are_refused(block: list[int], said: str) -> None:
    chip = SimulatedCrossbar(IDEAL, Circuit(rows=4, columns=6), 0, [0])
    with pytest.raises(ChipError, match="^" + re.escape(said) + "$"):
        chip.multiply_pairs(torch.zeros(1, 2, 4), PairBlocks(np.array([block], np.int64)), Units(1.0, 1.0))
