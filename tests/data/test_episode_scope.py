"""Tasks within one group of classes, and tasks whose support and queries come from different recordings."""

from dataclasses import replace

import pytest
import torch

from ohmshot.data.episodes import Episodes, EpisodeShape, numbered_episodes, sample_episodes
from ohmshot.data.examples import Examples
from ohmshot.data.invented_emg import invented_emg
from ohmshot.foundation.errors import SettingsError


def people(recordings: torch.Tensor | None = None, **chosen: tuple[int, ...]) -> Examples:
    """Three people with 4, 4 and 2 classes of 12 examples."""
    group = torch.tensor([0] * 4 + [1] * 4 + [2] * 2)
    return Examples(
        name="people",
        values=torch.zeros(10, 12, 2, 5),
        group=group,
        group_names=("a", "b", "c"),
        class_names=tuple(str(number) for number in range(10)),
        citation="none",
        kind="signal",
        recordings=recordings,
        **chosen,
    )


THREE_RECORDINGS = torch.arange(3).repeat_interleave(4)
SAMPLERS = pytest.mark.parametrize("sampler", [sample_episodes, numbered_episodes])


@SAMPLERS
def test_all_classes_of_a_task_within_one_group_are_of_that_group(sampler) -> None:
    examples = people()
    shape = EpisodeShape(4, 1, 2, scope="one group")
    episodes: Episodes = sampler(examples, shape, 200, torch.Generator().manual_seed(1))
    groups = examples.group[episodes.characters]
    assert bool((groups == groups[:, :1]).all())
    counts = torch.bincount(groups[:, 0], minlength=3).tolist()
    assert counts[2] == 0  # two classes are too few for four ways
    assert 70 < counts[0] < 130


@SAMPLERS
def test_support_and_queries_are_of_different_recordings(sampler) -> None:
    examples = people(THREE_RECORDINGS)
    episodes: Episodes = sampler(examples, EpisodeShape(4, 4, 8), 100, torch.Generator().manual_seed(2))
    support = THREE_RECORDINGS[episodes.support_drawings]
    query = THREE_RECORDINGS[episodes.query_drawings]
    assert bool((support == support[:, :1, :1]).all())
    assert not bool((query == support[:, :1, :1]).any())
    assert support[:, 0, 0].unique().tolist() == [0, 1, 2]
    for row in episodes.query_drawings.flatten(0, 1):
        assert len(row.unique()) == 8


@SAMPLERS
def test_chosen_recordings_are_kept_to(sampler) -> None:
    examples = people(THREE_RECORDINGS, support_recordings=(1,), query_recordings=(0,))
    episodes: Episodes = sampler(examples, EpisodeShape(3, 2, 4), 50, torch.Generator().manual_seed(3))
    assert bool((THREE_RECORDINGS[episodes.support_drawings] == 1).all())
    assert bool((THREE_RECORDINGS[episodes.query_drawings] == 0).all())


def test_numbered_episodes_do_not_depend_on_their_number() -> None:
    examples = people(THREE_RECORDINGS)
    shape = EpisodeShape(4, 2, 3, scope="one group")
    few = numbered_episodes(examples, shape, 3, torch.Generator().manual_seed(4))
    many = numbered_episodes(examples, shape, 30, torch.Generator().manual_seed(4))
    assert bool((many.characters[:3] == few.characters).all())
    assert bool((many.query_drawings[:3] == few.query_drawings).all())


def test_what_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(SettingsError, match="No group of people has 5 classes"):
        sample_episodes(people(), EpisodeShape(5, 1, 1, scope="one group"), 1, torch.Generator())
    with pytest.raises(SettingsError, match="has 4 in recording 0 and 8 in others"):
        sample_episodes(people(THREE_RECORDINGS), EpisodeShape(2, 5, 1), 1, torch.Generator())
    with pytest.raises(SettingsError, match="has 4 in recording 0 and 4 in others"):
        sample_episodes(people(THREE_RECORDINGS, query_recordings=(0, 2)), EpisodeShape(2, 4, 5), 1, torch.Generator())


def test_classes_in_pairs_hold_the_examples_of_two() -> None:
    examples = people()
    examples = replace(examples, values=torch.arange(10.0).view(10, 1, 1, 1).expand(10, 12, 2, 5))
    pairs = examples.in_pairs()
    assert (pairs.classes, pairs.examples_per_class) == (5, 24)
    assert pairs.class_names[1] == "1 or 6"
    assert pairs.values[1, :, 0, 0].tolist() == [1.0] * 12 + [6.0] * 12
    assert pairs.group.tolist() == [0, 0, 0, 0, 1]
    assert pairs.group_names == ("a", "b and c")  # classes 0 to 3 go with one of b and some of c, class 4 with one of c
    assert pairs.recordings is None


def test_a_gesture_of_two_people_is_learned_from_both() -> None:
    pairs = invented_emg(5, 4, 3).in_pairs()
    assert pairs.group_names == ("person 1 and person 3", "person 2 and person 4")
    assert pairs.class_names[8] == "person 2/radial deviation or person 4/radial deviation"
    assert pairs.recordings is not None
    assert pairs.recordings.tolist() == 2 * [hold for hold in range(12) for _ in range(9)]
    episodes = sample_episodes(pairs, EpisodeShape(7, 10, 15, "one group"), 40, torch.Generator().manual_seed(1))
    of_second = episodes.support_drawings >= 108
    assert bool((pairs.recordings[episodes.support_drawings] == 0).all())
    assert bool((pairs.recordings[episodes.query_drawings] > 3).all())
    assert bool((of_second.any(-1) & ~of_second.all(-1)).all())  # ten of nine and nine windows: some of each person
