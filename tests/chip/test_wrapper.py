import torch

from every_operation import use
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.chip.wrapper import CrossbarWrapper


def chips() -> SimulatedCrossbar:
    return SimulatedCrossbar(load_parameter_set("pessimistic").values, Circuit(), 3, [2, 7])


def test_a_wrapper_that_changes_nothing_is_the_chips_themselves() -> None:
    alone, wrapped = chips(), CrossbarWrapper(chips())
    for mine, theirs in zip(use(wrapped), use(alone), strict=True):
        assert torch.equal(mine, theirs)
    wrapped.keep_health(torch.tensor([5]), torch.tensor([2]))
    assert int(wrapped.health().view(-1)[5]) == 2
    assert not wrapped.supervised
    assert torch.equal(wrapped.true_conductances(), alone.true_conductances())
