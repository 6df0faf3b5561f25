"""A run that is done, in the forms that people take it: record, tables, figures, sentences, page."""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

import polars as pl

from ohmshot.adapt.fleet.result import FleetResult
from ohmshot.adapt.result import AdaptationResult
from ohmshot.foundation.files import write_text
from ohmshot.foundation.frames import pandas_frame
from ohmshot.foundation.summary import Summarised, Summary
from ohmshot.study.study_result import StudyResult
from ohmshot.sweep.result import SweepResult

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from ohmshot.plot.captioned import CaptionedFigure

Result = TypeVar("Result", bound=AdaptationResult | FleetResult | StudyResult | SweepResult)


@dataclass(frozen=True, repr=False)
class FinishedRun(Summarised, Generic[Result]):
    """A run that is done; `run_demo`, `run_fleet`, `run_sweep` and `run_study` return it.

    Attributes:
        result: the validated record that the command line writes as JSON: inputs, numbers with intervals, citations.
        tables: frames of Polars by name, the main one first; a column's name ends in its unit.
        findings: sentences made from the numbers.

    Examples:
        >>> import ohmshot as oh
        >>> run = oh.run_demo("invented", episodes=2, chips=2)
        >>> list(run.tables), list(run.figures())
        (['updates', 'chips', 'energy'], ['task', 'curve', 'maps', 'energy'])
        >>> run.to_polars().height  # before adaptation, after each of five updates
        6
    """

    result: Result
    tables: Mapping[str, pl.DataFrame]
    findings: tuple[str, ...]
    draw: Callable[[], Mapping[str, "CaptionedFigure"]] = field(repr=False)

    def figures(self) -> dict[str, "Figure"]:
        """Draw the figures of the run, as Matplotlib's, by name."""
        return {name: drawn.figure for name, drawn in self.draw().items()}

    def to_polars(self, table: str | None = None) -> pl.DataFrame:
        """Return a table by its name; the main one where none is named."""
        return self.tables[table or next(iter(self.tables))]

    def to_pandas(self, table: str | None = None) -> "pd.DataFrame":
        """The same as a frame of pandas.

        Raises:
            SettingsError: pandas is not installed.
        """
        return pandas_frame(self.to_polars(table))

    def save_json(self, path: str | Path) -> None:
        """Write the record, whole or not at all; `ohmshot cite` reads it."""
        write_text(Path(path), self.result.model_dump_json(indent=2) + "\n")

    def _summary(self) -> Summary:
        return dataclasses.replace(self.result._summary(), text=str(self.result))
