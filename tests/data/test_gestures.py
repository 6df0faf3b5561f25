import pytest
import torch

from ohmshot.data import gestures
from ohmshot.data.episodes import EpisodeShape, sample_episodes
from ohmshot.data.gestures import invented_gestures
from ohmshot.data.source import evaluation_examples
from ohmshot.foundation.randomness import generator


def test_gestures_depend_on_their_seed_and_stay_in_the_sensors_range() -> None:
    first, again, other = (invented_gestures(seed, 2, 3, 4) for seed in (1, 1, 2))
    assert first.values.shape == (6, 4, 3, 64)
    assert torch.equal(first.values, again.values)
    assert not torch.equal(first.values, other.values)
    assert float(first.values.abs().max()) <= 39.25


def test_a_stroke_begins_and_ends_at_rest_at_its_points() -> None:
    points = torch.tensor([[[0.0, 0, 0], [0.3, 0.2, 0], [1.0, 0, 0.5]]])
    acceleration = gestures._acceleration(points, torch.tensor([0.5]))
    step = 0.5 / (gestures.LENGTH - 1)
    velocity = torch.cat([torch.zeros(1, 3), torch.cumulative_trapezoid(acceleration, dx=step, dim=0)])
    assert float(velocity[-1].abs().max()) < 0.02 * float(velocity.abs().max())
    torch.testing.assert_close(torch.trapezoid(velocity, dx=step, dim=0), points[0, 2], rtol=0, atol=0.02)


def test_at_rest_the_sensor_measures_gravity() -> None:
    signals = invented_gestures(3, 2, 5, 10).values[..., 0]  # a gesture begins at rest
    assert float(signals.norm(dim=-1).mean()) == pytest.approx(9.81, abs=0.3)


def test_gestures_can_be_told_apart_but_not_well_by_one_raw_example() -> None:
    source = invented_gestures(4, 5, 5, 20)
    episodes = sample_episodes(source, EpisodeShape(5, 1, 15), 50, generator(0, "episodes"))
    flat = source.values.flatten(2)
    away = torch.cdist(episodes.query(flat), episodes.support(flat))
    right = (away.argmin(-1) == episodes.query_labels).float().mean()
    assert 0.5 < float(right) < 0.9


def test_signal_sources_are_examples_like_drawings() -> None:
    source = evaluation_examples("gestures")
    assert (source.kind, source.classes, source.examples_per_class) == ("signal", 100, 20)
    part = source.of_groups([0, 2])
    assert part.classes == 20
    assert torch.equal(part.values[10], source.values[20])
    assert evaluation_examples("invented").kind == "drawing"
