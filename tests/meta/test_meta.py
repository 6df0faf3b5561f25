from pathlib import Path

import pytest
import torch

from ohmshot.bundle import head as heads
from ohmshot.bundle.file import load_bundle, save_bundle
from ohmshot.data.invented import invented_alphabets
from ohmshot.foundation.errors import BundleError
from ohmshot.meta.inner_loop import WriteErrorModel, adapted
from ohmshot.meta.maml import identity_head
from ohmshot.meta.network import FeatureNetwork
from ohmshot.meta.run import meta_train
from ohmshot.meta.settings import MetaTrainingSettings, preset

LABELS = torch.arange(5).repeat_interleave(5)


def test_the_inner_loop_is_plain_gradient_descent() -> None:
    torch.manual_seed(1)
    head, rates = (torch.randn(7, 9) * 0.3, torch.randn(10, 5) * 0.3), torch.rand(5, 2) * 0.3
    features = torch.randn(2, 25, 6)
    learned = adapted(head, rates, features, LABELS)
    for task in range(2):
        plain = [weights.clone().requires_grad_() for weights in head]
        for step in range(5):
            logits = heads.forward((plain[0], plain[1]), features[task]).logits
            found = torch.autograd.grad(torch.nn.functional.cross_entropy(logits, LABELS), plain)
            plain = [
                (w - rates[step, i] * g).detach().requires_grad_()
                for i, (w, g) in enumerate(zip(plain, found, strict=True))
            ]
        for layer in range(2):
            torch.testing.assert_close(learned[layer][task], plain[layer].detach(), rtol=0, atol=1e-5)


def test_second_order_meta_gradients_agree_with_finite_differences() -> None:
    torch.manual_seed(2)
    features, query = torch.randn(1, 25, 3, dtype=torch.float64), torch.randn(1, 25, 3, dtype=torch.float64)
    second = torch.randn(5, 5, dtype=torch.float64) * 0.3
    rates = torch.full((3, 2), 0.2, dtype=torch.float64)

    def meta_loss(first: torch.Tensor, rate: torch.Tensor) -> torch.Tensor:
        learned = adapted((first, second), rate, features, LABELS)
        return torch.nn.functional.cross_entropy(heads.forward(learned, query).logits[0], LABELS)

    first = torch.randn(4, 4, dtype=torch.float64).requires_grad_()
    assert torch.autograd.gradcheck(meta_loss, (first, rates.requires_grad_()), eps=1e-6, atol=1e-6)


def test_the_head_starts_at_chance_and_the_order_of_classes_does_not_matter() -> None:
    head, rates = identity_head(15, 47, 5, 1.0), torch.tensor([[0.0, 1.0]] + [[0.02, 0.5]] * 4)
    features = torch.randn(1, 25, 15)
    assert float(heads.forward(head, features).logits.abs().max()) == 0
    order = torch.tensor([3, 0, 4, 1, 2])
    learned = adapted(head, rates, features, LABELS)
    renamed = adapted(head, rates, features, order[LABELS])
    torch.testing.assert_close(renamed[1][..., order], learned[1])


def test_written_weights_lie_on_levels_and_pass_gradients_through() -> None:
    errors = WriteErrorModel((1.0, 2.0), (0.0, 0.5, 1.0), 0.0)
    first = torch.tensor([[0.1, -0.4, 0.9]], requires_grad=True)
    written, _ = errors.written((first, torch.zeros(1, 1)), torch.Generator())
    assert written.tolist() == [[0.0, -0.5, 1.0]]
    assert torch.autograd.grad(written.sum(), first)[0].tolist() == [[1, 1, 1]]


def test_folding_batch_norm_changes_nothing() -> None:
    torch.manual_seed(3)
    network = FeatureNetwork((4, 4, 4), 3)
    network(torch.rand(64, 1, 28, 28))  # moves the running statistics
    network.eval()
    images = torch.rand(8, 1, 28, 28)
    values = images
    layers, shapes = network.folded(torch.zeros(3), 1.0)
    for (weight, bias), shape in zip(layers, shapes, strict=True):
        values = torch.nn.functional.conv2d(values, weight, bias, shape.stride, shape.padding)
        values = torch.relu(values) if shape.rectified else values
    torch.testing.assert_close(values.flatten(1), network(images).detach(), rtol=0, atol=1e-4)


class KilledError(Exception):
    pass


def small_settings() -> MetaTrainingSettings:
    return preset("quick").model_copy(update={"filters": (4, 4, 4), "warm_up_iterations": 20, "maml_iterations": 2})


def test_a_killed_run_goes_on_to_the_same_bundle_and_bundles_survive_the_disk(tmp_path: Path) -> None:
    drawings = invented_alphabets(0, 3, 8, 20)

    def ignore(*told: object) -> None:
        pass

    def kill(phase: str, done: int, *told: object) -> None:
        if done == 15:
            raise KilledError

    undisturbed = meta_train(small_settings(), drawings, _made(tmp_path / "a"), ignore)
    with pytest.raises(KilledError):
        meta_train(small_settings(), drawings, _made(tmp_path / "b"), kill)
    resumed = meta_train(small_settings(), drawings, tmp_path / "b", ignore)
    for one, other in zip(undisturbed.convolutions, resumed.convolutions, strict=True):
        assert torch.equal(one[0], other[0])
    assert torch.equal(undisturbed.head[0], resumed.head[0])
    assert undisturbed.header.rates == resumed.header.rates

    file = tmp_path / "bundle.safetensors"
    save_bundle(resumed, file)
    assert load_bundle(file).digest == resumed.digest
    whole = file.read_bytes()
    for damaged, message in (
        (whole[:-100], "is damaged"),
        (b"", "is damaged"),
        (whole.replace(b'\\"format_version\\":2', b'\\"format_version\\":9'), "newer ohmshot"),
        (whole.replace(b"ohmshot-bundle", b"foreign-bundle"), "header"),
    ):
        assert damaged != whole
        file.write_bytes(damaged)
        with pytest.raises(BundleError, match=message):
            load_bundle(file)


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
