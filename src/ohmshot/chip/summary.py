"""Chips in a few words."""

from ohmshot.chip.datasheet import Datasheet
from ohmshot.foundation.sentences import counted
from ohmshot.foundation.summary import Summary


def size_words(rows: int, columns: int, arrays: int) -> str:
    """Size of a chip in words."""
    return f"{rows} x {columns} cells" + (f" in {arrays} arrays" if arrays > 1 else "")


def chips_summary(chips: int, sheet: Datasheet, name: str = "") -> Summary:
    """Sum up a batch of chips by its datasheet.

    Args:
        chips: how many.
        sheet: datasheet of each.
        name: technology or identity; empty for none.
    """
    size = size_words(sheet.rows, sheet.columns, sheet.arrays)
    levels = sheet.level_conductances
    named = (("name", name),) if name else ()
    rows = (
        *named,
        ("chips", f"{chips:,}"),
        ("size of each", size),
        ("reset state", f"{sheet.reset_conductance:g} µS"),
        ("levels", f"{len(levels)}, {levels[0]:g} to {levels[-1]:g} µS"),
        ("read voltage", f"{sheet.read_voltage:g} V"),
    )
    return Summary(f"{name!r}: " * bool(name) + f"{counted(chips, 'chip')} of {size}", rows)
