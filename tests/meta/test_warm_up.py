import torch

from ohmshot.meta.augment import DRAWS, augmentation_draws, augmented
from ohmshot.meta.warm_up import leave_one_out_loss, one_shot_loss


def test_no_example_is_judged_by_a_mean_that_holds_it() -> None:
    torch.manual_seed(0)
    classes = torch.randn(3, 4, 2)
    losses = []
    for way in range(3):
        for example in range(4):
            means = torch.stack(
                [classes[c][[e for e in range(4) if c != way or e != example]].mean(0) for c in range(3)]
            )
            distances = (means - classes[way, example]).square().sum(1)
            losses.append(torch.nn.functional.cross_entropy(-distances, torch.tensor(way)))
    torch.testing.assert_close(leave_one_out_loss(classes), torch.stack(losses).mean())


def test_the_first_example_of_a_class_is_its_one_shot_prototype() -> None:
    torch.manual_seed(0)
    classes = torch.randn(3, 4, 2)
    distances = (classes[:, 1:, None] - classes[None, None, :, 0]).square().sum(-1)
    wanted = torch.nn.functional.cross_entropy(-distances.flatten(0, 1), torch.arange(3).repeat_interleave(3))
    torch.testing.assert_close(one_shot_loss(classes), wanted)


def test_a_share_of_the_drawings_is_changed_as_in_the_whole_batch() -> None:
    images = torch.rand(12, 1, 28, 28)
    draws = augmentation_draws(12, torch.Generator().manual_seed(1))
    assert draws.shape == (DRAWS, 12)
    whole = augmented(images, draws)
    assert 0 <= float(whole.min()) < float(whole.max()) <= 1
    torch.testing.assert_close(augmented(images[3:7], draws[:, 3:7]), whole[3:7])
    torch.testing.assert_close(augmented(images[:1], draws[:, :1]), whole[:1])
