import torch

from ohmshot.bundle.bundle import of_unit_length
from ohmshot.meta.network import FeatureNetwork


def test_folding_batch_norm_changes_nothing() -> None:
    torch.manual_seed(3)
    network = FeatureNetwork((4, 4, 4), 3)
    network(torch.rand(64, 1, 28, 28))  # moves the running statistics
    network.eval()
    images = torch.rand(8, 1, 28, 28)
    values = images
    layers, shapes = network.folded()
    for (weight, bias), shape in zip(layers, shapes, strict=True):
        values = torch.nn.functional.conv2d(values, weight, bias, shape.stride, shape.padding)
        values = torch.relu(values) if shape.rectified else values
    torch.testing.assert_close(of_unit_length(values.flatten(1)), network(images).detach(), rtol=0, atol=1e-4)


def test_features_have_a_root_mean_square_of_one() -> None:
    features = FeatureNetwork((4, 4, 4), 3).eval()(torch.rand(8, 1, 28, 28))
    torch.testing.assert_close(features.square().mean(1), torch.ones(8))
