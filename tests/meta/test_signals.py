from pathlib import Path

import torch

from ohmshot.bundle.file import load_bundle, save_bundle
from ohmshot.data.gestures import invented_gestures
from ohmshot.meta.augment import DRAWS, augmentation_draws, augmented_signals
from ohmshot.meta.run import meta_train
from ohmshot.meta.settings import preset


def test_augmented_signals_keep_their_shape_and_without_draws_their_values() -> None:
    signals = torch.randn(6, 3, 1, 32, generator=torch.Generator().manual_seed(0))
    changed = augmented_signals(signals, augmentation_draws(6, torch.Generator().manual_seed(1)))
    assert changed.shape == signals.shape
    assert not torch.allclose(changed, signals)
    torch.testing.assert_close(augmented_signals(signals, torch.full((DRAWS, 6), 0.5)), signals, rtol=0, atol=1e-5)


def test_a_bundle_is_trained_on_signals_as_on_drawings(tmp_path: Path) -> None:
    gestures = invented_gestures(0, 3, 8, 20)
    settings = preset("quick").model_copy(update={"filters": (4, 4, 4), "warm_up_iterations": 20, "head_iterations": 0})
    bundle = meta_train(settings, gestures, tmp_path / "run", lambda *told: None)
    assert bundle.header.network.input == (3, 1, 64)
    assert bundle.example_shape == (3, 64)
    save_bundle(bundle, tmp_path / "bundle.safetensors")
    features = load_bundle(tmp_path / "bundle.safetensors").features(gestures.values)
    assert features.shape == (24, 20, settings.features)
    assert bundle.header.provenance.training_data.startswith("invented gestures, 1 of 3 groups held out")
