"""Learning in one call agrees with its parts, and refuses what does not fit."""

from dataclasses import replace

import numpy as np
import pytest
import torch

import ohmshot as oh
from ohmshot.adapt.software import software_heads
from ohmshot.adapt.tasks import TaskBatch
from ohmshot.bundle import head as heads
from ohmshot.bundle.standard import TaskStandard
from ohmshot.data.examples import Examples
from ohmshot.data.invented import invented_alphabets
from ohmshot.foundation.column_names import faults_of
from ohmshot.foundation.errors import BundleError, DataError

LABELS = torch.arange(5).repeat_interleave(5)


@pytest.fixture(scope="module")
def alphabets() -> Examples:
    return invented_alphabets(7, 4, 10, 20)


@pytest.fixture(scope="module")
def tasks(alphabets: Examples) -> TaskBatch:
    return oh.draw_tasks(alphabets, tasks=3, seed=1)


def test_one_call_gives_what_the_generator_and_the_forward_give(tasks: TaskBatch) -> None:
    bundle, query = oh.load_bundle(), (tasks.query, tasks.query_labels)
    whole = oh.adapt(bundle, tasks.support, tasks.support_labels, query=query, chips=3, seed=5)
    chips = oh.SimulatedChips(chips=3, seed=5)
    learner = oh.Learner(chips, bundle)
    features, asked = bundle.features(tasks.support), bundle.features(tasks.query)
    right, joules = [], torch.zeros(3, dtype=torch.float64)
    for step in oh.adaptation(learner, features, tasks.support_labels):
        answers = learner.forward(asked).logits.argmax(-1)
        right.append((answers == tasks.query_labels).double().mean(1))
        joules += step.cost.joules if step.number else 0
    assert torch.equal(whole.accuracy_by_update, torch.stack(right, 1))
    assert torch.equal(whole.answers, answers)
    torch.testing.assert_close(whole.energy, joules, rtol=1e-12, atol=0)
    assert whole.accuracy_after_bake is None
    assert whole.retention is None


def test_references_without_a_chip_are_those_of_each_task(tasks: TaskBatch) -> None:
    query = (tasks.query, tasks.query_labels)
    together = oh.adapt(oh.load_bundle(), tasks.support, tasks.support_labels, query=query, chips=3)
    alone = oh.adapt(oh.load_bundle(), tasks.support[1], LABELS, query=(tasks.query[1], tasks.query_labels), chips=1)
    assert float(together.accuracy_software[1]) == pytest.approx(float(alone.accuracy_software))
    assert float(together.accuracy_nearest_mean[1]) == pytest.approx(float(alone.accuracy_nearest_mean))
    assert float(together.accuracy_software.mean()) > 0.9


def test_examples_of_one_task_go_to_every_chip_as_tensors_arrays_or_features(tasks: TaskBatch) -> None:
    bundle, drawings = oh.load_bundle(), tasks.support[0]
    given = oh.adapt(bundle, drawings, LABELS, chips=2)
    assert torch.equal(oh.adapt(bundle, drawings.numpy(), LABELS.tolist(), chips=2).answers, given.answers)
    features = bundle.features(drawings)
    assert torch.equal(oh.adapt(bundle, features, LABELS, chips=2).answers, given.answers)
    assert torch.equal(oh.adapt(bundle, features.numpy().astype(np.float64), LABELS, chips=2).answers, given.answers)


def test_the_head_gets_as_many_ways_as_labels_and_as_many_arrays_as_it_takes(alphabets: Examples) -> None:
    task = oh.draw_tasks(alphabets, oh.EpisodeShape(ways=20, shots=2, queries=2))
    result = oh.adapt(oh.load_bundle(), task.support, task.support_labels, chips=1)
    # 20 ways of 29 features and a bias on two pairs each: 1,200 pairs, of which an array has 1,024.
    assert result.learner.crossbar.datasheet.arrays == 2
    assert result.answers.max() < 20


def test_a_bake_is_measured_and_its_share_told(tasks: TaskBatch) -> None:
    result = oh.adapt(oh.load_bundle(), tasks.support, LABELS, chips=3, bake=oh.Bake(1000, 200))
    baked, retention = result.accuracy_after_bake, result.retention
    assert baked is not None
    assert retention is not None
    assert torch.equal(retention, baked / result.accuracy)
    assert float(baked.mean()) < float(result.accuracy.mean())


def test_a_chip_whose_lines_eat_the_signal_says_so(tasks: TaskBatch) -> None:
    drawn = oh.draw_tasks(oh.load_examples("invented"), tasks=4, seed=1)
    chips = oh.SimulatedChips(chips=4, circuit=oh.Circuit(line_resistance_ohm=200.0))
    query = drawn.query, drawn.query_labels
    result = oh.adapt(oh.load_bundle(), drawn.support, drawn.support_labels, query=query, chips=chips)
    loss = result.loss_to_exact_weights
    assert loss.points == pytest.approx(100 * float((result.accuracy_software - result.accuracy).mean()))
    assert loss.large
    assert "lines" in loss.causes
    assert f"{loss.points:.1f} points below exact weights" in repr(result)
    assert "a lower line resistance" in result._repr_html_()
    fine = oh.adapt(oh.load_bundle(), tasks.support, tasks.support_labels, chips=3)
    assert not fine.loss_to_exact_weights.large
    assert "below exact weights" not in repr(fine)


def test_one_chip_claims_no_interval(tasks: TaskBatch) -> None:
    shown = [repr(oh.adapt(oh.load_bundle(), tasks.support[0], LABELS, chips=chips)) for chips in (1, 2)]
    assert ["±" in text for text in shown] == [False, True]


def test_tables_have_a_row_a_chip(tasks: TaskBatch) -> None:
    result = oh.adapt(oh.load_bundle(), tasks.support, LABELS, chips=3, bake=oh.Bake(12, 150))
    frame = result.to_polars()
    assert frame["chip"].to_list() == [0, 1, 2]
    assert frame["accuracy_adapted_percent"].to_list() == (100 * result.accuracy).tolist()
    assert not [fault for name in frame.columns for fault in faults_of(name)]
    assert frame["energy_adaptation_j"].to_list() == pytest.approx(result.energy.tolist(), rel=1e-12)
    assert frame["cells_written"].to_list() == result.cells_written.sum(1).tolist()
    pandas = result.to_pandas()
    assert list(pandas.columns) == frame.columns
    assert pandas["accuracy_baked_percent"].tolist() == frame["accuracy_baked_percent"].to_list()


def test_used_chips_go_on_as_they_are(tasks: TaskBatch) -> None:
    chips = oh.SimulatedChips(chips=3)
    oh.adapt(oh.load_bundle(), tasks.support, LABELS, chips=chips)
    first, worn = chips.meter(), chips.wear()
    oh.adapt(oh.load_bundle(), tasks.support, LABELS, chips=chips)
    assert bool((chips.meter().pulses > first.pulses).all())
    assert bool((chips.wear() > worn).flatten(1).any(1).all())


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ([0] * 25, "at least two"),
        ([0, 2] * 12 + [0], "no example of 1"),
        ([0.0, 1.0] * 12 + [0.0], "whole number"),
        ([-1] + [0, 1] * 12, "whole number"),
        ([0, 1] * 12, "25 examples and 24 labels"),
    ],
)
def test_labels_that_do_not_fit_are_refused(labels: list[float], words: str, tasks: TaskBatch) -> None:
    with pytest.raises(DataError, match=words):
        oh.adapt(oh.load_bundle(), tasks.support[0], labels)


def test_examples_that_do_not_fit_are_refused(tasks: TaskBatch) -> None:
    bundle = oh.load_bundle()
    with pytest.raises(BundleError, match=r"\[n, 28, 28\] or features \[n, 29\].*these are \[25, 13\]"):
        oh.adapt(bundle, torch.zeros(25, 13), LABELS)
    with pytest.raises(DataError, match="tasks for 3 chips, and 2 chips"):
        oh.adapt(bundle, tasks.support, LABELS, chips=2)
    with pytest.raises(DataError, match="label 5; the support has labels up to 4"):
        oh.adapt(bundle, tasks.support[0], LABELS, query=(tasks.query[0, :1], [5]))


def test_tasks_drawn_are_those_of_a_demo(alphabets: Examples) -> None:
    drawn = oh.draw_tasks(alphabets, tasks=4, seed=2)
    run = oh.run_demo(alphabets, episodes=4, chips=4, seed=2, bake=oh.Bake(0, 25))
    result = oh.adapt(
        oh.load_bundle(),
        drawn.support,
        drawn.support_labels,
        query=(drawn.query, drawn.query_labels),
        chips=4,
        bake=oh.Bake(0, 25),
    )
    assert run.result.accuracy_software == pytest.approx(float(result.accuracy_software.mean()))
    assert run.result.accuracy_nearest_mean == pytest.approx(float(result.accuracy_nearest_mean.mean()))


def test_a_learner_takes_the_features_of_one_task_for_every_chip(tasks: TaskBatch) -> None:
    bundle = oh.load_bundle()
    features = bundle.features(tasks.support[0])
    one, many = (oh.Learner(oh.SimulatedChips(chips=2), bundle) for _ in range(2))
    steps = list(oh.adaptation(one, features, LABELS))
    others = list(oh.adaptation(many, features.expand(2, -1, -1), LABELS))
    assert [step.changed.tolist() for step in steps] == [step.changed.tolist() for step in others]
    assert torch.equal(one.forward(features).logits, many.forward(features.expand(2, -1, -1)).logits)


def test_a_bundle_that_knows_its_classes_is_not_given_others(tasks: TaskBatch) -> None:
    bundle = oh.load_bundle()
    trained = replace(bundle, head=(bundle.head[0] + 1.0,))
    with pytest.raises(oh.OhmshotError, match="tells 5 classes apart"):
        oh.adapt(trained, tasks.support[0, :15], LABELS[:15])


def test_exact_weights_learn_from_unequal_examples_as_the_chips_do() -> None:
    """Fifteen examples of one class, one each of the others: the reference takes the standard that the chips take."""
    drawings = oh.load_examples("digits").values[:5]
    support = torch.cat([drawings[0, :15], drawings[1:, 0]])
    labels = torch.tensor([0] * 15 + [1, 2, 3, 4])
    query = drawings[:, 15:65].flatten(0, 1), torch.arange(5).repeat_interleave(50)
    bundle = oh.load_bundle("four-convolutions")
    result = oh.adapt(bundle, support, labels, query=query)
    features, asked = bundle.features(support), bundle.features(query[0])

    def learned(standard: TaskStandard) -> list[float]:
        reached = software_heads(bundle, standard(features), labels)
        found = [heads.forward(head, standard(asked)).logits.argmax(-1) == query[1] for head in reached]
        return [right.double().mean().item() for right in found]

    by_class = learned(bundle.standard(features, labels))
    assert result.accuracy_software_by_update[0].tolist() == pytest.approx(by_class)
    assert by_class != learned(bundle.standard(features))  # the mean over all examples is another origin
