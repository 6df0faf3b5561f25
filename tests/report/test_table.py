import io

import polars as pl
import pytest
from rich.console import Console

from ohmshot.report.study_page import rows_shown
from ohmshot.report.table import ROWS_SHOWN, study_tables
from ohmshot.study.study_result import StudyResult, StudyRun

WIDE = pl.DataFrame(
    {
        "strategy": ["single-shot-set", "hybrid"],
        **{
            f"weight_error_after_bake_{number}_microsiemens": [1000.5 + number, 2000.5 + number] for number in range(12)
        },
    }
)


def printed(width: int, **tables: pl.DataFrame) -> str:
    result = StudyResult(
        name="made-up",
        title="Made up",
        question="Does it fit?",
        run=StudyRun(
            seed=0,
            chips=1,
            episodes=1,
            size="small",
            strategy="hybrid",
            data="none",
            parameters="none",
            bundle="0" * 64,
        ),
        tables=tables,
        findings=(),
        assumptions=(),
        citations=(),
        seconds=0.0,
    )
    console = Console(file=io.StringIO(), width=width)
    for shown in study_tables(result, width):
        console.print(shown)
    return console.file.getvalue()  # type: ignore[attr-defined]


@pytest.mark.parametrize("width", [60, 80, 200])
def test_a_wide_table_is_cut_into_parts_that_fit_and_nothing_is_lost(width: int) -> None:
    text = printed(width, errors=WIDE)
    assert max(map(len, text.splitlines())) <= width
    for number in range(12):
        assert f"{round(1000.5 + number):,}" in text
    assert text.count("single-shot-set") == text.count("made-up: errors")
    assert (text.count("made-up: errors") == 1) == (width == 200)


def test_of_a_long_table_only_the_size_is_told() -> None:
    text = printed(120, quantiles=pl.DataFrame({"probability": [0.5] * (ROWS_SHOWN + 1)}))
    assert f"made-up: quantiles: {ROWS_SHOWN + 1} rows" in text
    assert "0.5" not in text


def test_a_page_shows_rows_of_every_kind_of_a_long_table() -> None:
    """The first rows alone would hide the kind that comes last, and with it the only number that is not 0."""
    kinds = ["form"] * 90 + ["set"] * 9 + ["multiply"]
    frame = pl.DataFrame({"operation": kinds, "chip": range(100), "energy_nj": [0.5] * 90 + [0.25] * 9 + [1.48]})
    shown = rows_shown(frame)
    assert shown["operation"].unique(maintain_order=True).to_list() == ["form", "set", "multiply"]
    assert shown.height <= 40
    assert 1.48 in shown["energy_nj"].to_list()
