import math

import pytest
import torch

from ohmshot.adapt.groups import accuracy_by_group, half_interval_of_new_groups
from ohmshot.data.episodes import Episodes, EpisodeShape
from ohmshot.data.examples import Examples

EXAMPLES = Examples(
    name="letters",
    values=torch.zeros(6, 2, 28, 28, dtype=torch.uint8),
    group=torch.tensor([0, 0, 1, 1, 3, 3]),
    group_names=("Greek", "Latin", "never used", "Tamil"),
    class_names=tuple("abcdef"),
    citation="none",
)


def episodes(scope: str, characters: list[list[int]]) -> Episodes:
    """Episodes of these classes, with two queries of each way."""
    drawings = torch.zeros(len(characters), 2, 1, dtype=torch.int64)
    shape = EpisodeShape(2, 1, 2, "any" if scope == "any" else "one group")
    return Episodes(shape, torch.tensor(characters), drawings, drawings.expand(-1, -1, 2))


def test_a_group_s_accuracy_is_that_of_the_queries_of_its_classes() -> None:
    mixed = episodes("any", [[0, 2], [1, 4]])  # Greek and Latin, Greek and Tamil
    right = torch.tensor([[True, False, True, True], [True, True, False, False]])
    assert accuracy_by_group(EXAMPLES, mixed, right) == {"Greek": 0.75, "Latin": 1.0, "Tamil": 0.0}


def test_tasks_within_one_group_are_averaged_by_group() -> None:
    within = episodes("one group", [[0, 1], [2, 3], [4, 5], [5, 4]])
    half = half_interval_of_new_groups(EXAMPLES, within, torch.tensor([0.5, 0.6, 0.6, 0.8]))
    assert half == pytest.approx(4.30265 * 0.1 / math.sqrt(3), rel=1e-5)  # of 0.5, 0.6 and 0.7


def test_tasks_of_mixed_groups_count_their_ways() -> None:
    mixed = episodes("any", [[0, 1], [1, 0], [2, 3], [3, 2]])
    half = half_interval_of_new_groups(EXAMPLES, mixed, torch.tensor([1.0, 1.0, 0.0, 0.0]))
    assert half == pytest.approx(12.7062 * 0.5, rel=1e-5)  # by hand in tests/foundation/test_statistics.py


@pytest.mark.parametrize("scope", ["any", "one group"])
def test_one_group_says_nothing_of_others(scope: str) -> None:
    greek = episodes(scope, [[0, 1], [1, 0]])
    assert half_interval_of_new_groups(EXAMPLES, greek, torch.tensor([0.5, 0.6])) is None
