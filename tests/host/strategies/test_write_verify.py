"""The loop of writing and reading, on cells that answer as they are told."""

from dataclasses import dataclass, field
from typing import ClassVar

import pytest
import torch
from torch import Tensor

from ohmshot.chip.datasheet import Datasheet
from ohmshot.foundation.compiled import Real, Record, law
from ohmshot.host.strategies.pair_corrected import PairCorrected
from ohmshot.host.strategies.settle import Settled
from ohmshot.host.strategies.strategy import Bound
from ohmshot.host.strategies.write_verify import WriteVerify, give, off_target
from ohmshot.programming.attempt import History, Sheet
from ohmshot.programming.policy import Decide

SHEET = Datasheet(
    rows=1,
    columns=8,
    reset_conductance=5.0,
    level_conductances=(45.0, 117.0),
    set_gate_voltages=(1.4, 2.2),
    set_conductances=(45.0, 117.0),
    reset_source_voltages=(1.0, 2.6),
    read_voltage=0.2,
)


@dataclass
class Told:
    """One chip whose reads are told beforehand; what it is asked for is written down."""

    reads: list[list[float]]
    log: list[tuple[object, ...]] = field(default_factory=list)
    datasheet: ClassVar[Datasheet] = SHEET
    chips: ClassVar[int] = 1

    def takes(self, plan: object) -> bool:
        return False

    def read(self, cells: Tensor) -> Tensor:
        answer = self.reads.pop(0)
        assert len(answer) == len(cells)
        self.log.append(("read", *cells.tolist()))
        return torch.tensor(answer)

    def set(self, cells: Tensor, volts: Tensor) -> None:
        self.log.append(("set", *cells.tolist(), *(round(volt, 3) for volt in volts.tolist())))

    def reset(self, cells: Tensor, volts: Tensor) -> None:
        self.log.append(("reset", *cells.tolist(), *(round(volt, 3) for volt in volts.tolist())))

    def wait(self, seconds: float) -> None:
        self.log.append(("wait", seconds))


@law
def fixed(history: History, sheet: Sheet, own: Record) -> tuple[Real, Real]:
    return own.source, own.gate


@dataclass(frozen=True)
class Fixed:
    """A policy that gives every cell one RESET and one SET."""

    learning: float = 0.0
    source: float = 2.0
    gate: float = 1.5
    decide: ClassVar[Decide] = staticmethod(fixed)


def test_cells_in_their_window_get_no_pulse_and_the_others_until_they_are_there() -> None:
    chip = Told([[50.0, 52.6, 47.4], [60.0, 50.0], [52.5]])
    missed = WriteVerify(Fixed())(chip, torch.tensor([1, 3, 6]), torch.full((3,), 50.0))  # type: ignore[arg-type]
    assert missed.tolist() == []
    assert chip.log == [
        ("read", 1, 3, 6),
        ("reset", 3, 6, 2.0, 2.0),
        ("set", 3, 6, 1.5, 1.5),
        ("read", 3, 6),
        ("reset", 3, 2.0),
        ("set", 3, 1.5),
        ("read", 3),
    ]


def test_a_cell_is_left_when_its_cycles_are_spent_and_all_when_the_attempts_are() -> None:
    two = torch.tensor([2, 5]), torch.full((2,), 50.0)
    chip = Told([[0.0, 0.0], [0.0, 0.0], [50.0, 0.0], []])
    missed = WriteVerify(Fixed(), most_cycles=2)(chip, *two)  # type: ignore[arg-type]
    assert missed.tolist() == [5]
    assert sum(entry[0] == "set" for entry in chip.log) == 2
    chip = Told([[0.0, 0.0], [0.0, 50.0], [0.0]])
    missed = WriteVerify(Fixed(), most_attempts=2)(chip, *two)  # type: ignore[arg-type]
    assert missed.tolist() == [2]
    assert sum(entry[0] == "set" for entry in chip.log) == 2


def test_a_reset_cell_is_reset_fully_and_gets_a_new_filament_when_it_resists() -> None:
    chip = Told([[80.0], [60.0], [30.0], [20.0], [117.0], [10.0]])
    missed = WriteVerify(Fixed())(chip, torch.tensor([4]), torch.tensor([5.0]))  # type: ignore[arg-type]
    assert missed.tolist() == []
    pulses = [entry for entry in chip.log if entry[0] != "read"]
    assert pulses == [("reset", 4, 2.6)] * 3 + [("set", 4, 2.2), ("reset", 4, 2.6)]


def test_with_a_delay_every_attempt_waits_whether_cells_are_left_or_not() -> None:
    chip = Told([[50.0], [], [], []])
    WriteVerify(Fixed(), most_attempts=3, verify_delay=7.0)(chip, torch.tensor([4]), torch.tensor([50.0]))  # type: ignore[arg-type]
    assert [entry for entry in chip.log if entry[0] != "read"] == [("wait", 7.0)] * 3


@pytest.mark.parametrize(
    ("target", "measured", "off"),
    [
        (50.0, 47.5, False),
        (50.0, 52.5, False),
        (50.0, 47.4, True),
        (50.0, 52.6, True),
        (5.0, 10.0, False),  # a cell that shall be reset may read up to the ceiling
        (5.0, 10.1, True),
        (5.0, 0.0, False),
        (8.0, 11.0, True),  # a level is none
    ],
)
def test_a_window_is_closed_at_both_ends(target: float, measured: float, off: bool) -> None:
    found = off_target(SHEET, torch.tensor([target]), torch.tensor([measured]), 2.5, 10.0)
    assert found.tolist() == ([0] if off else [])


def test_resets_come_before_sets_and_no_volts_are_no_pulse() -> None:
    chip = Told([])
    give(chip, torch.tensor([1, 2, 3]), torch.tensor([0.0, 2.0, 0.0]), torch.tensor([1.5, 1.6, 0.0]))  # type: ignore[arg-type]
    assert chip.log == [("reset", 2, 2.0), ("set", 1, 2, 1.5, 1.6)]
    give(chip, torch.tensor([1]), torch.zeros(1), torch.zeros(1))  # type: ignore[arg-type]
    assert len(chip.log) == 2


def test_a_bound_is_the_most_that_the_loop_does() -> None:
    write = WriteVerify(Fixed(), most_attempts=7, most_cycles=4)
    assert write.bound == Bound(resets=7, sets=7, cycles=4, reads=8)
    assert write.bound.pulses == 14
    # With two rounds of settling: three writes, and a read before two of them.
    assert Settled(write, settle_rounds=2).bound == Bound(resets=21, sets=21, cycles=12, reads=26)
    assert PairCorrected(write, settle_rounds=1).bound == Bound(resets=14, sets=14, cycles=8, reads=17)


def test_after_a_wait_what_has_moved_too_far_is_written_again() -> None:
    # Windows of 2.5 uS at first and of 4 uS after the wait: 54 uS holds, 54.1 does not.
    chip = Told([[50.0, 50.0], [54.0, 54.1], [54.1], [50.0]])
    two = torch.tensor([2, 5]), torch.full((2,), 50.0)
    missed = Settled(WriteVerify(Fixed()), settle_rounds=1, settle_seconds=33.0)(chip, *two)  # type: ignore[arg-type]
    assert missed.tolist() == []
    assert chip.log == [
        ("read", 2, 5),
        ("wait", 33.0),
        ("read", 2, 5),
        ("read", 5),
        ("reset", 5, 2.0),
        ("set", 5, 1.5),
        ("read", 5),
    ]


def corrected(targets: list[float], measured: list[float], cells: tuple[int, ...] = (4, 5)) -> list[tuple[int, float]]:
    """Cells that a round of pair correction writes anew, and their new targets."""
    asked: list[tuple[int, float]] = []

    @dataclass(frozen=True)
    class Write:
        def __call__(self, chip: object, some: Tensor, wanted: Tensor) -> Tensor:
            asked.extend(zip(some.tolist(), (round(each, 3) for each in wanted.tolist()), strict=True))
            return some[:0]

    chip = Told([measured])
    PairCorrected(Write(), settle_rounds=1)(chip, torch.tensor(cells), torch.tensor(targets))  # type: ignore[arg-type]
    assert chip.log[0] == ("wait", 60.0)
    return asked[len(cells) :]


@pytest.mark.parametrize(
    ("targets", "measured", "again"),
    [
        # Differences that moved by up to 4 uS stay, whatever the cells did.
        ([80.0, 5.0], [88.0, 9.0], []),
        # It has grown by 6 uS: the lower cell is raised by as much, from where it is.
        ([80.0, 5.0], [87.0, 6.0], [(5, 12.0)]),
        ([5.0, 80.0], [6.0, 87.0], [(4, 12.0)]),
        # It has shrunk by 7 uS: the higher cell goes to its target plus what the lower one is off.
        ([80.0, 5.0], [75.0, 7.0], [(4, 82.0)]),
        ([5.0, 80.0], [7.0, 75.0], [(5, 82.0)]),
        # A cell that is stuck at 117 uS asks the other one for more than it can hold: the highest SET.
        ([60.0, 5.0], [60.0, 117.0], [(4, 117.0)]),
        ([117.0, 100.0], [130.0, 110.0], []),
        ([60.0, 50.0], [180.0, 50.0], [(5, 117.0)]),
    ],
)
def test_the_partner_of_a_cell_that_moved_makes_up_for_it(
    targets: list[float], measured: list[float], again: list[tuple[int, float]]
) -> None:
    assert corrected(targets, measured) == again


def test_only_neighbours_on_an_even_bit_line_and_the_next_are_a_pair() -> None:
    # 3 and 4 are no pair; 6 has no partner here.
    assert corrected([80.0, 5.0, 5.0, 80.0], [95.0, 5.0, 5.0, 95.0], (3, 4, 5, 6)) == []
    assert corrected([80.0, 5.0, 80.0], [95.0, 5.0, 90.0], (2, 3, 6)) == [(3, 20.0)]
