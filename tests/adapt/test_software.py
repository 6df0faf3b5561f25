from collections.abc import Sequence

import pytest
import torch

from ohmshot.adapt.software import nearest_mean_right, software_accuracy, software_heads, software_right
from ohmshot.adapt.tasks import Tasks
from ohmshot.bundle import head as heads
from ohmshot.bundle.bundle import Bundle
from ohmshot.bundle.file import shipped_bundle
from ohmshot.data.digits import load_digits
from ohmshot.data.episodes import Episodes, EpisodeShape, sample_episodes
from ohmshot.data.invented import invented_alphabets
from ohmshot.foundation.randomness import generator


def test_the_nearest_mean_answers_with_the_class_whose_support_lies_nearest() -> None:
    features = torch.zeros(2, 4, 19)  # two classes, four examples: two to learn from, two queries
    features[0, :, 0] = torch.tensor([0.0, 2.0, 1.9, 3.4])  # mean 1: the last one lies nearer to 5
    features[1, :, 0] = torch.tensor([4.0, 6.0, 2.9, 5.0])  # mean 5: 2.9 lies nearer to 1
    support, query = torch.tensor([[[0, 1], [0, 1]]]), torch.tensor([[[2, 3], [2, 3]]])
    tasks = Tasks(features, Episodes(EpisodeShape(2, 2, 2), torch.tensor([[0, 1]]), support, query))
    assert nearest_mean_right(shipped_bundle("four-convolutions"), tasks).tolist() == [[True, False, False, True]]


def test_the_nearest_class_mean_answers() -> None:
    # Class 0 has its mean at (0, 1), class 1 at (4, 0); queries of both at (1, 1), (2.1, 0.5) and (5, 0).
    drawings = torch.tensor([[0.0, 0.0], [0.0, 2.0], [4.0, -1.0], [4.0, 1.0]]).view(2, 2, 2)
    asked = torch.tensor([[1.0, 1.0], [2.1, 0.5], [5.0, 0.0]]).expand(2, 3, 2)
    classes = torch.arange(2).expand(2, 2)
    support, query = torch.tensor([0, 1]).expand(2, 2, 2), torch.tensor([2, 3, 4]).expand(2, 2, 3)
    episodes = Episodes(EpisodeShape(2, 2, 3), classes, support, query)
    right = nearest_mean_right(shipped_bundle("four-convolutions"), Tasks(torch.cat([drawings, asked], 1), episodes))
    expected = [True, False, False, False, True, True]
    assert right.tolist() == [expected, expected]


def right_after_updates(bundle: Bundle, drawings: torch.Tensor, shots: Sequence[int]) -> float:
    """Share of right answers about the last five of each class's drawings, uint8 [classes, 20, side, side]."""
    labels = torch.arange(len(shots)).repeat_interleave(torch.tensor(shots))
    support = bundle.features(torch.cat([own[:count] for own, count in zip(drawings, shots, strict=True)]))
    standard = bundle.standard(support, labels)
    *_, learned = software_heads(bundle, standard(support), labels)
    asked = standard(bundle.features(drawings[:, 15:].flatten(0, 1)))
    answers = heads.forward(learned, asked).logits.argmax(-1).view(len(shots), -1)
    return float((answers == torch.arange(len(shots))[:, None]).double().mean())


def test_more_examples_of_some_classes_do_not_make_a_chip_worse() -> None:
    """Each class counts alike: by example, fifteen of one class took 1.6 points here."""
    bundle, digits = shipped_bundle("four-convolutions"), load_digits().values
    tasks = [digits[(torch.arange(5) + task) % 10, 20 * task % 150 :][:, :20] for task in range(20)]

    def accuracy(shots: Sequence[int]) -> float:
        return sum(right_after_updates(bundle, task, shots) for task in tasks) / len(tasks)

    one_each = accuracy((1, 1, 1, 1, 1))
    assert accuracy((15, 1, 1, 1, 1)) >= one_each
    assert accuracy((5, 5, 5, 5, 1)) >= one_each


@pytest.mark.parametrize("name", ["four-convolutions", "characters"])
def test_the_accuracy_is_that_of_the_answers_after_the_last_update(name: str) -> None:
    bundle, drawings = shipped_bundle(name), invented_alphabets(1, 2, 8, 10)
    episodes = sample_episodes(drawings, EpisodeShape(5, 2, 8), 130, generator(1, "episodes"))
    tasks = Tasks(bundle.features(drawings.values), episodes)
    assert torch.equal(software_accuracy(bundle, tasks), software_right(bundle, tasks)[:, -1].double().mean(1))
