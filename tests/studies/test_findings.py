"""Sentences that studies make from their tables, whatever the numbers: of either sign, none, one, many."""

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import polars as pl
import pytest

from ohmshot.studies.endurance.findings import findings as endurance
from ohmshot.studies.energy.findings import findings as energy
from ohmshot.studies.fleet.findings import fleet_findings
from ohmshot.studies.hardware_aware.measure import _findings as hardware_aware
from ohmshot.studies.levels.measure import _findings as levels
from ohmshot.studies.many_ways.measure import _findings as many_ways
from ohmshot.studies.regression.findings import findings as regression
from ohmshot.studies.retention.findings import findings as retention
from ohmshot.studies.strategies.findings import findings as strategies
from ohmshot.studies.users.assumptions import UsersAssumptions
from ohmshot.studies.users.findings import findings as users
from ohmshot.studies.validation.measure import _findings as validation
from ohmshot.study.study_result import read_study_result

RESULTS = Path(__file__).parents[2] / "docs" / "studies"
Tables = Mapping[str, pl.DataFrame]
SENTENCES: dict[str, Callable[[Tables], Iterable[str]]] = {
    "endurance": endurance,
    "energy": energy,
    "fleet": lambda tables: fleet_findings(tables, 97.0, 1.0, 1),
    "hardware-aware": lambda tables: hardware_aware(tables["initialisations"], tables["writes"]),
    "levels": lambda tables: levels(tables["accuracy"], tables["places"]),
    "many-ways": lambda tables: many_ways(tables["tasks"]),
    "regression": lambda tables: regression(tables["starts"], tables["rivals"]),
    "retention": retention,
    "strategies": strategies,
    "users": lambda tables: users(tables, UsersAssumptions()),
    "validation": lambda tables: validation(pl.concat([tables["predicted"], tables["comparisons"]])),
}
KEYS = {
    "activation_energy_ev",
    "bake_celsius",
    "bake_h",
    "bake_h_at_150_celsius",
    "classes",
    "endurance_cycles",
    "factor",
    "relaxation_factor",
    "reset_log_spread",
    "shots",
    "stuck_percent",
    "target_microsiemens",
    "use_celsius",
    "ways",
}
"""Columns that say what a row is about."""
CLUMSY = re.compile(
    r"-[\d.,]+( ± [\d.]+)? points? (less|more|below|above|of it forgotten|gained)|\(s\)|\bnan\b|\binf\b"
    r"|\b0 ?% (less|more)|(?<!to )-0(\.0+)? [^t]|\d[eE]\+\d|hybrid is the cheapest[^;]*; hybrid"
    r"|hybrid leaves[^;)]*; hybrid"
    r"|(?<![\d.,+-])1 (chips|classes|arrays|episodes|cells|levels|tasks|days|years|updates|users)\b"
)


def clumsy(sentences: Iterable[str]) -> list[str]:
    return [sentence for sentence in sentences if CLUMSY.search(sentence)]


SIGNED = re.compile("^(?!.*ci95).*(lost|loss|gain|less|forgotten|above|below|extra|difference|correlation)")
"""Columns that may be below 0."""


def with_numbers(frame: pl.DataFrame, change: Callable[[pl.Expr], pl.Expr], only: re.Pattern[str]) -> pl.DataFrame:
    measured = [
        name for name, kind in frame.schema.items() if kind.is_numeric() and name not in KEYS and only.search(name)
    ]
    return frame.with_columns(change(pl.col(name)).cast(frame.schema[name]) for name in measured)


@pytest.mark.parametrize("study", SENTENCES)
@pytest.mark.parametrize(
    ("change", "only"),
    [
        pytest.param(lambda number: number, re.compile(""), id="as measured"),
        pytest.param(lambda number: -number, SIGNED, id="of the other sign"),
        pytest.param(lambda number: number * 0, re.compile(""), id="none"),
        pytest.param(lambda number: number * 0 + 1, re.compile(""), id="one"),
        pytest.param(lambda number: number * 1000, re.compile(""), id="many"),
    ],
)
def test_sentences_read_well_whatever_the_numbers(
    study: str, change: Callable[[pl.Expr], pl.Expr], only: re.Pattern[str]
) -> None:
    tables = read_study_result(RESULTS / f"{study}.json").tables
    changed = {name: with_numbers(frame, change, only) for name, frame in tables.items()}
    sentences = list(SENTENCES[study](changed))
    assert sentences
    assert not clumsy(sentences)


def test_stored_sentences_are_those_of_the_stored_tables() -> None:
    for study, sentences in SENTENCES.items():
        result = read_study_result(RESULTS / f"{study}.json")
        if study not in ("fleet", "hardware-aware"):  # whose sentences are also made of what is in no table
            assert tuple(sentences(result.tables)) == result.findings[: len(tuple(sentences(result.tables)))], study


def test_what_is_clumsy_is_found() -> None:
    for text in (
        "-0.53 points less",
        "1 chips",
        "1 adaptation(s)",
        "hybrid is the cheapest (368 pJ a cell; hybrid 368)",
        "0% less",
        "1.5e+05 times",
    ):
        assert clumsy([text]), text
    assert not clumsy(["21 chips and 1 chip, -0.5 ± 0.1 points against, 12 % less"])


def test_a_gain_in_the_bake_is_no_negative_loss() -> None:
    table = pl.DataFrame({"bake_celsius": [150.0], "bake_h": [12.0], "accuracy_percent": [99.2], "ci95_percent": [0.8]})
    tables = dict(read_study_result(RESULTS / "retention.json").tables)
    for lost, words in ((-0.53, "0.53 points more than"), (0.53, "0.53 points less than"), (0.0, "as many as")):
        tables["accuracy"] = table.with_columns(lost_percent=pl.lit(lost))
        assert f"99.20 ± 0.80 % are right, {words} before it." in list(retention(tables))[-5]
