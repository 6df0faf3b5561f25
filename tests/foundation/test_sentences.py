import pytest

from ohmshot.foundation.sentences import (
    counted,
    in_column,
    listed,
    number_text,
    points,
    share_more,
    signed,
    signed_count,
    span,
    times,
)


def test_one_thing_is_one_and_all_other_numbers_are_several() -> None:
    assert [counted(number, "chip") for number in (0, 1, 2, 1000)] == ["0 chips", "1 chip", "2 chips", "1,000 chips"]
    assert counted(1.0, "picture") == "1 picture"
    assert counted(0.5, "adaptation") == "0.5 adaptations"
    assert counted(2, "class", "classes") == "2 classes"
    assert counted(1.04, "year", digits=2) == "1 year"
    assert [signed_count(number, "pulse") for number in (-1, 0, 12)] == [
        "1 fewer pulse",
        "as many pulses",
        "12 more pulses",
    ]


@pytest.mark.parametrize(
    ("change", "half", "said"),
    [
        (0.53, None, "0.53 points more"),
        (-0.53, None, "0.53 points less"),
        (0.0, None, "the same"),
        (-0.001, None, "the same"),
        (-0.001, 0.2, "0.00 ± 0.20 points less"),
    ],
)
def test_a_difference_has_a_word_or_a_sign_and_never_both(change: float, half: float | None, said: str) -> None:
    assert points(change, "more", "less", "the same", half) == said


def test_signs_of_nothing_are_not_written() -> None:
    assert [signed(change) for change in (-0.001, 0.0, 0.5, -0.5)] == ["0.00", "0.00", "+0.50", "-0.50"]
    assert [share_more(ratio) for ratio in (0.88, 1.001, 1.5)] == ["12 % less", "as much", "50 % more"]
    assert times(3.0, 2.0) == "1.5 times"
    assert times(1.0, 0.0) == "no finite number of times"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (327_700.0, "327,700"),
        (0.00123456, "0.001235"),
        (98.62, "98.62"),
        (-5.0, "-5"),
        (0.0, "0"),
        (4.2e-10, "4.2e-10"),
    ],
)
def test_numbers_have_no_exponent_where_people_would_write_none(value: float, said: str) -> None:
    assert number_text(value) == said


def test_absurd_numbers_of_a_column_take_another_unit() -> None:
    assert in_column(4.202e-10, "years") == "13.26 ms"  # 4.202e-10 x 31,557,600 s
    assert in_column(3.277e5, "device_mj_a_day") == "327.7 J"
    assert in_column(1.8e-16, "ci95_nj") == "under 1 fJ"
    assert in_column(12.0, "years") == "12"
    assert in_column(1.5e5, "pulses") == "150,000"


def test_ranges_and_lists() -> None:
    assert (span("3", "3"), span("3", "4")) == ("3", "3 to 4")
    assert [listed(items) for items in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "nothing",
        "a",
        "a and b",
        "a, b and c",
    ]
