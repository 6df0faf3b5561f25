"""Which classes are taken for which: counted by class, whatever their places in the episodes."""

import torch

from ohmshot.adapt.confusion import MOST_CLASSES, confusion_of
from ohmshot.data.episodes import Episodes, EpisodeShape
from ohmshot.data.examples import Examples


def examples(classes: int, kind: str = "drawing", groups: int = 1) -> Examples:
    each = classes // groups
    names = tuple(f"{chr(65 + number // each)}/{number % each}" for number in range(classes))
    group = torch.arange(classes) // each
    values = torch.zeros(classes, 3, 28, 28, dtype=torch.uint8)
    return Examples("made", values, group, tuple("ABCDEFGH"[:groups]), names, "none", kind=kind)  # type: ignore[arg-type]


def episodes(rows: list[list[int]], scope: str = "any") -> Episodes:
    shape = EpisodeShape(len(rows[0]), 1, 1, scope)  # type: ignore[arg-type]
    drawings = torch.zeros(len(rows), len(rows[0]), 1, dtype=torch.int64)
    return Episodes(shape, torch.tensor(rows), drawings, drawings)


def test_places_of_different_classes_are_not_added_up() -> None:
    """Both episodes answer their first place with their second: class 0 for 3, then class 5 for 1."""
    found = confusion_of(examples(6), episodes([[0, 3], [5, 1]]), torch.tensor([[1, 1], [1, 1]]))
    assert [(each.true, each.answered, each.answers, each.asked) for each in found.pairs] == [
        ("A/0", "A/3", 1, 1),
        ("A/5", "A/1", 1, 1),
    ]
    assert found.names == ("A/0", "A/1", "A/2", "A/3", "A/4", "A/5")
    assert found.counts[0] == (0, 0, 0, 1, 0, 0)
    assert (found.counts[3][3], found.counts[5][1], found.counts[1][1], found.wrong) == (1, 1, 1, 2)


def test_the_same_pair_in_other_places_is_the_same_pair() -> None:
    found = confusion_of(examples(4), episodes([[0, 3], [3, 0], [0, 3]]), torch.tensor([[1, 1], [0, 0], [0, 1]]))
    assert [(each.true, each.answered, each.answers, each.asked) for each in found.pairs] == [("A/0", "A/3", 2, 3)]


def test_many_classes_have_pairs_and_no_matrix() -> None:
    found = confusion_of(examples(MOST_CLASSES + 1), episodes([[0, 20]]), torch.tensor([[0, 0]]))
    assert (found.names, found.counts) == ((), ())
    assert [(each.true, each.answered) for each in found.pairs] == [("A/20", "A/0")]


def test_gestures_of_different_people_are_one_class_and_characters_of_different_alphabets_are_not() -> None:
    tasks, answers = episodes([[0, 1], [2, 3]], "one group"), torch.tensor([[1, 1], [1, 1]])
    people = confusion_of(examples(4, "emg", 2), tasks, answers)
    assert (people.names, people.counts) == (("0", "1"), ((0, 2), (0, 2)))
    alphabets = confusion_of(examples(4, "drawing", 2), tasks, answers)
    assert alphabets.names == ("A/0", "A/1", "B/0", "B/1")
    assert alphabets.counts[0] == (0, 1, 0, 0)


def test_right_answers_alone_confuse_nothing() -> None:
    found = confusion_of(examples(4), episodes([[0, 3]]), torch.tensor([[0, 1]]))
    assert (found.pairs, found.wrong) == ((), 0)
