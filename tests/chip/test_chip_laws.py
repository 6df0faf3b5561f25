"""Laws of a chip, whatever its technology, its array and the pulses that it gets."""

import dataclasses
from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.cell.technology import switching_at_operation
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.simulated import SimulatedCrossbar
from random_cells import SETS, technologies

LETI = SETS["leti_hfo2_130nm"]
Pulse = tuple[str, float, int]
pulses = st.lists(
    st.tuples(
        st.sampled_from(["form", "set", "reset", "wait", "read", "multiply"]), st.floats(0, 1), st.integers(1, 3)
    ),
    min_size=1,
    max_size=8,
)
arrays = st.builds(Circuit, rows=st.integers(1, 6), columns=st.integers(1, 9), line_resistance_ohm=st.floats(0, 5))


def apply(chip: SimulatedCrossbar, pulse: Pulse) -> None:
    """One operation on every first, second or third cell; strength from none to full."""
    kind, strength, stride = pulse
    parameters = chip.parameters
    each = chip.circuit.rows * chip.circuit.columns
    # The same cells of every chip, so that a chip can be compared with itself in another batch.
    cells = torch.cat([torch.arange(0, each, stride) + i * each for i in range(chip.chips)])
    if kind == "form":
        chip.form(cells)
    elif kind == "set":
        low, high = parameters.set_gate_voltages
        chip.set(cells, torch.full(cells.shape, low + strength * (high - low)))
    elif kind == "reset":
        chip.reset(cells, torch.full(cells.shape, strength * parameters.reset_source_voltages[1]))
    elif kind == "read":
        chip.read(cells)
    elif kind == "multiply":
        chip.multiply(torch.full((chip.chips, 2, chip.circuit.rows), 0.2 * strength), slice(0, chip.circuit.columns))
    else:
        chip.wait(1e5 * strength, 200 * strength)


def formed(parameters: CellParameters, circuit: Circuit, seed: int, numbers: list[int]) -> SimulatedCrossbar:
    chip = SimulatedCrossbar(parameters, circuit, seed, numbers)
    chip.form(torch.arange(len(numbers) * circuit.rows * circuit.columns))
    return chip


@settings(max_examples=30, deadline=None)
@given(technologies(), arrays, st.integers(0, 2**31), pulses)
def test_set_only_raises_reset_only_lowers_and_nothing_leaves_the_window(
    parameters: CellParameters, circuit: Circuit, seed: int, sequence: list[Pulse]
) -> None:
    chip = formed(parameters, circuit, seed, [0, 1])
    for pulse in sequence:
        before = chip.true_conductances()
        apply(chip, pulse)
        after = chip.true_conductances()
        # Neighbours included: disturb goes the same way as the pulse that causes it.
        if pulse[0] in ("set", "form"):
            assert bool((after >= before).all())
        if pulse[0] == "reset":
            assert bool((after <= before).all())
        assert float(after.min()) >= parameters.minimum_conductance - 1e-5
        assert float(after.max()) <= parameters.maximum_conductance + 1e-4


@settings(max_examples=30, deadline=None)
@given(technologies(), arrays, st.integers(0, 2**31), pulses)
def test_every_energy_is_positive_and_the_meter_is_their_sum(
    parameters: CellParameters, circuit: Circuit, seed: int, sequence: list[Pulse]
) -> None:
    chip = formed(parameters, circuit, seed, [0, 1])
    total = chip.meter()
    for pulse in sequence:
        before, state = chip.meter(), chip.true_conductances()
        apply(chip, pulse)
        spent = chip.meter() - before
        assert torch.equal(spent.energy_joules > 0, spent.counts > 0)
        assert bool((spent.energy_joules >= 0).all())
        total = total + spent
        if pulse[0] == "set":
            one = _set_joules(switching_at_operation(parameters), pulse[1])
            sets = spent.of("set")
            assert sets.joules.tolist() == pytest.approx((one * sets.count).tolist(), rel=1e-4, abs=0)
        if pulse[0] == "reset":
            resets, least, most = spent.of("reset"), float(chip.true_conductances().min()), float(state.max())
            low, high = (_reset_joules(parameters, pulse[1], g) * resets.count for g in (least, most))
            assert bool((0.9999 * low <= resets.joules).all())
            assert bool((resets.joules <= 1.0001 * high).all())
    torch.testing.assert_close(chip.meter().energy_joules, total.energy_joules, rtol=1e-9, atol=0)


def _set_joules(parameters: CellParameters, strength: float) -> float:
    """Compliance current of a gate voltage, uA, on the bit line for the whole pulse, and two lines charged."""
    (low, high), (bottom, top) = parameters.set_gate_voltages, parameters.set_conductances
    gate, line = low + strength * (high - low), parameters.set_bit_line_voltage
    microamperes = (bottom + strength * (top - bottom)) * parameters.compliance_per_conductance
    return line * microamperes * 1e-6 * parameters.set_width + parameters.line_capacitance * (gate**2 + line**2)


def _reset_joules(parameters: CellParameters, strength: float, microsiemens: float) -> float:
    """A RESET all along at one conductance, and two lines charged."""
    volts, gate = strength * parameters.reset_source_voltages[1], parameters.reset_gate_voltage
    microamperes = microsiemens * parameters.compliance_per_conductance * parameters.reset_current_factor
    return volts * microamperes * 1e-6 * parameters.reset_width + parameters.line_capacitance * (volts**2 + gate**2)


@settings(max_examples=30, deadline=None)
@given(technologies(), arrays, st.integers(0, 2**31), pulses)
def test_nothing_depends_on_the_batch_that_a_chip_sits_in(
    parameters: CellParameters, circuit: Circuit, seed: int, sequence: list[Pulse]
) -> None:
    together, alone = formed(parameters, circuit, seed, [4, 7, 9]), formed(parameters, circuit, seed, [7])
    each = circuit.rows * circuit.columns
    for pulse in sequence:
        apply(together, pulse)
        apply(alone, pulse)
    assert torch.equal(together.true_conductances()[1], alone.true_conductances()[0])
    read_together, read_alone = together.read(torch.arange(each) + each), alone.read(torch.arange(each))
    assert torch.equal(read_together, read_alone)
    joules_together, joules_alone = together.meter().energy_joules, alone.meter().energy_joules
    assert joules_together[:, 1].tolist() == joules_alone[:, 0].tolist()


def differing(one: Callable[[CellParameters], CellParameters], seed: int = 3) -> tuple[torch.Tensor, torch.Tensor]:
    """Conductances of the same chip and the same pulses with and without a change of the technology."""
    circuit = Circuit(rows=8, columns=8)
    found = []
    for parameters in (LETI, one(LETI)):
        chip = formed(parameters, circuit, seed, [0])
        for pulse in (("reset", 1.0, 1), ("set", 0.5, 2), ("reset", 0.7, 3)):
            apply(chip, pulse)
        found.append(chip.true_conductances().flatten())
    return found[0], found[1]


def test_disturb_reaches_half_selected_cells_and_is_off_in_the_shipped_set() -> None:
    assert LETI.set_disturb == LETI.reset_disturb == 0
    without, with_disturb = differing(lambda p: dataclasses.replace(p, set_disturb=1e-3, reset_disturb=1e-3))
    assert bool((without != with_disturb).any())
    assert float((without - with_disturb).abs().max()) < 3


def test_a_disturbed_cell_goes_on_ageing_from_where_it_was_moved_to() -> None:
    circuit = Circuit(rows=1, columns=2)
    quiet = dataclasses.replace(SETS["ideal"], reset_disturb=0.01)
    chip = formed(quiet, circuit, 0, [0])
    chip.set(torch.tensor([0, 1]), torch.tensor([1.0, 1.0]))
    chip.wait(100.0)
    for _ in range(50):
        chip.reset(torch.tensor([0]), torch.tensor([0.5]))
    moved = float(chip.true_conductances().flatten()[1])
    assert moved == pytest.approx(100 * 0.99**50, rel=1e-3)
    chip.wait(100.0)
    assert float(chip.true_conductances().flatten()[1]) == pytest.approx(moved, rel=1e-5)


def test_a_trap_lowers_a_cell_for_a_while_and_the_conductance_itself_stays() -> None:
    trapped = dataclasses.replace(SETS["ideal"], telegraph_share=1.0, telegraph_amplitude=2.0, telegraph_log_spread=0.0)
    trapped = dataclasses.replace(trapped, telegraph_dwell_times=(1e-3, 1e-3), telegraph_limit=0.5)
    chip = formed(trapped, Circuit(rows=20, columns=20), 0, [0])
    everything = torch.arange(400)
    chip.set(everything, torch.full((400,), 1.0))
    quick = torch.stack([chip.read(everything[:1]) for _ in range(3)])
    assert float(quick.std()) == 0  # three reads in a microsecond see the trap as it stands
    looks = []
    for _ in range(200):
        chip.wait(0.01)
        looks.append(chip.read(everything))
    seen = torch.stack(looks)
    assert sorted({round(value, 3) for value in seen.flatten().tolist()}) == [98.0, 100.0]
    assert float((seen < 99).double().mean()) == pytest.approx(0.5, abs=0.02)
    assert float(chip.true_conductances().min()) == pytest.approx(100.0)
    driven = torch.full((1, 1, 20), 0.2)
    currents = torch.stack([chip.multiply(driven, slice(0, 20)) for _ in range(2)])
    assert float(currents[0].max()) < 20 * 0.2 * 100


def test_a_hot_chip_is_read_higher_and_keeps_its_state() -> None:
    hot = dataclasses.replace(LETI, operating_temperature=85.0, read_noise=0.0)
    chip = formed(hot, Circuit(rows=4, columns=4), 1, [0])
    true = chip.true_conductances().flatten()
    read = chip.read(torch.arange(16))
    assert bool((read > true).all())
    assert float((read / true).max()) < 1.13


def test_cells_that_do_not_form_stay_at_the_bottom() -> None:
    weak = dataclasses.replace(LETI, form_voltage=3.0)
    chip = formed(weak, Circuit(), 1, [0])
    low = chip.true_conductances() <= LETI.minimum_conductance
    assert float(low.double().mean()) == pytest.approx(0.5, abs=0.05)
    apply(chip, ("set", 1.0, 1))
    assert torch.equal(chip.true_conductances() <= LETI.minimum_conductance, low)
    assert float(chip.true_conductances().max()) > 100


def test_a_cell_is_disturbed_by_the_pulses_on_the_others_of_its_row_and_its_column() -> None:
    # Two chips of 2 x 3 cells at 100 uS, the reset state at 0: each pulse elsewhere takes a hundredth. Cells 0 and 1 of
    # the first chip get a RESET below the onset, of the second the last cell.
    chip = formed(dataclasses.replace(SETS["ideal"], reset_disturb=0.01), Circuit(rows=2, columns=3), 0, [0, 1])
    chip.set(torch.arange(12), torch.full((12,), 1.0))
    chip.reset(torch.tensor([0, 1, 11]), torch.zeros(3))
    pulses = torch.tensor([[[1, 1, 2], [1, 1, 0]], [[0, 0, 1], [1, 1, 0]]])
    torch.testing.assert_close(chip.true_conductances(), 100 * 0.99 ** pulses.float(), rtol=1e-5, atol=0)


def test_a_pulse_does_not_reach_the_row_of_another_array() -> None:
    # Two arrays of 2 x 2 cells; RESETs on cell 0 of the first and on the last cell of the second.
    circuit = Circuit(rows=2, columns=2).arrays(2)
    chip = formed(dataclasses.replace(SETS["ideal"], reset_disturb=0.01), circuit, 0, [0])
    chip.set(torch.arange(8), torch.full((8,), 1.0))
    chip.reset(torch.tensor([0, 7]), torch.zeros(2))
    pulses = torch.tensor([[[0, 1, 0, 1], [1, 0, 1, 0]]])
    torch.testing.assert_close(chip.true_conductances(), 100 * 0.99 ** pulses.float(), rtol=1e-5, atol=0)
