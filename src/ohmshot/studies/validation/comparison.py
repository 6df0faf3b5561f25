"""One published figure beside ours."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import polars as pl

Kind = Literal["fitted", "tuned", "predicted", "other technology"]
MEANINGS: dict[Kind, str] = {
    "fitted": "the set holds this figure or a fit of it, so agreement checks the fit and the code",
    "tuned": "a free number was chosen to agree, so agreement is no evidence",
    "predicted": "nothing in the set was taken from it",
    "other technology": "cells of another make, set side by side",
}
"""Meaning of an agreement, by kind of figure."""
LOOSE = 3.0
"""A bound further away than by this factor is no evidence either way."""
Bound = Literal["equal", "at most", "at least"]


@dataclass(frozen=True)
class Comparison:
    """A published figure and what the simulator gives for it.

    Attributes:
        subject: what is compared, with its conditions.
        kind: what agreement would mean.
        source: who published the figure.
        published: the figure.
        ours: what the simulator gives.
        unit: unit of both figures.
        limit: relative distance within which they agree.
        bound: whether the published figure is a value or a bound.
        remark: what a reader should know, above all why we miss.
        interval: 95 % interval of the published or measured figure, where it is known; it then takes the limit's place.
    """

    subject: str
    kind: Kind
    source: str
    published: float
    ours: float
    unit: str
    limit: float = 0.1
    bound: Bound = "equal"
    remark: str = ""
    interval: tuple[float, float] | None = None

    @property
    def is_judged_by_distance(self) -> bool:
        """Whether the limit decides."""
        return self.bound == "equal" and self.kind != "other technology" and self.interval is None

    @property
    def _is_far_inside(self) -> bool:
        """Whether ours is so far on the right side of a bound that agreement says nothing."""
        far = self.published / self.ours if self.bound == "at most" else self.ours / self.published
        return far > LOOSE

    @property
    def verdict(self) -> str:
        """Whether we agree; figures of other technologies are only set side by side."""
        if self.kind == "other technology":
            return "compared only"
        if self.interval is not None:
            return "agrees" if self.interval[0] <= self.ours <= self.interval[1] else "misses"
        if self.bound != "equal" and self._is_far_inside:
            return "too loose to tell"
        if self.bound == "at most":
            return "agrees" if self.ours <= self.published else "misses"
        if self.bound == "at least":
            return "agrees" if self.ours >= self.published else "misses"
        return "agrees" if abs(self.ours - self.published) <= self.limit * abs(self.published) else "misses"


def comparison_table(comparisons: Iterable[tuple[str, Comparison]]) -> pl.DataFrame:
    """One row a comparison, each given with the name of its parameter set."""
    return pl.DataFrame(
        [
            {
                "subject": each.subject,
                "parameters": name,
                "kind": each.kind,
                "bound": each.bound,
                "published": float(each.published),
                "ours": float(each.ours),
                "unit": each.unit,
                "low": each.interval[0] if each.interval else None,
                "high": each.interval[1] if each.interval else None,
                "limit_percent": 100 * each.limit if each.is_judged_by_distance else None,
                "verdict": each.verdict,
                "source": each.source,
                "remark": each.remark,
            }
            for name, each in comparisons
        ],
        schema_overrides=dict.fromkeys(("low", "high", "limit_percent"), pl.Float64),
    )
