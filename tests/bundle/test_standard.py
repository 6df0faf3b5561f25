import torch

from ohmshot.bundle.standard import TaskStandard


def test_a_shift_and_a_scale_of_all_features_change_nothing() -> None:
    support, query = torch.randn(3, 10, 6), torch.randn(3, 4, 6)
    plain = TaskStandard.of(support)(query)
    shifted = TaskStandard.of(7 * support + 3)(7 * query + 3)
    torch.testing.assert_close(shifted, plain, rtol=1e-4, atol=1e-5)


def test_the_support_set_has_mean_zero_and_size_one() -> None:
    support = 5 + 2 * torch.randn(2, 25, 19)
    standardised = TaskStandard.of(support)(support)
    torch.testing.assert_close(standardised.mean(1), torch.zeros(2, 19), rtol=0, atol=1e-5)
    torch.testing.assert_close(standardised.square().mean((1, 2)), torch.ones(2))


def test_a_support_set_of_one_and_the_same_example_stays_finite() -> None:
    support = torch.ones(1, 5, 3)
    assert bool(TaskStandard.of(support)(support).isfinite().all())
