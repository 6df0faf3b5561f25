"""Findings of the strategies study about the ranking on several technologies and about the map."""

from collections.abc import Iterator, Mapping

import polars as pl

from ohmshot.foundation.sentences import counted, points, times
from ohmshot.studies.strategies.contenders import MEASURED_HYBRID, PUBLISHED, VERIFIED_SET
from ohmshot.studies.strategies.tables import LESS_HYBRID, WEIGHT_ERROR, WEIGHT_ERROR_HALF
from ohmshot.study.moments import AFTER_THE_BAKE

AGED, HALF, LESS = (columns[AFTER_THE_BAKE] for columns in (WEIGHT_ERROR, WEIGHT_ERROR_HALF, LESS_HYBRID))
LESS_HALF = LESS.replace("_microsiemens", "_ci95_microsiemens")
ACCURACIES = ("accuracy_percent", "accuracy_after_bake_percent")
LESS_THE_BEST = "hybrid_less_best_other_microsiemens"
LESS_THE_BEST_HALF = "hybrid_less_best_other_ci95_microsiemens"


def ranking_findings(tables: Mapping[str, pl.DataFrame]) -> Iterator[str]:
    """Sentences on each technology: who leaves the least error, at what energy, and where the hybrid crosses."""
    for technology in tables["ranking"]["technology"].unique(maintain_order=True):
        rows = tables["ranking"].filter(technology=technology)
        yield _least_error(technology, rows)
        yield _crossing(rows, tables["crossover"].filter(technology=technology))
        yield _accuracy(rows)
        yield from _of_the_map(technology, tables["map"].filter(technology=technology))


def _least_error(technology: str, rows: pl.DataFrame) -> str:
    by = {row["strategy"]: row for row in rows.iter_rows(named=True)}
    other = min((name for name in PUBLISHED if name != "hybrid"), key=lambda name: by[name][AGED])
    hybrid, against = by["hybrid"], by[other]
    half = against[LESS_HALF] or None
    apart = points(-against[LESS], f"more than {other}", f"less than {other}", f"as much as {other}", half, unit="uS")
    return (
        f"On {technology}, each strategy making the reset state as its paper does, the hybrid leaves a weight error of "
        f"{_known(hybrid[AGED], hybrid[HALF])} uS after the bake, {apart}, the best of the other three "
        f"({_known(against[AGED], against[HALF])}), at {times(hybrid['energy_pj'], against['energy_pj'])} its energy."
    )


def _crossing(rows: pl.DataFrame, levels: pl.DataFrame) -> str:
    by = {row["strategy"]: row for row in rows.iter_rows(named=True)}
    measured, verified, quantum = by[MEASURED_HYBRID], by[VERIFIED_SET], by["hybrid"]
    return (
        f"Chips kept for it let RESET reach {len(levels.filter(reached_by='RESET'))} of "
        f"{counted(len(levels), 'level')} there and SET the others, which leaves "
        f"{_known(measured[AGED], measured[HALF])} uS; a crossover at one quantum of conductance leaves "
        f"{_known(quantum[AGED], quantum[HALF])}, iterative SET with a verified reset state "
        f"{_known(verified[AGED], verified[HALF])}."
    )


def _accuracy(rows: pl.DataFrame) -> str:
    published = rows.filter(pl.col("strategy").is_in(PUBLISHED))
    hybrid = published.row(by_predicate=pl.col("strategy") == "hybrid", named=True)
    others = published.filter(pl.col("strategy") != "hybrid")
    far = max(others.iter_rows(named=True), key=lambda row: abs(row["accuracy_after_bake_less_hybrid_percent"]))
    half = far["accuracy_after_bake_less_hybrid_ci95_percent"] or None
    apart = points(far["accuracy_after_bake_less_hybrid_percent"], "more", "less", "as much", half)
    after, baked = (_known(hybrid[name], hybrid[f"{name[:-8]}_ci95_percent"]) for name in ACCURACIES)
    return (
        f"Five updates with the hybrid take {hybrid['adaptation_uj']:.2f} uJ there and get {after} % right, {baked} % "
        f"after the bake; of the other three {far['strategy']} differs most then, by {apart}."
    )


def _known(value: float, half: float) -> str:
    """A number with its interval, where it has one."""
    return f"{value:.2f} ± {half:.2f}" if half else f"{value:.2f}"


def _of_the_map(technology: str, points_of_map: pl.DataFrame) -> Iterator[str]:
    """Where the hybrid is surely better and where surely worse, and from which RESET noise on at today's relaxation."""
    if points_of_map.is_empty():
        return
    better = points_of_map.filter(pl.col(LESS_THE_BEST) + pl.col(LESS_THE_BEST_HALF) < 0)
    worse = points_of_map.filter(pl.col(LESS_THE_BEST) - pl.col(LESS_THE_BEST_HALF) > 0)
    unsure = len(points_of_map) - len(better) - len(worse)
    surely = _surely_best_from(points_of_map.filter(relaxation_factor=1.0))
    where = "not even at the largest RESET noise" if surely is None else f"from a spread of ln G of {surely:g} on"
    yield (
        f"Map of {technology}: over {counted(len(points_of_map), 'pair')} of RESET noise at the onset and relaxation "
        f"the hybrid is surely the best of the four at {len(better)}, another is at {len(worse)}, and {unsure} cannot "
        f"be told (95 %); with relaxation as it is, the hybrid is surely the best {where}."
    )


def _surely_best_from(line: pl.DataFrame) -> float | None:
    """The RESET noise from which on the hybrid is surely the best of the four; None where it is not at the largest."""
    found = None
    for row in line.sort("reset_log_spread", descending=True).iter_rows(named=True):
        if row[LESS_THE_BEST] + row[LESS_THE_BEST_HALF] >= 0:
            break
        found = row["reset_log_spread"]
    return found
