import dataclasses

import polars as pl
import pytest

from ohmshot.studies.validation import ageing as ages
from ohmshot.studies.validation import programming as programs
from ohmshot.studies.validation.comparison import Comparison, comparison_table
from random_cells import SETS

LETI = SETS["leti_hfo2_130nm"]


def compared(**changes: object) -> Comparison:
    made = Comparison("sigma", "predicted", "somebody", 10.0, 10.5, "uS", 0.1)
    return dataclasses.replace(made, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, "agrees"),
        ({"ours": 12.0}, "misses"),
        ({"ours": 12.0, "bound": "at least"}, "agrees"),
        ({"ours": 12.0, "bound": "at most"}, "misses"),
        ({"published": -10.0, "ours": -10.5}, "agrees"),
        ({"ours": 99.0, "kind": "other technology"}, "compared only"),
    ],
)
def test_a_verdict_comes_from_both_figures(changes: dict[str, object], verdict: str) -> None:
    assert compared(**changes).verdict == verdict


def test_the_table_shows_misses_too() -> None:
    table = comparison_table([("mine", compared()), ("mine", compared(ours=20.0))])
    assert table["verdict"].to_list() == ["agrees", "misses"]
    assert table.schema["published"] == pl.Float64


def test_the_leti_set_gives_the_spreads_it_was_fitted_to_and_another_set_does_not() -> None:
    fitted = ages.relaxation_after_set(LETI, 0)
    assert all(each.verdict == "agrees" for each in fitted)
    doubled = dataclasses.replace(LETI, relaxation_spread_at_60_s=tuple(2 * x for x in LETI.relaxation_spread_at_60_s))
    assert any(each.verdict == "misses" for each in ages.relaxation_after_set(doubled, 0))


def test_the_other_sets_give_their_published_spreads() -> None:
    found = [
        *ages.relaxation_after_reset(SETS["wan_2022"], 0),
        *ages.drift_of_cmo(SETS["cmo_hfox"], 0),
        *programs.milo(SETS["milo_2021"], 0),
        *programs.falcone(SETS["cmo_hfox"], 0),
    ]
    assert [each.subject for each in found if each.verdict == "misses"] == []


def test_cells_with_an_offset_of_their_own_need_more_tries() -> None:
    found = {each.subject: each for each in programs.tries(LETI, 0, (6.0,), (2.5,))}
    alike, unlike = (found[f"mean tries, window 2.5 uS, sigma 6 uS, device share {share}"] for share in ("0", "0.5"))
    assert alike.verdict == "agrees"
    assert unlike.ours > 1.2 * alike.ours


def test_ten_years_at_125_degrees_are_told_as_a_miss() -> None:
    assert [each.verdict for each in ages.arrhenius(LETI)] == ["agrees", "misses"]
