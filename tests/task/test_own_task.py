from pathlib import Path

import numpy as np
import pytest
import torch

from ohmshot.bundle.bundle import Bundle
from ohmshot.bundle.hand_made import identity_head
from ohmshot.bundle.header import (
    BundleHeader,
    ConductanceMapping,
    ConvolutionShape,
    NetworkShape,
    SignalPreprocessing,
)
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.faults.injected import simulated_chips
from ohmshot.chip.faults.injection import Injection
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.data.example_files import write_example_gestures
from ohmshot.data.labelled_files import LabelledFiles, load_labelled_files
from ohmshot.data.source import evaluation_examples, training_examples
from ohmshot.foundation.errors import DataError
from ohmshot.host.care.care import STUCK, TEST_FIRST
from ohmshot.host.learner import LearnerSettings
from ohmshot.meta.material import preprocessing_for
from ohmshot.report.own_task_page import own_task_page
from ohmshot.report.table import own_task_tables
from ohmshot.task.own_task import OneChip, OwnTask, _remarks, file_kind, learn_own_task
from untrained import UNTRAINED


def signal_bundle() -> Bundle:
    """Return a bundle whose fixed layer is a random projection of a whole signal, not trained at all."""
    layer = ConvolutionShape(inputs=3, outputs=15, kernel=(1, 64), stride=1, padding=0, rectified=False)
    header = BundleHeader(
        name="random projection",
        network=NetworkShape(
            input=(3, 1, 64), convolutions=(layer,), features=15, hidden=(47,), ways=5, unit_length=True
        ),
        preprocessing=SignalPreprocessing(mean=(0.0, 0.0, 9.8), scale=(0.11, 0.11, 0.11)),
        rates=((0.0, 1.0), *(((0.02, 0.5),) * 4)),
        standard="support",
        mapping=ConductanceMapping(weight_full_scale=(1.0, 0.4), input_full_scale=(3.2, 3.2), copies=(1, 1)),
        provenance=UNTRAINED,
    )
    weights = torch.randn(15, 3, 1, 64, generator=torch.Generator().manual_seed(0)) / 14
    return Bundle(header, ((weights, torch.zeros(15)),), identity_head(15, (47,), 5))


def test_a_chip_learns_signals_from_files_and_its_page_shows_them(tmp_path: Path) -> None:
    write_example_gestures(tmp_path, 0, families=1)
    bundle = signal_bundle()
    support, query = (load_labelled_files(tmp_path / name, file_kind(bundle), 5) for name in ("support", "query"))
    cell = load_parameter_set("leti_hfo2_130nm")
    crossbar = SimulatedCrossbar(cell.values, Circuit(), 0, [0])
    steps: list[int] = []
    chip = OneChip(crossbar, "a chip", "a set")
    result, detail = learn_own_task(bundle, OwnTask(support, query), chip, LearnerSettings(), steps.append)
    assert steps == [1, 2, 3, 4, 5, 6]
    assert result.query is not None
    assert result.query.accuracy[-1] > 0.6 > result.query.accuracy[0]
    assert result.query.accuracy[-1] == pytest.approx(result.query.accuracy_software[-1], abs=0.15)
    assert sum(map(sum, result.query.confusion)) == len(query.labels) == sum(result.query.examples)
    assert detail.support.shape == (25, 3, 64)
    assert result.loss_to_exact_weights is not None
    assert not result.loss_to_exact_weights.large
    page = own_task_page(result, detail)
    assert "below its exact weights" not in page
    assert all(name in page for name in support.class_names)


def test_a_chip_whose_lines_eat_the_signal_is_told_of_with_what_would_help(tmp_path: Path) -> None:
    write_example_gestures(tmp_path, 0, families=1)
    bundle = signal_bundle()
    support, query = (load_labelled_files(tmp_path / name, file_kind(bundle), 5) for name in ("support", "query"))
    cell = load_parameter_set("leti_hfo2_130nm")
    crossbar = SimulatedCrossbar(cell.values, Circuit(line_resistance_ohm=300.0), 0, [0])
    chip = OneChip(crossbar, "a chip", "a set")
    result, detail = learn_own_task(bundle, OwnTask(support, query), chip, LearnerSettings())
    loss = result.loss_to_exact_weights
    assert result.query is not None
    assert loss is not None
    assert loss.points == pytest.approx(100 * (result.query.accuracy_software[-1] - result.query.accuracy[-1]))
    assert (loss.large, loss.causes) == (True, ("lines",))
    assert loss.words in own_task_tables(result)
    assert "line_resistance_ohm" in loss.words
    assert loss.words in own_task_page(result, detail)


@pytest.mark.parametrize("with_journal", [False, True])
def test_stuck_cells_that_a_test_has_found_get_no_pulse_and_their_partners_make_up_for_them(
    tmp_path: Path, with_journal: bool
) -> None:
    write_example_gestures(tmp_path, 0, families=1)
    bundle = signal_bundle()
    support = load_labelled_files(tmp_path / "support", file_kind(bundle), 5)
    cell = load_parameter_set("leti_hfo2_130nm").values
    crossbar = simulated_chips(cell, Circuit(), 0, [0], [0], Injection(stuck=0.05))
    assert isinstance(crossbar, SimulatedCrossbar)
    journal = tmp_path / "journal" if with_journal else None
    chip = OneChip(crossbar, "a chip", "a set")
    result, detail = learn_own_task(
        bundle, OwnTask(support, None), chip, LearnerSettings(), journal=journal, care=TEST_FIRST
    )
    stuck = crossbar.health().flatten() == STUCK
    assert 80 < int(stuck.sum()) < 125
    assert result.support.accuracy[-1] > 0.6
    assert result.cells_missed_at_initialisation < 30  # stuck cells are no longer tried
    torch.testing.assert_close(detail.targets[stuck], crossbar.true_conductances().flatten()[stuck], rtol=0.1, atol=2)
    assert result.pulses.initialisation > 4 * 2048  # the test is charged


def test_support_and_query_must_have_the_same_classes(tmp_path: Path) -> None:
    write_example_gestures(tmp_path, 0, families=1)
    bundle = signal_bundle()
    support, other = (load_labelled_files(tmp_path / name, file_kind(bundle), 5) for name in ("support", "train"))
    cell = load_parameter_set("leti_hfo2_130nm")
    crossbar = SimulatedCrossbar(cell.values, Circuit(), 0, [0])
    with pytest.raises(DataError, match="must have the classes of the support set"):
        learn_own_task(bundle, OwnTask(support, other), OneChip(crossbar, "a chip", "a set"), LearnerSettings())


def emg_bundle() -> Bundle:
    """Return a bundle without convolutions for eight channels, standardised by invented people."""
    header = signal_bundle().header
    network = NetworkShape(input=(16, 1, 1), convolutions=(), features=16, hidden=(46,), ways=5, unit_length=True)
    preprocessing = preprocessing_for(training_examples("invented-emg"))
    fields = {**header.model_dump(), "network": network, "preprocessing": preprocessing}
    return Bundle(BundleHeader.model_validate(fields), (), identity_head(16, (46,), 5))


def test_a_chip_learns_gestures_of_one_person_from_recordings_as_an_armband_gives_them(tmp_path: Path) -> None:
    person = evaluation_examples("invented-emg").of_groups([2]).values[:5]  # five gestures, windows of 12 holds
    for place, windows in (("support", range(5)), ("query", range(45, 50))):
        for gesture, values in enumerate(person):
            samples = torch.cat(list(values[windows.start : windows.stop]), 1).T
            (tmp_path / place / str(gesture)).mkdir(parents=True)
            np.asarray(samples).astype("<i2").tofile(tmp_path / place / str(gesture) / "hold.dat")
    bundle = emg_bundle()
    support, query = (load_labelled_files(tmp_path / name, file_kind(bundle), 5) for name in ("support", "query"))
    assert torch.equal(support.values, person[:, :5].flatten(0, 1))
    crossbar = SimulatedCrossbar(load_parameter_set("leti_hfo2_130nm").values, Circuit(), 0, [0])
    result, _ = learn_own_task(bundle, OwnTask(support, query), OneChip(crossbar, "a chip", "a set"), LearnerSettings())
    assert result.query is not None
    assert result.query.examples == (5,) * 5
    assert result.query.accuracy[-1] > 0.7 > result.query.accuracy[0]


def test_classes_of_different_numbers_are_told_of() -> None:
    def files(labels: list[int]) -> LabelledFiles:
        paths = tuple(Path(f"{number}.csv") for number in range(len(labels)))
        return LabelledFiles(("a", "b"), torch.randn(len(labels), 1, 64), torch.tensor(labels), paths)

    assert _remarks(OwnTask(files([0, 0, 1, 1]))) == []
    assert _remarks(OwnTask(files([0, 0, 0, 1]))) == [
        "The classes have 1 to 3 examples; each class counts as much as another one."
    ]
