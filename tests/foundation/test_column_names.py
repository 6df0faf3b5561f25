"""Every column that the project writes says its unit, and in one way; files of before are read under today's names."""

import json
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from ohmshot.adapt.fleet.result import FleetResult
from ohmshot.adapt.fleet.work import MEASURED
from ohmshot.adapt.loss import SIGN_COLUMNS
from ohmshot.adapt.result import AdaptationResult
from ohmshot.characterisation.form import load_form, shipped_forms
from ohmshot.characterisation.measurements import COLUMNS, load_measurements
from ohmshot.foundation.column_names import (
    current_name,
    faults_of,
    heading,
    named_with,
    unit_of,
    with_current_columns,
)
from ohmshot.host.measure.health import ChipHealth
from ohmshot.study.study_result import StudyResult, read_study_result
from ohmshot.sweep.result import SweepResult, setting_rows
from ohmshot.task.result import OwnTaskResult

ROOT = Path(__file__).parents[2]
OLD = ROOT / "tests" / "old_files"
GOLDEN = ROOT / "tests" / "golden"


def golden(name: str) -> dict[str, Any]:
    """What a command writes today: other tests hold the commands to these."""
    result: dict[str, Any] = json.loads((GOLDEN / f"{name}.json").read_text("utf-8"))["result"]
    return result


def written_columns() -> Iterator[tuple[str, str]]:
    """Where, and the name of a column."""
    for path in sorted((ROOT / "docs" / "studies").glob("*.json")):
        for table, columns in json.loads(path.read_text("utf-8"))["tables"].items():
            yield from ((f"{path.stem}, {table}", name) for name in columns)
    for path in sorted(GOLDEN.glob("study-*.json")):
        for table, columns in golden(path.stem)["tables"].items():
            yield from ((f"{path.stem} as it is today, {table}", name) for name in columns)
    fleet = golden("fleet")
    yield from (("table of a fleet", name) for name in (*fleet["table"], *MEASURED))
    for part in ("columns", "worst_one_percent", "yields"):
        yield from (("result of a fleet", name) for name in fleet["result"][part])
    sweep = golden("sweep")
    yield from (("table of a sweep", name) for name in sweep["table"])
    result = SweepResult.model_validate(sweep["result"] | {"wall_seconds": 0.0})
    yield from (("settings of a sweep", name) for name in setting_rows(result).columns)
    yield from (("measurements", name) for name in COLUMNS)
    yield from (("example of measurements", name) for name in pl.read_csv(ROOT / "examples" / "wafer.csv").columns)
    for form in shipped_forms():
        named = load_form(form)
        yield from ((f"form {form}", name) for name in (*named.columns, *named.constants, *named.keep))
    yield from (("health of a chip", each.name) for each in fields(ChipHealth))
    yield from (("signs of a loss", column) for column, _ in SIGN_COLUMNS.values())


def test_no_column_can_be_read_in_two_ways() -> None:
    found = {fault for _, name in written_columns() for fault in faults_of(name)}
    assert not found
    assert len(set(written_columns())) > 400


@pytest.mark.parametrize(
    "name", ["set_us", "busy_us", "busy_ms", "accuracy_pct", "accuracy", "accuracy_ci95", "yield_low"]
)
def test_a_name_that_leaves_its_unit_open_is_found(name: str) -> None:
    assert faults_of(name)


RECORDS = (AdaptationResult, OwnTaskResult, FleetResult, SweepResult, StudyResult)


def numbers_named(schema: Any, word: str) -> Iterator[tuple[str, Any]]:
    """Schemas of the numbers below every field that has a word in its name."""
    for owner in (schema, *schema.get("$defs", {}).values()):
        for name, field in owner.get("properties", {}).items():
            if word in name.split("_"):
                yield from ((name, number) for number in _numbers(field))


def _numbers(schema: Any) -> Iterator[Any]:
    if isinstance(schema, dict):
        if schema.get("type") == "number":
            yield schema
        else:
            for part in schema.values():
                yield from _numbers(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from _numbers(part)


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.__name__)
@pytest.mark.parametrize("word", ["accuracy", "gain"])
def test_the_schema_of_a_result_says_the_unit_of_every_accuracy(record: type[AdaptationResult], word: str) -> None:
    for name, number in numbers_named(record.model_json_schema(), word):
        assert number.get("unit") == "share of 1" or "percent" in name, (name, number)


def test_units_are_those_of_the_last_words() -> None:
    assert unit_of("hours_to_90_percent_right_at_150_celsius") == "h"
    assert unit_of("device_mj_a_day") == "mJ"
    assert unit_of("tasks_to_0.1_percent_failed") is None
    assert heading("busy_microseconds") == "busy µs"
    assert heading("formed_microsiemens") == "formed µS"
    assert named_with("accuracy_baked_percent", "difference") == "accuracy_baked_difference_percent"


def test_todays_names_stay_as_they_are() -> None:
    names = {name for _, name in written_columns()}
    assert {current_name(name) for name in names} == names
    frame = pl.DataFrame({"accuracy_percent": [98.0], "missed_share": [0.1], "strategy.tolerance": [2.5]})
    assert with_current_columns(frame).equals(frame)


def test_a_result_of_a_study_of_before_is_read_in_todays_units() -> None:
    old = json.loads((OLD / "study-strategies-version-1.json").read_text("utf-8"))["tables"]["strategies"]
    table = read_study_result(OLD / "study-strategies-version-1.json").tables["strategies"]
    assert table["busy_microseconds"].to_list() == old["busy_us"]
    assert table["level_error_after_1_h_microsiemens"].to_list() == old["level_error_after_1_h_us"]
    assert table["accuracy_percent"].to_list() == pytest.approx([100 * share for share in old["accuracy"]])
    assert 95 < table["accuracy_after_bake_percent"][1] <= 100
    assert table["missed_share"].to_list() == old["missed"]


def test_texts_that_name_a_column_name_it_as_it_is_called_today() -> None:
    tables = read_study_result(OLD / "study-fleet-version-1.json").tables
    assert tables["distribution"]["number"][0] == "accuracy_percent"
    assert tables["health"]["indicator"][0] == "formed_microsiemens"
    assert tables["health"]["target"][0] == "accuracy_percent"


def test_results_of_fleets_and_sweeps_of_before_are_read_in_todays_units() -> None:
    content = (OLD / "fleet-version-1.json").read_text("utf-8")
    old, fleet = json.loads(content), FleetResult.model_validate_json(content)
    accuracy = fleet.columns["accuracy_adapted_percent"]
    assert accuracy.mean == pytest.approx(100 * old["columns"]["accuracy_adapted"]["mean"])
    assert accuracy.percentiles[50] == pytest.approx(100 * old["columns"]["accuracy_adapted"]["percentiles"]["50"])
    assert fleet.columns["energy_adaptation_j"].mean == old["columns"]["energy_adaptation_j"]["mean"]
    assert fleet.yields["accuracy_baked_percent"].share == old["yields"]["accuracy_baked"]["share"]
    assert FleetResult.model_validate_json(fleet.model_dump_json()) == fleet

    content = (OLD / "sweep-version-1.json").read_text("utf-8")
    before, sweep = json.loads(content)["settings"][1], SweepResult.model_validate_json(content)
    measured = sweep.settings[1].measured["accuracy_baked_percent"]
    assert measured.mean == pytest.approx(100 * before["measured"]["accuracy_baked"]["mean"])
    assert measured.ci95 == pytest.approx(100 * before["measured"]["accuracy_baked"]["ci95"])
    assert SweepResult.model_validate_json(sweep.model_dump_json()) == sweep


def test_measurements_of_before_are_read_also_where_a_form_or_a_parquet_file_has_their_names(tmp_path: Path) -> None:
    path = OLD / "wafer-version-1.csv"
    table = load_measurements(path).table
    assert table["conductance_microsiemens"][0] == 68.5907
    assert table["conductance_before_microsiemens"].drop_nulls()[0] == 116.774
    assert table["target_microsiemens"].drop_nulls()[0] == 44.6

    pl.read_csv(path, infer_schema_length=None).write_parquet(tmp_path / "wafer.parquet")
    assert load_measurements(tmp_path / "wafer.parquet").table["conductance_microsiemens"][0] == 68.5907

    (tmp_path / "form.toml").write_text(
        'columns = { conductance_us = "G" }\nkeep = { conductance_us = [50.0, 70.0] }\n'
        'constants = { experiment = "read", device = "d" }\n'
    )
    (tmp_path / "reads.csv").write_text("time (s),G\n0,60\n1,61\n2,90\n")
    seen = load_measurements(tmp_path / "reads.csv", load_form(str(tmp_path / "form.toml")))
    assert seen.table["conductance_microsiemens"].to_list() == [60.0, 61.0]
