import dataclasses

import pytest
import torch

from ohmshot.bundle.file import shipped_bundle
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.host.care.repair import ReferenceCells, gain_from, rewrite_worst, write_reference_cells
from ohmshot.host.learner import Learner, LearnerSettings


@pytest.fixture
def aged() -> tuple[Learner, torch.Tensor]:
    """Two chips after 200 h at 150 degrees, and the gain that their reference cells ask for."""
    parameters = load_parameter_set("leti_hfo2_130nm").values
    learner = Learner(
        SimulatedCrossbar(parameters, Circuit(), 1, [0, 1]), shipped_bundle("four-convolutions"), LearnerSettings()
    )
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


def test_each_chip_gets_its_own_worst_cells_written_anew(aged: tuple[Learner, torch.Tensor]) -> None:
    learner, _ = aged
    chip = learner.crossbar
    assert isinstance(chip, SimulatedCrossbar)
    # One chip lies 30 uS off everywhere, and ten cells of either another 40.
    off = torch.tensor([[0.0], [30.0]]).expand(2, 2048).clone()
    off[0, 100:110] += 40.0
    off[1, 200:210] += 40.0
    chip.put_cells(chip.state.changed(conductance=(learner.targets + off).flatten()))
    assert rewrite_worst(learner, 10 / 2048).tolist() == [*range(100, 110), *range(2048 + 200, 2048 + 210)]


def test_the_gain_is_the_loss_of_the_mean_above_the_reset_state() -> None:
    parameters = dataclasses.replace(load_parameter_set("leti_hfo2_130nm").values, read_noise=0.0)
    learner = Learner(
        SimulatedCrossbar(parameters, Circuit(), 1, [0, 1]), shipped_bundle("four-convolutions"), LearnerSettings()
    )
    chip = learner.crossbar
    assert isinstance(chip, SimulatedCrossbar)
    chip.put_cells(chip.state.changed(conductance=torch.tensor([45.0, 35.0]).repeat_interleave(2048)))
    # They read 40 uS above the reset state when they were fresh; now 40 and 30.
    references = ReferenceCells(torch.tensor([7, 9, 2048 + 7, 2048 + 9]), torch.tensor([40.0, 40.0]))
    assert gain_from(learner, references).tolist() == pytest.approx([1.0, 4 / 3])


def test_reference_cells_hold_all_levels_in_turn() -> None:
    learner = Learner(
        SimulatedCrossbar(load_parameter_set("ideal").values, Circuit(), 1, [0, 1]),
        shipped_bundle("four-convolutions"),
        LearnerSettings(),
    )
    learner.initialise()
    references = write_reference_cells(learner)
    spare = learner.array.spare_cells()
    assert torch.equal(references.cells, torch.cat([spare, 2048 + spare]))
    levels = torch.arange(15.0, 121.0, 15.0)  # of the ideal cell
    wanted = levels[torch.arange(len(spare)) % 8]
    held = learner.crossbar.read(references.cells).view(2, -1)
    torch.testing.assert_close(held, wanted.expand(2, -1), rtol=0, atol=2.5)
    assert references.difference.tolist() == pytest.approx([float(wanted.mean())] * 2, abs=1.0)
