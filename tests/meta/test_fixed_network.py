"""Features without training, residual blocks, and what is done to them before they go onto a device."""

from pathlib import Path

import pytest
import torch

from ohmshot.bundle.bundle import of_unit_length, run_convolutions
from ohmshot.bundle.file import load_bundle
from ohmshot.bundle.header import SignalPreprocessing
from ohmshot.data.invented_emg import invented_emg
from ohmshot.data.source import PERSONAL, SIGNAL_SOURCES, TRAINING_SOURCES
from ohmshot.meta.fixed_network import FixedNetwork, principal_components
from ohmshot.meta.network import FeatureNetwork
from ohmshot.meta.personal import personal_bundle
from ohmshot.meta.settings import preset

PLAIN = SignalPreprocessing(mean=(0.0,), scale=(1.0,))


def test_principal_components_are_those_of_the_spread() -> None:
    # A cloud that is 10 wide along (3, 4) / 5 and 1 wide across it, about the point (7, -2).
    along, across = torch.tensor([0.6, 0.8]), torch.tensor([-0.8, 0.6])
    random = torch.Generator().manual_seed(0)
    sizes = torch.randn(4000, 2, generator=random) * torch.tensor([10.0, 1.0])
    points = torch.tensor([7.0, -2.0]) + sizes[:, :1] * along + sizes[:, 1:] * across
    network = principal_components(points.view(-1, 1, 1, 2), 1)
    assert network.last is not None
    torch.testing.assert_close(network.last.weight.detach().flatten(), along, rtol=0, atol=0.01)
    torch.testing.assert_close(
        network(torch.tensor([[[[10.0, 2.0]]]])).detach(), torch.tensor([[5.0]]), rtol=0, atol=0.6
    )


def test_a_network_of_nothing_hands_the_numbers_on() -> None:
    assert FixedNetwork(None)(torch.arange(6.0).view(1, 3, 1, 2)).tolist() == [[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]]
    assert FixedNetwork(None).folded() == ((), ())


def test_a_residual_network_gives_the_device_the_same_features() -> None:
    torch.manual_seed(1)
    network = FeatureNetwork((4, 6, 8), 5, (1, 1, 32), blocks=(1, 0, 2)).eval()
    signals = torch.randn(3, 1, 32)
    layers, shapes = network.folded()
    assert [shape.skip for shape in shapes] == [0, 0, 2, 0, 0, 0, 2, 0, 2, 0]
    with torch.no_grad():
        torch.testing.assert_close(
            of_unit_length(run_convolutions(layers, shapes, PLAIN, signals)), network(signals[:, :, None])
        )


def test_a_shift_moves_the_features_before_they_have_one_length() -> None:
    network = FeatureNetwork((2, 2, 2), 3, (1, 1, 16)).eval()
    signals = torch.randn(2, 1, 1, 16)
    before = network.before_unit_length(signals)
    network.shift(torch.tensor([1.0, -2.0, 0.5]))
    with torch.no_grad():
        torch.testing.assert_close(network.before_unit_length(signals), before + torch.tensor([1.0, -2.0, 0.5]))
        torch.testing.assert_close(network(signals).square().mean(1), torch.ones(2))


def test_an_initialisation_for_people_is_learned_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OHMSHOT_CACHE", str(tmp_path))
    quick = preset("emg").model_copy(update={"head_iterations": 4, "check_every": 2, "held_out_episodes": 10})
    monkeypatch.setattr("ohmshot.meta.personal.preset", lambda name: quick)
    people, phases = invented_emg(1, 6, 1), []
    first = personal_bundle("emg", people, lambda phase, *rest: phases.append(phase))
    assert "head" in phases
    phases.clear()
    again = personal_bundle("emg", people, lambda phase, *rest: phases.append(phase))
    assert not phases
    assert again.digest == first.digest
    (kept,) = tmp_path.glob("bundle-emg-*.safetensors")
    assert load_bundle(kept).digest == first.digest
    assert float(first.head[0].abs().max()) <= quick.first_full_scale
    other = personal_bundle("emg", invented_emg(2, 6, 1), lambda phase, *rest: phases.append(phase))
    assert other.digest != first.digest


@pytest.mark.parametrize("source", PERSONAL)
def test_sources_of_people_have_people_to_learn_from_and_a_preset_for_tasks_of_one_person(source: str) -> None:
    assert source in SIGNAL_SOURCES
    assert source in TRAINING_SOURCES
    settings = preset(PERSONAL[source])
    assert settings.scope == "one group"
    assert settings.head_iterations > 0  # plain numbers stand before the array: its first layer is learned


def test_an_initialisation_for_two_people_is_learned_from_pairs_of_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OHMSHOT_CACHE", str(tmp_path))
    quick = preset("emg-pairs").model_copy(update={"head_iterations": 2, "check_every": 2, "held_out_episodes": 10})
    monkeypatch.setattr("ohmshot.meta.personal.preset", lambda name: quick)
    made = personal_bundle("emg-pairs", invented_emg(1, 12, 1).in_pairs(), lambda *report: None).header
    assert made.provenance.training_data == "invented-emg in pairs, 2 of 6 groups held out"
    assert made.network.layers == ((17, 38), (39, 7))
