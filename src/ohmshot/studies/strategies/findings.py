"""Findings of the strategies study: what the literature says should come out, each from the numbers."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from ohmshot.foundation.sentences import share_more, times
from ohmshot.studies.strategies.contenders import PUBLISHED
from ohmshot.studies.strategies.ranking_findings import ranking_findings
from ohmshot.studies.strategies.tables import LEVEL_ERROR, WEIGHT_ERROR
from ohmshot.study.moments import AFTER_AN_HOUR, AFTER_THE_BAKE, RIGHT_AFTER

AGED = WEIGHT_ERROR[AFTER_THE_BAKE]


def findings(tables: Mapping[str, pl.DataFrame]) -> Iterator[str]:
    """Sentences on the ranking, and on time, wear, spread, weight error, energy and accuracy as the strategies come."""
    yield from ranking_findings(tables)
    by = {row["strategy"]: row for row in tables["strategies"].iter_rows(named=True)}
    single, iterative, hybrid = by["single-shot-set"], by["iterative-set"], by["hybrid"]
    yield (
        f"Single-shot SET takes {single['busy_microseconds']:.1f} us a cell, iterative SET "
        f"{iterative['busy_microseconds']:.1f} us; right after, the levels are off by "
        f"{single[LEVEL_ERROR[RIGHT_AFTER]]:.1f} and {iterative[LEVEL_ERROR[RIGHT_AFTER]]:.1f} uS."
    )
    yield (
        f"Iterative SET misses {100 * iterative['missed_share']:.1f} % of the cells within its budget of cycles and "
        f"wears a cell by {iterative['cycles']:.2f} cycles a write: the condition is never adapted to the device."
    )
    relaxed = tables["levels"].filter(moment=AFTER_AN_HOUR)
    lowest = relaxed["target_microsiemens"].unique().sort()[1]
    spread = dict(relaxed.filter(target_microsiemens=lowest).select("strategy", "sigma_microsiemens").iter_rows())
    yield (
        f"At the lowest level ({lowest:.1f} uS) after 1 h, cells reached by iterative RESET spread by "
        f"{spread['iterative-reset']:.1f} uS and by iterative SET by {spread['iterative-set']:.1f} uS."
    )
    best = min(PUBLISHED, key=lambda name: by[name][AGED])
    cheapest = min(PUBLISHED[1:], key=lambda name: by[name]["energy_pj"])
    yield (
        f"As they come, all with a verified reset state, {best} leaves the least weight error after the bake of the "
        f"four published strategies "
        f"({by[best][AGED]:.2f} uS{_beside(best, hybrid[AGED], 2)}) and {cheapest} is the cheapest with verification "
        f"({by[cheapest]['energy_pj']:.0f} pJ a cell{_beside(cheapest, hybrid['energy_pj'], 0)})."
    )
    for name in ("closed-loop", "pair-corrected"):
        ours = by[name]
        yield (
            f"{name} takes {times(ours['energy_pj'], hybrid['energy_pj'])} the hybrid's energy and "
            f"{times(ours['cycles'], hybrid['cycles'])} its cycles, with {_change(ours, hybrid, AFTER_AN_HOUR)} "
            f"weight error after 1 h and {_change(ours, hybrid, AFTER_THE_BAKE)} after the bake."
        )
    accuracies = [row["accuracy_percent"] for row in by.values()]
    apart, interval = max(accuracies) - min(accuracies), hybrid["accuracy_ci95_percent"]
    hidden = " The learning loop hides what a strategy gets wrong at single cells." if apart <= 2 * interval else ""
    yield (
        f"After five updates the accuracies lie within {apart:.2f} points of each other; the 95 % interval "
        f"of one is +-{interval:.2f}.{hidden}"
    )


def _beside(name: str, of_hybrid: float, digits: int) -> str:
    """The hybrid's number beside that of another strategy."""
    return "" if name == "hybrid" else f"; hybrid {of_hybrid:.{digits}f}"


def _change(ours: Mapping[str, Any], theirs: Mapping[str, Any], moment: str) -> str:
    mine, other = ours[WEIGHT_ERROR[moment]], theirs[WEIGHT_ERROR[moment]]
    return share_more(mine / other if other else 1.0 if mine == 0 else math.inf)
