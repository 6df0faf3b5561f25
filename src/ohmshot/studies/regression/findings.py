"""Sentences about the tables of the regression study."""

import polars as pl

from ohmshot.foundation.sentences import counted
from ohmshot.studies.regression.tables import MAML, RIDGE, RIDGE_AROUND


def findings(starts: pl.DataFrame, rivals: pl.DataFrame) -> tuple[str, ...]:
    """What five updates reach on the chip, beside other starts and beside what needs no update."""
    found = []
    for (task,), rows in starts.group_by("task", maintain_order=True):
        by = {(row["start"], row["look"]): row for row in rows.iter_rows(named=True)}
        first, one, last, baked = (by[MAML, look] for look in ("before", "update 1", "update 5", "baked"))
        ends = "" if last["end_point_cm"] is None else f", end point {_ends(first)} to {_ends(last)} cm"
        found.append(
            f"{task}: mean squared error {_error(first)} before, {_error(one)} after one and {_error(last)} after five "
            f"updates on the chip{ends}; chip less exact weights {last['chip_less_software_mse']:+.3g} ± "
            f"{last['chip_less_software_ci95_mse']:.2g}; after the bake {_error(baked)}; "
            f"{counted(round(last['cells_written']), 'cell')} written, "
            f"{last['updates_uj']:.3g} ± {last['updates_ci95_uj']:.2g} µJ."
        )
        others = [row for (start, look), row in by.items() if start != MAML and look == "update 5"]
        found.extend(
            f"{task}, the same five updates on the chip from {row['start']}: {_error(row)}; MAML's start less this "
            f"{row['maml_less_this_mse']:+.3g} ± {row['maml_less_this_ci95_mse']:.2g}, paired."
            for row in others
        )
        for row in rivals.filter(task=task, features=MAML).iter_rows(named=True):
            where = " in software" if row["rival"] in (RIDGE, RIDGE_AROUND) else ""
            found.append(
                f"{task}, {row['rival']}: {row['rival_mse']:.3g} ± {row['rival_ci95_mse']:.2g}{where}; "
                f"five updates on the chip less this {row['chip_less_rival_mse']:+.3g} ± "
                f"{row['chip_less_rival_ci95_mse']:.2g}, paired."
            )
    return tuple(found)


def _error(row: dict[str, float]) -> str:
    return f"{row['chip_mse']:.3g} ± {row['ci95_mse']:.2g}"


def _ends(row: dict[str, float]) -> str:
    return f"{row['end_point_cm']:.3g} ± {row['end_point_ci95_cm']:.2g}"
