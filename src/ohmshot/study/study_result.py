"""Result of a study: validated, written as JSON, its tables also as Parquet."""

from pathlib import Path
from typing import Annotated, Any, Literal

import polars as pl
from pydantic import BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema, model_validator

from ohmshot.adapt.loss import LossToExactWeights
from ohmshot.foundation.column_names import current_name, with_current_columns
from ohmshot.foundation.errors import DataError
from ohmshot.foundation.foreign_files import MOST_TEXT, bytes_of, reading
from ohmshot.foundation.frame_files import write_parquet
from ohmshot.foundation.records import Record
from ohmshot.foundation.summary import Summarised, Summary


def _frame(value: Any) -> pl.DataFrame:
    return value if isinstance(value, pl.DataFrame) else pl.DataFrame(value)


def _columns(frame: pl.DataFrame) -> dict[str, list[Any]]:
    # JSON has no "not a number": what could not be measured is null.
    return frame.with_columns(pl.col(pl.Float32, pl.Float64).fill_nan(None)).to_dict(as_series=False)


_OF_NAMES = ("number", "indicator", "target", "name")
"""Columns whose texts are names of columns or of assumptions."""


def _table_of_version_1(frame: pl.DataFrame) -> pl.DataFrame:
    named = [name for name in _OF_NAMES if name in frame.columns and frame[name].dtype == pl.String]
    return with_current_columns(frame).with_columns(
        pl.Series(name, [None if text is None else current_name(text) for text in frame[name]]) for name in named
    )


def _assumed_of_version_1(text: str) -> str:
    name, equals, value = text.partition("=")
    return f"{current_name(name)}{equals}{value}"


Table = Annotated[
    pl.DataFrame,
    BeforeValidator(_frame),
    PlainSerializer(_columns),
    WithJsonSchema({"type": "object", "additionalProperties": {"type": "array"}, "description": "column by column"}),
]
"""A polars frame, in JSON as one list a column; a column's name ends in its unit."""


DRAWN_HERE = "tasks drawn by the study"
"""`StudyRun.data` of a study that takes no examples."""


class StudyRun(Record):
    """Inputs of the study."""

    seed: int
    chips: Annotated[int, Field(ge=1)]
    episodes: Annotated[int, Field(ge=1)]
    """At each point of the study."""
    size: Literal["small", "default"]
    strategy: str
    data: str
    parameters: str
    """Name of the cell's parameter set."""
    bundle: str
    """SHA-256 of the bundle."""
    assume: tuple[str, ...] = ()
    """Numbers that override assumptions of the study, each as ``name=value``."""


class AssumedRow(Record):
    """A row of the parameter set that the answer rests on and that is not measured."""

    name: str
    value: tuple[float, ...]
    unit: str
    status: Literal["derived", "assumed", "defined"]
    source: str
    sweep: tuple[tuple[float, ...], ...] | None
    """Both ends of the range that the parameter set gives it."""
    swept: str
    """The sweep of the study over this row, or the reason for none."""


class StudyResult(Summarised, Record):
    """The answer of one study."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    format: Literal["ohmshot-study"] = "ohmshot-study"
    format_version: Literal[2] = 2
    name: str
    title: str
    question: str
    run: StudyRun
    tables: Annotated[dict[str, Table], Field(min_length=1)]
    """By name, the main one first."""
    findings: tuple[str, ...]
    """Short sentences made from the numbers of the tables."""
    loss_to_exact_weights: LossToExactWeights | None = None
    """At the settings that the study begins from; where it is large, a finding says so. None in results of before."""
    assumptions: tuple[AssumedRow, ...]
    citations: tuple[str, ...]
    """Keys of the works that the study used: parameter set, data, methods; `ohmshot cite` prints them."""
    seconds: float
    """Run time in s: the only entry that differs between two equal runs."""

    @model_validator(mode="before")
    @classmethod
    def _of_version_1(cls, content: Any) -> Any:
        """A result of version 1, which named its columns otherwise, as one of today."""
        if not isinstance(content, dict) or content.get("format_version") != 1:
            return content
        tables = {name: _table_of_version_1(_frame(table)) for name, table in content["tables"].items()}
        assumed = [_assumed_of_version_1(each) for each in content["run"].get("assume", ())]
        return content | {"format_version": 2, "run": content["run"] | {"assume": assumed}, "tables": tables}

    def _summary(self) -> Summary:
        rows = [
            ("question", self.question),
            *((f"finding {number}", words) for number, words in enumerate(self.findings, 1)),
            *((f"table {name}", f"{frame.height} x {frame.width}") for name, frame in self.tables.items()),
        ]
        return Summary(f"{self.name!r}: tables {', '.join(self.tables)}; {len(self.findings)} findings", rows)


def read_study_result(path: Path) -> StudyResult:
    """Read a result that a study wrote as JSON.

    Raises:
        DataError: missing, or no result of a study.
    """
    try:
        content = bytes_of(path, MOST_TEXT)
    except OSError as error:
        raise DataError(
            f"{path} cannot be read: {error.strerror}. Give what `ohmshot study` wrote with --json."
        ) from error
    with reading(lambda _: DataError(f"{path} is no result of a study. Give a result of `ohmshot study --json`.")):
        return StudyResult.model_validate_json(content)


def write_tables(result: StudyResult, path: Path) -> list[Path]:
    """Write the main table to ``path`` and the others beside it as ``STEM.NAME.parquet``; returns the paths."""
    paths = []
    for i, (name, frame) in enumerate(result.tables.items()):
        paths.append(path if i == 0 else path.with_name(f"{path.stem}.{name}{path.suffix or '.parquet'}"))
        write_parquet(paths[-1], frame)
    return paths
