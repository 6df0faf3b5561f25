"""What a plan could reach at most, counted by hand."""

import pytest
import torch

from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.host.budget import Budget
from ohmshot.host.limits import LimitError, Limits
from ohmshot.host.strategies.strategy import Bound


def budget(limits: Limits) -> tuple[Budget, SimulatedCrossbar]:
    """Of two chips with 2 x 3 cells, just formed."""
    crossbar = SimulatedCrossbar(load_parameter_set("leti_hfo2_130nm").values, Circuit(2, 3), 3, range(2))
    crossbar.form(torch.arange(12))
    return Budget(crossbar, limits), crossbar


NONE = torch.zeros(0, dtype=torch.int64)
BOUND = Bound(resets=3, sets=2, cycles=4, reads=6)


@pytest.mark.parametrize(
    ("limits", "cells", "forming", "reached"),
    [
        # Cells 0 and 1 of the first chip and 6 to 8 of the second: three cells of a chip at most.
        (Limits(session_cells=2), [0, 1, 6, 7, 8], [], "3 cells written in a session; the limit is 2"),
        (Limits(session_cells=3), [0, 1, 6, 7, 8], [], None),
        # Three cells of 3 + 2 pulses and two that are formed: 17; six more have formed the chip before.
        (Limits(session_pulses=16), [6, 7, 8], [6, 7], "17 pulses in a session; the limit is 16"),
        (Limits(session_pulses=17), [6, 7, 8], [6, 7], None),
        (Limits(life_pulses=22), [6, 7, 8], [6, 7], "23 pulses in the life of a chip; the limit is 22"),
        (Limits(life_pulses=23), [6, 7, 8], [6, 7], None),
        # Four cycles, and one that forming has begun.
        (Limits(session_cycles=3), [0], [], "4 cycles of a cell in a session; the limit is 3"),
        (Limits(session_cycles=4), [0], [], None),
        (Limits(life_cycles=4), [0], [], "5 cycles of a cell in the life of a chip; the limit is 4"),
        (Limits(life_cycles=5), [0], [], None),
        # A plan without cells wears none.
        (Limits(session_cycles=0, life_cycles=0), [], [], None),
    ],
)
def test_what_a_plan_could_reach_is_counted_chip_by_chip(
    limits: Limits, cells: list[int], forming: list[int], reached: str | None
) -> None:
    held, _ = budget(limits)
    plan = torch.tensor(cells, dtype=torch.int64), BOUND, torch.tensor(forming, dtype=torch.int64)
    if reached is None:
        held.take(*plan)
        assert held.account.cells.tolist() == [sum(cell < 6 for cell in cells), sum(cell >= 6 for cell in cells)]
    else:
        with pytest.raises(LimitError, match=f"could reach {reached}"):
            held.take(*plan)
        assert held.account.cells.tolist() == [0, 0]


def test_energy_is_held_to_the_datasheets_worst_cases_beside_what_the_meter_has_counted() -> None:
    for share, allowed in ((1.0001, True), (0.9999, False)):
        _, crossbar = budget(Limits())
        worst = crossbar.datasheet.worst_energies
        assert worst is not None
        plan = 2 * (3 * worst.reset + 2 * worst.set + 6 * worst.read) + worst.form
        spent = float(crossbar.meter().joules[0])
        for limits in (Limits(session_joules=share * plan), Limits(life_joules=share * (plan + spent))):
            held = Budget(crossbar, limits)
            if allowed:
                held.take(torch.tensor([0, 5]), BOUND, torch.tensor([0]))
            else:
                with pytest.raises(LimitError, match="microjoules"):
                    held.take(torch.tensor([0, 5]), BOUND, torch.tensor([0]))


def test_a_message_gives_microjoules_to_four_digits() -> None:
    held, crossbar = budget(Limits(session_joules=0.0))
    worst = crossbar.datasheet.worst_energies
    assert worst is not None
    microjoules = 1e6 * (3 * worst.reset + 2 * worst.set + 6 * worst.read)
    with pytest.raises(LimitError, match=f"could reach {microjoules:.4g} microjoules in a session; the limit is 0."):
        held.take(torch.tensor([0]), BOUND, NONE)
    spent = 1e6 * float(crossbar.meter().joules[0])
    most = rf"could reach {spent + microjoules:.4g} microjoules in the life of a chip; the limit is {spent:.4g}\."
    with pytest.raises(LimitError, match=most):
        Budget(crossbar, Limits(life_joules=spent * 1e-6)).take(torch.tensor([0]), BOUND, NONE)


def test_cells_that_a_plan_leaves_alone_do_not_count_however_worn_they_are() -> None:
    held, crossbar = budget(Limits(life_cycles=10))
    worn = torch.zeros(2, 6)
    worn[0, 3] = 1000.0
    crossbar.wear_in(worn)
    held.take(torch.tensor([0, 1]), BOUND, NONE)
    with pytest.raises(LimitError, match="1005 cycles"):
        held.take(torch.tensor([0, 3]), BOUND, NONE)


def test_cells_add_up_over_a_session_and_another_session_begins_anew() -> None:
    held, crossbar = budget(Limits(session_cells=3))
    for _ in range(3):
        held.take(torch.tensor([0]), BOUND, NONE)
    with pytest.raises(LimitError, match="4 cells"):
        held.take(torch.tensor([0]), BOUND, NONE)
    Budget(crossbar, Limits(session_cells=3)).take(torch.tensor([0, 1, 2]), BOUND, NONE)
