"""Sentences about the tables of the regression study."""

import polars as pl

from ohmshot.foundation.sentences import counted, number_text
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
            f"updates on the chip{ends}; chip less exact weights {_signed(last['chip_less_software_mse'])} ± "
            f"{number_text(last['chip_less_software_ci95_mse'], 2)}; after the bake {_error(baked)}; "
            f"{counted(round(last['cells_written']), 'cell')} written, "
            f"{number_text(last['updates_uj'], 3)} ± "
            f"{number_text(last['updates_ci95_uj'], 2)} µJ."
        )
        others = [row for (start, look), row in by.items() if start != MAML and look == "update 5"]
        found.extend(
            f"{task}, the same five updates on the chip from {row['start']}: {_error(row)}; MAML's start less this "
            f"{_signed(row['maml_less_this_mse'])} ± {number_text(row['maml_less_this_ci95_mse'], 2)}, paired."
            for row in others
        )
        for row in rivals.filter(task=task, features=MAML).iter_rows(named=True):
            where = " in software" if row["rival"] in (RIDGE, RIDGE_AROUND) else ""
            found.append(
                f"{task}, {row['rival']}: {number_text(row['rival_mse'], 3)} ± "
                f"{number_text(row['rival_ci95_mse'], 2)}{where}; "
                f"five updates on the chip less this {_signed(row['chip_less_rival_mse'])} ± "
                f"{number_text(row['chip_less_rival_ci95_mse'], 2)}, paired."
            )
    return tuple(found)


def _error(row: dict[str, float]) -> str:
    return f"{number_text(row['chip_mse'], 3)} ± {number_text(row['ci95_mse'], 2)}"


def _ends(row: dict[str, float]) -> str:
    return f"{number_text(row['end_point_cm'], 3)} ± {number_text(row['end_point_ci95_cm'], 2)}"


def _signed(change: float) -> str:
    """A difference with three digits and its sign; 0 has none."""
    return f"{'+' if change > 0 else ''}{number_text(change or 0.0, 3)}"
