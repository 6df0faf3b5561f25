"""Devices, on a machine that need not have them."""

import pytest
import torch

from ohmshot.data.episodes import EpisodeShape
from ohmshot.data.invented import invented_alphabets
from ohmshot.meta.algorithms import ALGORITHMS, algorithm_named
from ohmshot.meta.hardware import WriteErrorModel
from ohmshot.meta.head_start import HeadStart
from ohmshot.meta.material import preprocessing_for, stored
from ohmshot.meta.network import FeatureNetwork
from ohmshot.meta.outer_loop import OuterLoop, OuterSettings
from ohmshot.meta.precision import computes_in_half
from ohmshot.meta.processes import Processes
from ohmshot.meta.settings import MetaTrainingSettings


def test_precision_is_as_asked() -> None:
    assert computes_in_half("bfloat16", torch.device("cpu"))
    assert not computes_in_half("float32", torch.device("cpu"))


@pytest.mark.parametrize("name", ALGORITHMS)
def test_tasks_network_and_errors_meet_on_the_device_of_the_run(name: str) -> None:
    # The meta device holds shapes without numbers, and refuses to be mixed with the CPU as a GPU does.
    device = torch.device("meta")
    drawings = invented_alphabets(0, 1, 3, 4)
    begun = HeadStart(torch.ones(2, 2), WriteErrorModel((1.0, 0.2), (0.0, 1.0), 0.1))
    start = begun.initialisation(MetaTrainingSettings(name="test", features=3, hidden=(6,), ways=2), device)
    kept = stored(drawings, preprocessing_for(drawings), device).through(FeatureNetwork((4, 4, 4), 3).to(device).eval())
    settings = OuterSettings(EpisodeShape(2, 1, 1), 1, tasks=2)
    loop = OuterLoop(algorithm_named(name), start, kept, None, settings, 0, Processes())
    assert {loss.device.type for loss in loop.losses(0)} == {"meta"}
    errors = begun.model.drawn(start.head, 2, 2, torch.Generator())
    assert {normal.device.type for normal in errors.normal} == {"meta"}
