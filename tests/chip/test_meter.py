import copy
import pickle
from collections.abc import Callable

import numpy as np
import pytest
import torch

from ohmshot.chip.meter import Meter, MeterReading

SECONDS = {"form": 1e-5, "set": 2e-6, "reset": 3e-6, "read": 4e-6, "multiply": 5e-6}


def reading() -> MeterReading:
    """Two chips: the first with one SET and three reads, the second with two RESETs and one read."""
    meter = Meter(2, SECONDS, {"read": 1e-14})
    # In units of 1e-19 J; a read takes 0.01 pJ beside what is charged with it.
    meter.spent("set", np.array([1, 0]))[:] += np.array([80_000_000, 0])
    meter.spent("reset", np.array([0, 2]))[:] += np.array([0, 60_000_000])
    meter.spent("read", np.array([3, 1]))[:] += np.array([2_700_000, 900_000])
    return meter.reading()


def test_a_reading_has_one_row_an_operation_and_one_column_a_chip() -> None:
    spent = reading()
    assert spent.counts.tolist() == [[0, 0], [1, 0], [0, 2], [3, 1], [0, 0]]
    assert spent.pulses.tolist() == [1, 2]
    torch.testing.assert_close(spent.joules, torch.tensor([8.3e-12, 6.1e-12], dtype=torch.float64), rtol=1e-9, atol=0)
    torch.testing.assert_close(spent.seconds, torch.tensor([14e-6, 10e-6], dtype=torch.float64), rtol=1e-9, atol=0)


def test_one_operation_is_picked_by_its_name() -> None:
    reads = reading().of("read")
    assert reads.count.tolist() == [3, 1]
    assert reads.joules.tolist() == pytest.approx([3e-13, 1e-13], rel=1e-12, abs=0)
    torch.testing.assert_close(reads.seconds, torch.tensor([12e-6, 4e-6], dtype=torch.float64), rtol=1e-9, atol=0)


def test_parts_of_a_batch_put_together_are_the_batch() -> None:
    whole = reading()
    again = MeterReading.cat([whole[:1], whole[torch.tensor([1])]])
    for part, values in vars(whole).items():
        assert torch.equal(getattr(again, part), values)


def test_readings_add_and_subtract() -> None:
    spent = reading()
    assert (spent + spent).counts.tolist() == [[0, 0], [2, 0], [0, 4], [6, 2], [0, 0]]
    assert not (spent - spent).energy_joules.any()


def test_totals_do_not_depend_on_how_many_chips_stand_beside_each_other() -> None:
    generator = torch.Generator().manual_seed(0)
    energy = torch.rand(5, 37, dtype=torch.float64, generator=generator)
    whole = MeterReading(torch.zeros(5, 37, dtype=torch.int64), energy, energy)
    alone = torch.cat([whole[slice(chip, chip + 1)].joules for chip in range(37)])
    assert torch.equal(whole.joules, alone)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda meter: pickle.loads(pickle.dumps(meter))])
def test_a_copy_of_a_meter_counts_for_itself(copied: Callable[[Meter], Meter]) -> None:
    meter = Meter(1, SECONDS, {})
    meter.spent("set", 2)[:] += 50
    other = copied(meter)
    other.spent("set", 1)[:] += 30
    counts, energies = other.spent_by_writing()
    counts += 1
    energies += 20
    assert meter.reading().counts[:, 0].tolist() == [0, 2, 0, 0, 0]
    assert other.reading().counts[:, 0].tolist() == [0, 4, 1, 1, 0]
    assert other.reading().energy_joules[:, 0].tolist() == pytest.approx([0, 100e-19, 20e-19, 20e-19, 0])
