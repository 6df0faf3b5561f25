import numpy as np
import pytest
import torch

from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.converters import bit_planes
from ohmshot.chip.crossbar import PairBlocks, every_cell
from ohmshot.chip.row_voltages import Units
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.foundation.errors import SettingsError
from ohmshot.host.strategies.registry import strategy_named

IDEAL = load_parameter_set("ideal").values
LETI = load_parameter_set("leti_hfo2_130nm").values
SIZE = {"rows": 4, "columns": 6, "line_resistance_ohm": 0.0}


def written(circuit: Circuit, chips: int = 1) -> SimulatedCrossbar:
    """Ideal cells at 15 to 120 uS."""
    chip = SimulatedCrossbar(IDEAL, circuit, 3, list(range(chips)))
    cells = every_cell(chip)
    chip.form(cells)
    strategy_named("single-shot-set")(chip, cells, 15.0 + 15 * (cells % 8).float())
    return chip


def test_bits_of_an_input_by_hand() -> None:
    # Three bits and the sign, 0.2 V: 0.2 * 5 / 7 is 101, -0.2 * 3 / 7 is 011 of the negative ones.
    planes = list(bit_planes(np.array([0.2 * 5 / 7, -0.2 * 3 / 7], np.float32), 0.2, 4))
    assert [float(weight) for weight, _ in planes] == pytest.approx([1 / 7, 2 / 7, 4 / 7, -1 / 7, -2 / 7, -4 / 7])
    ones = [(plane > 0).tolist() for _, plane in planes]
    assert ones == [[True, False], [False, False], [True, False], [False, True], [False, True], [False, False]]
    assert sum(weight * plane for weight, plane in planes) == pytest.approx([0.2 * 5 / 7, -0.2 * 3 / 7])


def test_bit_serial_inputs_give_the_same_currents_in_six_times_the_conversions() -> None:
    volts = (torch.arange(-7, 5) / 7 * 0.2).reshape(1, 3, 4)
    plain = Circuit(**SIZE, input_bits=4, output_bits=None)  # type: ignore[arg-type]
    serial = Circuit(**SIZE, input_bits=4, output_bits=None, input_scheme="bit-serial")  # type: ignore[arg-type]
    found, costs = [], []
    for circuit in (plain, serial):
        chip = written(circuit)
        before = chip.meter()
        found.append(chip.multiply(volts, slice(0, 6)))
        costs.append((chip.meter() - before).of("multiply"))
    torch.testing.assert_close(found[0], found[1], rtol=1e-5, atol=1e-4)
    assert int(costs[1].count) == 6 * int(costs[0].count)
    assert float(costs[1].seconds) == pytest.approx(6 * float(costs[0].seconds))
    conversions = 3 * 6 * Circuit.conversion_energy_j
    assert float(costs[1].joules) > 6 * conversions > float(costs[0].joules) > conversions


def test_pairs_of_several_blocks_go_through_the_same_converters() -> None:
    circuit = Circuit(**SIZE, input_bits=4, output_bits=None, input_scheme="bit-serial")  # type: ignore[arg-type]
    volts = (torch.arange(-7, 5) / 7 * 0.2).reshape(1, 3, 4)
    blocks = PairBlocks(np.array([[0, 3, 0, 0, 0, 2], [3, 1, 3, 2, 1, 2]], np.int64))
    found = written(circuit).multiply_pairs(volts, blocks, Units(0.2, 1.0))
    one, other = written(circuit), written(circuit)
    first = one.multiply(volts[:, :, :3], slice(0, 4), slice(0, 3))
    second = other.multiply(volts[:, :, 3:], slice(2, 6), slice(3, 4))
    wanted = torch.zeros(1, 3, 3)
    wanted[:, :, :2] += first[..., ::2] - first[..., 1::2]
    wanted[:, :, 1:] += second[..., ::2] - second[..., 1::2]
    torch.testing.assert_close(found, wanted)


def test_rows_without_a_bit_float_and_take_no_energy() -> None:
    chip = written(Circuit(**SIZE, input_bits=4, output_bits=None, input_scheme="bit-serial"))  # type: ignore[arg-type]
    before = chip.meter()
    chip.multiply(torch.zeros(1, 1, 4), slice(0, 6))
    spent = (chip.meter() - before).of("multiply")
    assert float(spent.joules) == pytest.approx(6 * 6 * Circuit.conversion_energy_j, rel=1e-6)


def test_gain_and_offset_of_a_column_are_the_same_in_reads_and_multiplies() -> None:
    plain = written(Circuit(**SIZE, output_bits=None))  # type: ignore[arg-type]
    wrong = written(
        Circuit(**SIZE, output_bits=None, converter_gain_spread=0.05, converter_offset_spread_ua=0.5)  # type: ignore[arg-type]
    )
    cells, volts = every_cell(plain), torch.tensor([[[0.2, 0.0, 0.0, 0.0]]])
    right = plain.read(cells).reshape(4, 6)
    read = wrong.read(cells).reshape(4, 6)
    off = (read - right).double()
    gain = ((read[3] - read[0]) / (right[3] - right[0])).double()
    offset = 0.2 * (read[0].double() - gain * right[0].double())
    assert float(off.abs().max()) > 0.5
    current = wrong.multiply(volts, slice(0, 6))[0, 0].double()
    torch.testing.assert_close(current, gain * 0.2 * right[0].double() + offset, rtol=1e-3, atol=1e-3)


def test_a_chip_keeps_its_converters_in_every_life_and_batch() -> None:
    circuit = Circuit(**SIZE, converter_gain_spread=0.05)  # type: ignore[arg-type]
    alone, beside = written(circuit), written(circuit, 3)
    assert torch.equal(alone.read(every_cell(alone)), beside.read(every_cell(beside))[:24])


def test_a_verify_converter_has_steps_from_0_to_the_highest_conductance() -> None:
    chip = written(Circuit(**SIZE, verify_bits=4))  # type: ignore[arg-type]
    read = chip.read(every_cell(chip))
    step = IDEAL.maximum_conductance / 15
    assert torch.equal((read / step).round(), (read / step).round().clamp(0, 15))
    torch.testing.assert_close(read / step, (read / step).round(), rtol=0, atol=1e-4)
    assert float((read - (15.0 + 15 * (every_cell(chip) % 8))).abs().max()) <= step / 2 + 1e-3


def test_an_offset_moves_what_write_verify_leaves() -> None:
    right, wrong = (
        SimulatedCrossbar(LETI, Circuit(rows=8, columns=16, converter_offset_spread_ua=spread), 1, [0, 1, 2, 3])
        for spread in (0.0, 2.0)
    )
    errors = []
    for chip in (right, wrong):
        cells = every_cell(chip)
        chip.form(cells)
        strategy_named("closed-loop")(chip, cells, torch.full((len(cells),), 91.9))
        errors.append(float((chip.true_conductances() - 91.9).double().square().mean().sqrt()))
    # 2 uA at 0.2 V are 10 uS.
    assert errors[1] == pytest.approx((errors[0] ** 2 + 10**2) ** 0.5, rel=0.25)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"input_scheme": "serial"}, "'levels' or 'bit-serial', not 'serial'"),
        ({"input_scheme": "bit-serial", "input_bits": None}, "input_bits of at least 2"),
        ({"input_scheme": "bit-serial", "input_bits": 1}, "input_bits of at least 2"),
        ({"verify_bits": 0}, "at least 1"),
        ({"converter_gain_spread": -0.1}, "nothing in it is negative"),
    ],
)
def test_impossible_converters_are_refused(wrong: dict[str, object], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        Circuit(**wrong)  # type: ignore[arg-type]
