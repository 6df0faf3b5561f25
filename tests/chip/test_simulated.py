import dataclasses

import pytest
import torch

from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.chip.circuit import IDEAL_CIRCUIT, Circuit
from ohmshot.chip.crossbar import cell_addresses, every_cell
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.foundation.errors import ChipError

LETI = load_parameter_set("leti_hfo2_130nm").values
IDEAL = load_parameter_set("ideal").values
SMALL = Circuit(rows=4, columns=6)


def used(numbers: list[int], lives: list[int] | None = None, circuit: Circuit = SMALL) -> SimulatedCrossbar:
    crossbar = SimulatedCrossbar(LETI, circuit, 11, numbers, lives)
    cells = torch.arange(len(numbers) * circuit.rows * circuit.columns)
    crossbar.form(cells)
    crossbar.reset(cells, torch.full(cells.shape, 2.6))
    crossbar.set(cells, torch.full(cells.shape, 1.7))
    crossbar.wait(3600)
    return crossbar


def test_a_chip_does_not_depend_on_the_batch_it_sits_in() -> None:
    alone, together = used([3]), used([1, 2, 3])
    assert torch.equal(alone.true_conductances()[0], together.true_conductances()[2])
    assert torch.equal(alone.read(torch.arange(24)), together.read(torch.arange(72))[48:])


def test_two_lives_of_a_chip_share_its_devices_but_not_its_pulses() -> None:
    twice = used([3, 3], [0, 1])
    assert torch.equal(twice.state.set_device_offset[:24], twice.state.set_device_offset[24:])
    assert not torch.equal(twice.true_conductances()[0], twice.true_conductances()[1])


def test_the_meter_adds_up_and_subtracts() -> None:
    crossbar = used([0, 1])
    before = crossbar.meter()
    crossbar.read(torch.tensor([0, 1, 30]))
    spent = crossbar.meter() - before
    assert spent.of("read").count.tolist() == [2, 1]
    assert before.of("set").count.tolist() == [24, 24]
    assert before.pulses.tolist() == [72, 72]
    assert bool((spent.energy_joules >= 0).all())
    torch.testing.assert_close((before + spent).energy_joules, crossbar.meter().energy_joules, rtol=1e-12, atol=0)


def test_the_ideal_multiply_is_a_matrix_product() -> None:
    crossbar = SimulatedCrossbar(IDEAL, IDEAL_CIRCUIT, 1, [0])
    cells = torch.arange(2048)
    crossbar.form(cells)
    crossbar.reset(cells, torch.full(cells.shape, 2.6))
    crossbar.set(cells, torch.linspace(0, 1.2, 2048))
    voltages = torch.rand(1, 5, 32) * 0.2
    torch.testing.assert_close(
        crossbar.multiply(voltages, slice(3, 9)), (voltages @ crossbar.true_conductances())[:, :, 3:9]
    )


def test_rows_that_are_not_driven_rest_at_zero_volts() -> None:
    some, all_ = used([0, 1]), used([0, 1])
    volts = torch.rand(2, 5, 2) * 0.2
    currents = some.multiply(volts, slice(1, 4), slice(1, 3))
    padded = torch.nn.functional.pad(volts, (1, 1))
    assert torch.equal(currents, all_.multiply(padded, slice(1, 4)))
    torch.testing.assert_close(
        some.meter().of("multiply").joules, all_.meter().of("multiply").joules, rtol=1e-6, atol=0
    )


def test_read_noise_of_a_multiply_has_the_variance_of_its_cells() -> None:
    circuit = Circuit(rows=4, columns=6, input_bits=None, output_bits=None, line_resistance_ohm=0)
    crossbar = used([0], circuit=circuit)
    voltages = torch.full((1, 20_000, 4), 0.1)
    currents = crossbar.multiply(voltages, slice(0, 6))[0]
    expected = (0.1 * LETI.read_noise * crossbar.true_conductances()[0]).square().sum(0).sqrt()
    torch.testing.assert_close(currents.std(0), expected, rtol=0.03, atol=0)


def test_addresses_of_a_mask_are_sorted_and_flat() -> None:
    mask = torch.zeros(2, 4, 6, dtype=torch.bool)
    mask[0, 1, 2] = mask[1, 0, 0] = True
    assert cell_addresses(mask).tolist() == [8, 24]


def test_impossible_requests_are_refused() -> None:
    crossbar = used([0])
    with pytest.raises(ChipError, match="outside"):
        crossbar.read(torch.tensor([24]))
    with pytest.raises(ChipError, match="amplitudes"):
        crossbar.set(torch.tensor([1, 2]), torch.tensor([1.5]))
    with pytest.raises(ChipError, match="wait"):
        crossbar.wait(-1)
    with pytest.raises(ChipError, match="rows"):
        crossbar.multiply(torch.zeros(1, 1, 5), slice(0, 1))


def test_every_cell_of_a_batch_has_its_address() -> None:
    assert every_cell(SimulatedCrossbar(IDEAL, Circuit(rows=2, columns=3), 1, [0, 4])).tolist() == list(range(12))


def test_the_hosts_codes_are_kept_with_their_cells() -> None:
    crossbar = used([0, 1])
    assert not bool(crossbar.health().any())
    crossbar.keep_health(torch.tensor([3, 24, 47]), torch.tensor([1, 2, 3]))
    assert torch.nonzero(crossbar.health()).tolist() == [[0, 0, 3], [1, 0, 0], [1, 3, 5]]
    assert crossbar.health()[1, 3, 5] == 3
    with pytest.raises(ChipError, match="outside"):
        crossbar.keep_health(torch.tensor([48]), torch.tensor([1]))


def test_wear_counts_the_cycles_of_each_cell() -> None:
    crossbar = used([0])  # formed, reset and set: two cycles
    crossbar.reset(torch.tensor([7]), torch.tensor([2.6]))
    crossbar.set(torch.tensor([7]), torch.tensor([1.7]))
    crossbar.set(torch.tensor([8]), torch.tensor([1.7]))  # goes on from the SET before
    wear = crossbar.wear()
    assert wear.dtype == torch.int64
    assert wear.flatten()[:9].tolist() == [2] * 7 + [3, 2]


def test_a_wait_is_seconds_at_a_temperature_above_absolute_zero() -> None:
    crossbar = used([0])
    crossbar.wait(0.0, -273.0)
    for seconds, celsius in ((-1.0, 25.0), (1.0, -273.15), (1.0, -300.0)):
        with pytest.raises(ChipError, match="at least 0 s"):
            crossbar.wait(seconds, celsius)


def test_a_refused_pulse_names_how_many_amplitudes_are_wanted() -> None:
    crossbar = used([0])
    with pytest.raises(ChipError, match=r"2 cells need 2 amplitudes, not \(1,\)"):
        crossbar.set(torch.tensor([1, 2]), torch.tensor([1.5]))
    for volts in (float("nan"), float("inf")):
        with pytest.raises(ChipError, match="finite"):
            crossbar.reset(torch.tensor([1]), torch.tensor([volts]))
    with pytest.raises(ChipError, match="for 1 chips and 4 rows, not 1 and 5"):
        crossbar.multiply(torch.zeros(1, 1, 5), slice(0, 1))
    with pytest.raises(ChipError, match="for 1 chips and 2 rows, not 2 and 2"):
        crossbar.multiply(torch.zeros(2, 1, 2), slice(0, 1), slice(1, 3))


def test_what_a_multiply_sees_follows_every_operation_that_moves_cells() -> None:
    def seen(crossbar: SimulatedCrossbar) -> list[float]:
        return crossbar.multiply(torch.full((1, 1, 4), 0.2), slice(0, 6))[0, 0].tolist()

    circuit = Circuit(rows=4, columns=6, input_bits=None, output_bits=None, line_resistance_ohm=0.0)
    crossbar = SimulatedCrossbar(IDEAL, circuit, 1, [0])
    cells = torch.arange(24)
    crossbar.form(cells)
    assert seen(crossbar) == pytest.approx([4 * 0.2 * 60] * 6)
    crossbar.set(cells, torch.full((24,), 1.0))
    assert seen(crossbar) == pytest.approx([64.0] * 6)  # 80 uA, beyond the converter's range
    crossbar.reset(torch.arange(0, 24, 2), torch.full((12,), 2.6))
    assert seen(crossbar) == pytest.approx([0.0, 64.0] * 3, abs=1e-4)
    before = crossbar.state.clone()
    crossbar.set(cells, torch.full((24,), 0.5))
    assert seen(crossbar) == pytest.approx([40.0, 64.0] * 3)
    crossbar.put_cells(before)
    assert seen(crossbar) == pytest.approx([0.0, 64.0] * 3, abs=1e-4)
    crossbar.wear_in(torch.full((1, 24), 1e9))
    assert not bool((crossbar.true_conductances() < 100).all())


def test_within_a_block_cells_age_by_other_rows_and_after_it_by_their_own() -> None:
    quick, slow = used([0]), used([0])
    lossless = dataclasses.replace(LETI, retention_loss=0.0)
    with slow.ageing_as(lossless):
        slow.wait(4e4, 150.0)
    quick.wait(4e4, 150.0)
    assert float(slow.true_conductances().mean()) > float(quick.true_conductances().mean()) + 1.0
    with slow.ageing_as(lossless):
        pass
    before = float(slow.true_conductances().mean())
    slow.wait(4e5, 150.0)
    assert float(slow.true_conductances().mean()) < before - 1.0
