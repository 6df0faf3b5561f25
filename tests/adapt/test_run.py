from dataclasses import fields, replace

import pytest
import torch

from ohmshot.adapt.adaptations import Adaptations
from ohmshot.adapt.bake import Bake
from ohmshot.adapt.loss import SIGN_COLUMNS
from ohmshot.adapt.run import adapt_all, adapt_batch
from ohmshot.adapt.settings import AdaptationSettings
from ohmshot.adapt.tasks import Tasks
from ohmshot.bundle.bundle import Bundle
from ohmshot.bundle.file import shipped_bundle
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.data.episodes import EpisodeShape, sample_episodes
from ohmshot.data.invented import invented_alphabets
from ohmshot.foundation.randomness import generator

LETI = load_parameter_set("leti_hfo2_130nm").values
SETTINGS = AdaptationSettings(episodes=5, chips=2, seed=8, shape=EpisodeShape(5, 5, 3))


@pytest.fixture(scope="module")
def task() -> tuple[Bundle, Tasks]:
    drawings = invented_alphabets(1, 2, 8, 10)
    bundle = shipped_bundle("four-convolutions")
    episodes = sample_episodes(drawings, SETTINGS.shape, SETTINGS.episodes, generator(8, "episodes"))
    return bundle, Tasks(bundle.features(drawings.values), episodes)


def assert_same(one: Adaptations, other: Adaptations) -> None:
    for each in fields(Adaptations):
        if each.name not in ("initialisation", "updates", "first_conductances", "signs"):
            assert torch.equal(getattr(one, each.name), getattr(other, each.name)), each.name
    for name in SIGN_COLUMNS:
        assert torch.equal(getattr(one.signs, name), getattr(other.signs, name)), name
    for mine, yours in zip((one.initialisation, *one.updates), (other.initialisation, *other.updates), strict=True):
        assert torch.equal(mine.counts, yours.counts)
        assert torch.equal(mine.energy_joules, yours.energy_joules)


@pytest.mark.parametrize("name", ["leti_hfo2_130nm", "pessimistic"])
def test_results_do_not_depend_on_chunks_or_workers(task: tuple[Bundle, Tasks], name: str) -> None:
    parameters = load_parameter_set(name).values
    together = adapt_all(*task, parameters, SETTINGS, at_once=5, workers=1)
    assert_same(adapt_all(*task, parameters, SETTINGS, at_once=1, workers=1), together)
    assert_same(adapt_all(*task, parameters, SETTINGS, at_once=2, workers=2), together)


def test_a_batch_holds_one_row_an_adaptation(task: tuple[Bundle, Tasks]) -> None:
    batch = adapt_batch(task[0], task[1].batch(range(1, 4)), LETI, SETTINGS, range(1, 4))
    assert batch.accuracy.shape == (3, 6)
    assert batch.answers_after_bake.shape == (3, 15)
    assert batch.updates[4].energy_joules.shape == (5, 3)
    right = (batch.answers == task[1].episodes.query_labels).double().mean(1)
    assert torch.equal(batch.accuracy[:, -1], right)


def test_a_bake_of_an_hour_ages_chips_as_a_wait_of_3600_seconds(
    task: tuple[Bundle, Tasks], monkeypatch: pytest.MonkeyPatch
) -> None:
    before_bake: list[dict[str, torch.Tensor]] = []
    wait = SimulatedCrossbar.wait

    def watched(chip: SimulatedCrossbar, seconds: float, celsius: float = 25.0) -> None:
        if celsius > 100:
            before_bake.append(chip.snapshot())
        wait(chip, seconds, celsius)

    monkeypatch.setattr(SimulatedCrossbar, "wait", watched)
    settings = replace(SETTINGS, episodes=1, chips=1, bake=Bake(1.0, 150.0))
    batch = adapt_batch(task[0], task[1].batch(range(1)), LETI, settings, range(1))
    (before,) = before_bake
    alike = SimulatedCrossbar(LETI, settings.circuit, settings.seed, [0], [0])
    alike.restore(before)
    assert torch.equal(alike.true_conductances()[0], batch.first_conductances[1])
    wait(alike, 3600.0, 150.0)
    assert torch.equal(alike.true_conductances()[0], batch.first_conductances[2])
