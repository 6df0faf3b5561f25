import dataclasses
import sys

import pytest
import torch
from typer.testing import CliRunner

from ohmshot.adapt.fleet.work import fleet_work
from ohmshot.adapt.run import adapt_batch
from ohmshot.adapt.settings import AdaptationSettings
from ohmshot.adapt.tasks import Tasks
from ohmshot.bundle.file import shipped_bundle
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.cli import app
from ohmshot.data.episodes import EpisodeShape
from ohmshot.data.invented import invented_alphabets
from ohmshot.foundation.errors import SettingsError
from pretended_device import HERE, PretendedDevice, WrongDeviceError, marked


@pytest.mark.parametrize("parameters", ["leti_hfo2_130nm", "pessimistic"])
def test_every_tensor_of_an_adaptation_is_on_one_device(monkeypatch: pytest.MonkeyPatch, parameters: str) -> None:
    settings = AdaptationSettings(chips=3, episodes=3, shape=EpisodeShape(5, 2, 2))
    work = fleet_work(
        shipped_bundle("four-convolutions"), invented_alphabets(1, 2, 8, 6), load_parameter_set(parameters), settings
    )
    plain = adapt_batch(work.bundle, work.tasks.batch(range(3)), work.parameters, work.settings, range(3))
    monkeypatch.setattr(torch, "get_default_device", lambda: HERE)
    first, second = (marked(layer.clone()) for layer in work.bundle.head)
    bundle, features = dataclasses.replace(work.bundle, head=(first, second)), marked(work.tasks.features.clone())
    with PretendedDevice() as device:
        task = Tasks(features, work.tasks.episodes).batch(range(3))
        there = adapt_batch(bundle, task, work.parameters, work.settings, range(3))
    assert device.operations > 500
    assert torch.equal(plain.accuracy, there.accuracy)
    assert torch.equal(plain.cells_written, there.cells_written)


def test_the_pretended_device_refuses_what_a_real_one_does() -> None:
    with PretendedDevice():
        here = torch.zeros(3)
        with pytest.raises(WrongDeviceError, match="mixes"):
            here + torch.ones(3, device="cpu")
        with pytest.raises(WrongDeviceError, match="memory"):
            here.numpy()
        assert float((here + torch.tensor(1.0, device="cpu")).sum()) == 3.0


def test_a_device_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    outcome = CliRunner().invoke(app, ["fleet", "--chips", "2", "--source", "invented", "--device", "cuda"])
    assert isinstance(outcome.exception, SettingsError)
    assert "no CUDA device" in str(outcome.exception)


def test_a_gpu_without_the_extra_is_refused_before_anything_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setitem(sys.modules, "numba_cuda", None)
    outcome = CliRunner().invoke(app, ["fleet", "--chips", "2", "--source", "invented", "--device", "cuda"])
    assert isinstance(outcome.exception, SettingsError)
    assert 'pip install "ohmshot[cuda]"' in str(outcome.exception)
