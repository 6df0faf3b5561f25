import pytest
import torch

from ohmshot.bundle.file import default_bundle
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.host.care.repair import gain_from, rewrite_worst, write_reference_cells
from ohmshot.host.learner import Learner, LearnerSettings


@pytest.fixture
def aged() -> tuple[Learner, torch.Tensor]:
    """Two chips after 200 h at 150 degrees, and the gain that their reference cells ask for."""
    parameters = load_parameter_set("leti_hfo2_130nm").values
    learner = Learner(SimulatedCrossbar(parameters, Circuit(), 1, [0, 1]), default_bundle(), LearnerSettings())
    learner.initialise()
    references = write_reference_cells(learner)
    learner.crossbar.wait(200 * 3600, 150.0)
    return learner, gain_from(learner, references)


def _error(learner: Learner) -> float:
    everything = torch.arange(learner.targets.numel())
    return float((learner.crossbar.read(everything) - learner.targets.flatten()).abs().mean())


def test_rewriting_the_worst_cells_mends_and_costs_as_many_writes_as_asked(aged: tuple[Learner, torch.Tensor]) -> None:
    learner, _ = aged
    before = _error(learner)
    written = rewrite_worst(learner, 0.1)
    assert len(written) == 2 * round(0.1 * 2048)
    assert _error(learner) < 0.9 * before
    assert len(rewrite_worst(learner, 0.0)) == 0


def test_the_gain_makes_up_for_what_cells_have_lost(aged: tuple[Learner, torch.Tensor]) -> None:
    _, gain = aged
    expected = 1 / 0.97 ** (200 / 12)  # 3 % in 12 h at 150 degrees, composed
    assert gain.tolist() == pytest.approx([expected] * 2, rel=0.25)  # 64 cells know it no better


def test_reference_cells_are_cells_that_no_weight_uses(aged: tuple[Learner, torch.Tensor]) -> None:
    learner, _ = aged
    spare = learner.array.spare_cells()
    used = torch.cat([cells.flatten() for cells in (*learner.array.placement.plus, *learner.array.placement.minus)])
    assert not torch.isin(spare, used).any()
    assert len(spare) + len(used) == 2048
