import torch

from ohmshot.adapt.software import nearest_mean_right
from ohmshot.adapt.tasks import Tasks
from ohmshot.bundle.file import shipped_bundle
from ohmshot.data.episodes import Episodes, EpisodeShape


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
