"""Findings of the energy study: sentences from the numbers of its tables."""

from collections.abc import Iterator, Mapping

import polars as pl

from ohmshot.foundation.sentences import counted
from ohmshot.studies.energy.tables import PHASES

CLAIM_UJ = 10.0
"""Energy of the updates that the VLSI 2025 summary states as an upper bound."""


def findings(tables: Mapping[str, pl.DataFrame]) -> Iterator[str]:
    """Sentences on the energy of updates and classifications, its causes, what moves it, and standby."""
    totals = {row["phase"]: row for row in tables["totals"].iter_rows(named=True)}
    updates, one = totals["five updates"], totals["one classification"]
    below = "below" if updates["most_nj"] < 1e3 * CLAIM_UJ else "not always below"
    yield (
        f"Five updates take {updates['energy_nj'] / 1e3:.3f} ± {updates['ci95_nj'] / 1e3:.3f} µJ on the chip, "
        f"at most {updates['most_nj'] / 1e3:.3f} µJ: {below} the stated {CLAIM_UJ:g} µJ."
    )
    yield (
        f"One classification takes {one['energy_nj']:.2f} nJ, so the updates cost as much as "
        f"{_classifications(updates['energy_nj'], one['energy_nj'])}."
    )
    for phase in PHASES[1:]:
        parts = tables["split"].filter(phase=phase).sort("energy_nj", descending=True)
        total = sum(parts["energy_nj"])
        most = ", ".join(
            f"{row['operation']} {row['cause']} {row['energy_nj'] / total:.0%}"
            for row in parts.head(3).iter_rows(named=True)
            if total > 0 and row["energy_nj"] >= total / 100
        )
        yield f"Of {phase}: {most}." if most else f"Of {phase}: no energy was counted."
    yield _sensitivity(tables["sensitivity"])
    yield _standby(tables["standby"].row(-1, named=True), updates["energy_nj"])


def _classifications(updates_nj: float, one_nj: float) -> str:
    return counted(round(updates_nj / one_nj), "classification") if one_nj else "no known number of classifications"


def _sensitivity(table: pl.DataFrame) -> str:
    baseline, moved = table.row(0, named=True), table.slice(1).sort("updates_uj")
    low, high = moved.row(0, named=True), moved.row(-1, named=True)
    return (
        f"Changing one thing at a time moves the updates from {low['updates_uj']:.3f} µJ ({low['changed']} "
        f"{low['value']}, accuracy {low['accuracy_percent']:.1f} %) to {high['updates_uj']:.3f} µJ ({high['changed']} "
        f"{high['value']}); as stated {baseline['updates_uj']:.3f} µJ."
    )


def _standby(chip: Mapping[str, float], updates_nj: float) -> str:
    every = f"{updates_nj / chip['standby_nw']:.1f} s" if chip["standby_nw"] else "moment"
    return (
        f"Powered and idle the chip leaks about {chip['standby_nw']:.0f} nW ({chip['standby_low_nw']:.1f} to "
        f"{chip['standby_high_nw']:.0f} nW), the energy of the updates every {every}; "
        f"switched off it takes none and keeps its weights. Area about {chip['area_mm2']:.1f} mm² "
        f"({chip['area_low_mm2']:.2f} to {chip['area_high_mm2']:.1f} mm²), almost all of it converters."
    )
