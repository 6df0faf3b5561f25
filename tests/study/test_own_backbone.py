import dataclasses
from pathlib import Path

import pytest
import torch

from ohmshot.bundle.bundle import of_unit_length
from ohmshot.bundle.file import load_bundle, save_bundle
from ohmshot.bundle.for_features import bundle_for
from ohmshot.data.examples import Examples
from ohmshot.data.own_arrays import examples_from
from ohmshot.foundation.errors import BundleError, SettingsError
from ohmshot.meta.split import split_of
from ohmshot.study.own_backbone import bundle_from, meta_train_head


def clusters(classes: int = 18, features: int = 24, offset: float = 0.0) -> Examples:
    """Gaussian clusters of 20 examples around centres about one deviation from the offset in every feature."""
    random = torch.Generator().manual_seed(1)
    centres = offset + torch.randn(classes, 1, features, generator=random)
    values = centres + torch.randn(classes, 20, features, generator=random)
    return examples_from(values.flatten(0, 1), torch.arange(classes).repeat_interleave(20), name="clusters")


def test_settings_are_chosen_on_classes_that_are_held_out(tmp_path: Path) -> None:
    examples = clusters(offset=50.0)
    bundle = bundle_from(None, examples, ways=5, episodes=40, seed=3)
    provenance = bundle.header.provenance
    assert provenance.training_data == "clusters, 6 of 18 groups held out"
    split = split_of(provenance, examples)
    training = examples.of_groups(split.training)
    preprocessing = bundle.header.preprocessing
    assert preprocessing.kind == "features"
    assert preprocessing.mean == pytest.approx(training.values.mean((0, 1)).flatten().tolist())
    metrics = provenance.metrics
    assert metrics["held_out_accuracy_software"] > metrics["held_out_accuracy_prototypes"] - 2
    assert metrics["held_out_accuracy_write_errors"] > 90  # chance is 20
    save_bundle(bundle, tmp_path / "bundle.safetensors")
    assert load_bundle(tmp_path / "bundle.safetensors").digest == bundle.digest


def test_feature_vectors_keep_their_length_where_it_tells_classes_apart() -> None:
    """Classes that lie behind one another on one line differ in length alone."""
    random = torch.Generator().manual_seed(0)
    along = torch.arange(12.0).repeat_interleave(20)[:, None] * torch.ones(2)
    values = along + 0.1 * torch.randn(240, 2, generator=random)
    labels = torch.arange(12).repeat_interleave(20)
    assert not bundle_from(None, (values, labels), ways=3, episodes=40).header.network.unit_length


def test_more_ways_get_higher_rates_and_settings_are_kept() -> None:
    bundle = bundle_from(None, clusters(), ways=6, shots=2, hidden=(48,), copies=1, updates=3, episodes=20)
    assert bundle.rates.shape == (3, 2)
    assert any(float(bundle.rates[0, 1]) == pytest.approx(rate) for rate in (0.6, 1.2, 2.4))
    assert bundle.header.mapping.copies == (1, 1)
    assert bundle.header.mapping.weight_full_scale[0] == 1.0


def test_too_few_classes_or_examples_and_other_kinds_are_told() -> None:
    with pytest.raises(SettingsError, match="cannot be held out: clusters has 5"):
        bundle_from(None, clusters(classes=5), ways=5)
    with pytest.raises(SettingsError, match="20 shots and 1 queries need 21 examples"):
        bundle_from(None, clusters(), shots=20)
    with pytest.raises(BundleError, match="of the kind 'signal'"):
        bundle_from(None, (torch.zeros(4, 2, 3), [0, 1, 0, 1]))


def test_meta_training_improves_the_head_of_a_bundle_on_the_classes_that_bundle_held_out() -> None:
    """Of 16 features the last 8 are noise, which the hand-made head does not know."""
    random = torch.Generator().manual_seed(2)
    centres = torch.cat([torch.randn(24, 1, 8, generator=random), torch.zeros(24, 1, 8)], -1)
    values = centres + torch.tensor([0.5] * 8 + [1.5] * 8) * torch.randn(24, 20, 16, generator=random)
    examples = examples_from(values.flatten(0, 1), torch.arange(24).repeat_interleave(20), name="noisy")
    start = bundle_from(None, examples, hidden=(32,), copies=1, episodes=60)
    learned = meta_train_head(start, examples, iterations=50, head_rate=0.01, episodes=60)
    before, after = (each.header.provenance for each in (start, learned))
    name = "held_out_accuracy_write_errors"
    assert after.metrics[name] > before.metrics[name]
    assert after.head.startswith("maml, ")
    assert after.training_data == before.training_data
    assert not torch.equal(learned.head[0], start.head[0])
    assert not bool(learned.head[-1].any())


def test_meta_training_of_a_bundle_that_knew_no_data_says_which_classes_it_held_out() -> None:
    examples = clusters()
    learned = meta_train_head(bundle_for(24), examples, iterations=2, episodes=20, seed=5)
    provenance = learned.header.provenance
    assert provenance.training_data == "clusters, 6 of 18 groups held out; before: none"
    assert len(split_of(provenance, examples).held_out) == 6
    again = meta_train_head(bundle_for(24), examples, iterations=2, episodes=20, seed=5)
    assert dataclasses.asdict(again)["header"] == dataclasses.asdict(learned)["header"]


class Halves(torch.nn.Module):
    """Sums and differences of the two halves of a signal, channel by channel."""

    def forward(self, signals: torch.Tensor) -> torch.Tensor:
        first, second = signals.chunk(2, dim=2)
        return torch.cat([(first + second).mean(2), (first - second).mean(2)], 1)


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
def test_a_network_of_ones_own_becomes_the_fixed_part(tmp_path: Path) -> None:
    random = torch.Generator().manual_seed(4)
    values = torch.randn(12, 1, 6, 8, generator=random) + 0.7 * torch.randn(12, 20, 6, 8, generator=random)
    labels = torch.arange(12).repeat_interleave(20)
    network = Halves()
    bundle = bundle_from(network, (values.flatten(0, 1), labels), ways=4, episodes=30)
    wanted = network(values[0])
    wanted = of_unit_length(wanted) if bundle.header.network.unit_length else wanted
    torch.testing.assert_close(bundle.features(values[0]), wanted, rtol=0, atol=1e-5)
    (tmp_path / "halves.onnx").write_bytes(bundle.graph)
    same = bundle_from(tmp_path / "halves.onnx", (values.flatten(0, 1), labels), ways=4, episodes=30)
    assert same.header.rates == bundle.header.rates
    assert same.header.provenance.metrics == bundle.header.provenance.metrics
    learned = meta_train_head(bundle, (values.flatten(0, 1), labels), iterations=2, episodes=30)
    assert learned.graph == bundle.graph
    with pytest.raises(BundleError, match=r"takes float32 of shape \[6, 8\]"):
        bundle_from(tmp_path / "halves.onnx", clusters(), ways=4)
