import pytest
import torch

from ohmshot.data.episodes import EpisodeShape, numbered_episodes, sample_episodes
from ohmshot.data.examples import Examples
from ohmshot.foundation.errors import SettingsError
from ohmshot.foundation.randomness import generator


def drawings(characters: int = 12, each: int = 20) -> Examples:
    images = torch.randint(0, 256, (characters, each, 28, 28), dtype=torch.uint8, generator=generator(0, "images"))
    names = tuple(f"A/{i}" for i in range(characters))
    return Examples("noise", images, torch.arange(characters) % 3, ("A", "B", "C"), names, "none")


def test_episodes_repeat_no_character_and_share_no_drawing() -> None:
    episodes = sample_episodes(drawings(), EpisodeShape(5, 5, 15), 200, generator(1, "episodes"))
    assert all(len(set(row)) == 5 for row in episodes.characters.tolist())
    both = torch.cat([episodes.support_drawings, episodes.query_drawings], dim=2)
    assert torch.equal(both.sort(dim=2).values, torch.arange(20).expand(200, 5, 20))


def test_the_same_seed_gives_the_same_episodes() -> None:
    first, again = (sample_episodes(drawings(), EpisodeShape(), 5, generator(1, "e")) for _ in range(2))
    assert torch.equal(first.characters, again.characters)
    assert torch.equal(first.query_drawings, again.query_drawings)


def test_numbered_episodes_do_not_depend_on_how_many_there_are() -> None:
    few, many = (numbered_episodes(drawings(), EpisodeShape(4, 3, 5), n, generator(1, "e")) for n in (3, 200))
    assert all(len(set(row)) == 4 for row in many.characters.tolist())
    for name in ("characters", "support_drawings", "query_drawings"):
        assert torch.equal(getattr(few, name), getattr(many, name)[:3])


def test_support_and_query_pick_values_way_by_way() -> None:
    source = drawings()
    episodes = sample_episodes(source, EpisodeShape(3, 2, 4), 7, generator(1, "e"))
    values = torch.arange(12)[:, None].expand(12, 20)
    assert torch.equal(episodes.support(values), episodes.characters.repeat_interleave(2, dim=1))
    assert torch.equal(episodes.query(values), episodes.characters[:, episodes.query_labels])


def test_too_few_characters_or_drawings_are_refused() -> None:
    with pytest.raises(SettingsError, match="need 13 classes"):
        sample_episodes(drawings(), EpisodeShape(13, 1, 1), 1, generator(0))
    with pytest.raises(SettingsError, match="need 21 examples"):
        sample_episodes(drawings(), EpisodeShape(5, 6, 15), 1, generator(0))


def test_rotations_make_four_classes_of_one() -> None:
    turned = drawings(2, 3).with_rotations()
    assert turned.values.shape == (8, 3, 28, 28)
    assert torch.equal(turned.values[2], torch.rot90(turned.values[0], 1, dims=(1, 2)))


def test_alphabets_are_picked_with_their_names() -> None:
    part = drawings().of_groups([1])
    assert part.group.unique().tolist() == [1]
    assert part.class_names == ("A/1", "A/4", "A/7", "A/10")
