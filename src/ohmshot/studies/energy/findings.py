"""Findings of the energy study: sentences from the numbers of its tables."""

from collections.abc import Iterator, Mapping

import polars as pl

from ohmshot.foundation.sentences import counted, number_text, points
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
    yield from _scopes(tables["scopes"])
    yield from _waits(tables["waits"])
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


def _scopes(table: pl.DataFrame) -> Iterator[str]:
    """What else a number for the same updates may have in it."""
    uj = {row["scope"]: row for row in table.iter_rows(named=True)}
    cells, chip, pumped = uj["cells"], uj["and converters"], uj["and high voltage"]
    products = uj["whole chips of other makers"]
    yield (
        f"That is the array with its converters ({_range(chip)}); the cells alone take {cells['energy_uj']:.2f} µJ, "
        f"with charge pumps it is {pumped['energy_uj']:.2f} µJ ({_range(pumped)}), and whole memory chips of other "
        f"makers would take {products['low_uj']:.1f} to {products['high_uj']:.1f} µJ for as many cells or as long a "
        f"time."
    )
    off, powered, device = table.row(-3, named=True), table.row(-2, named=True), table.row(-1, named=True)
    yield (
        f"Left powered while the cells settle the chip takes {number_text(powered['energy_uj'], 2)} µJ "
        f"({_range(powered)}), switched off meanwhile {off['energy_uj']:.2f} µJ ({_range(off)}). The fixed layers and "
        f"gradients on a microcontroller take {number_text(device['energy_uj'] - off['energy_uj'], 2)} µJ."
    )


def _range(row: Mapping[str, float]) -> str:
    return f"{number_text(row['low_uj'], 2)} to {number_text(row['high_uj'], 2)} µJ"


def _waits(table: pl.DataFrame) -> Iterator[str]:
    """What the longest wait gives over none."""
    none, longest = table.row(0, named=True), table.row(-1, named=True)
    right, half = (none[f"accuracy_after_bake_{each}"] for each in ("percent", "ci95_percent"))
    gained = points(longest["accuracy_after_bake_percent"] - right, "more", "less", "as many")
    yield (
        f"Without any wait {right:.2f} ± {half:.2f} % are right after the bake; {longest['wait_s']:g} s after each "
        f"write give {gained}."
    )


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
