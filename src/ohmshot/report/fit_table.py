"""A wafer's fit as a table on a terminal."""

from rich.table import Table

from ohmshot.characterisation.fit import WaferFit
from ohmshot.report.fit_page import fit_rows


def fit_table(fit: WaferFit) -> Table:
    """One line a fitted row, with its interval and the base's value."""
    table = Table(title=f"Fitted to {fit.origin}", title_justify="left")
    for heading in ("row", "unit", "fitted", "95 % interval", fit.base.information.name):
        table.add_column(heading)
    for row in fit_rows(fit):
        table.add_row(row["name"], row["unit"], row["value"], row["interval"], row["base"])
    return table
