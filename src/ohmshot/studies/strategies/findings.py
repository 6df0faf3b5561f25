"""Findings of the strategies study: what the literature says should come out, each from the numbers."""

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from ohmshot.studies.strategies.tables import LEVEL_ERROR, WEIGHT_ERROR
from ohmshot.study.moments import AFTER_AN_HOUR, AFTER_THE_BAKE, RIGHT_AFTER

PUBLISHED = ("single-shot-set", "iterative-set", "iterative-reset", "hybrid")
AGED = WEIGHT_ERROR[AFTER_THE_BAKE]


def findings(tables: Mapping[str, pl.DataFrame]) -> Iterator[str]:
    """Sentences on time, wear, spread, weight error, energy and accuracy."""
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
        f"Of the four published strategies {best} leaves the least weight error after the bake "
        f"({by[best][AGED]:.2f} uS; hybrid {hybrid[AGED]:.2f}) "
        f"and {cheapest} is the cheapest with verification ({by[cheapest]['energy_pj']:.0f} pJ a cell; hybrid "
        f"{hybrid['energy_pj']:.0f})."
    )
    for name in ("closed-loop", "pair-corrected"):
        ours = by[name]
        yield (
            f"{name} takes {ours['energy_pj'] / hybrid['energy_pj']:.2f} of the hybrid's energy and "
            f"{ours['cycles'] / hybrid['cycles']:.2f} of its cycles, with {_change(ours, hybrid, AFTER_AN_HOUR)} "
            f"weight error after 1 h and {_change(ours, hybrid, AFTER_THE_BAKE)} after the bake."
        )
    accuracies = [row["accuracy_percent"] for row in by.values()]
    apart, interval = max(accuracies) - min(accuracies), hybrid["accuracy_ci95_percent"]
    hidden = " The learning loop hides what a strategy gets wrong at single cells." if apart <= 2 * interval else ""
    yield (
        f"After five updates the accuracies lie within {apart:.2f} points of each other; the 95 % interval "
        f"of one is +-{interval:.2f}.{hidden}"
    )


def _change(ours: Mapping[str, Any], theirs: Mapping[str, Any], moment: str) -> str:
    ratio = ours[WEIGHT_ERROR[moment]] / theirs[WEIGHT_ERROR[moment]] - 1
    return f"{abs(ratio):.0%} {'less' if ratio < 0 else 'more'}"
