"""Keithley 4200 (KITE, Clarius): workbooks with a sheet a run, and the csv or txt that it saves of one.

A workbook (.xls, .xlsx) has a sheet ``Data`` or ``Run1``, ``Run2`` ... (``Append1`` ...) with the columns' names in
its first row (``Time``, ``AV``, ``AI`` or the names that the user gave), beside ``Calc`` and ``Settings``; columns of
the formulator hold a value in their first row only, and ``#REF`` where there is none. Numbers in text are written
``410.1377E-2``. Found so in public measurements of resistive cells.
"""

import re
import zipfile
from pathlib import Path

from ohmshot.characterisation.testers.sheet import Sheet
from ohmshot.foundation.errors import MeasurementError
from ohmshot.foundation.foreign_files import reading, require_modest

WORKBOOKS = (".xlsx", ".xls", ".xlsm")
"""Endings of workbooks."""
_RUN = re.compile(r"(data|run|append|sheet)\s*\d*", re.IGNORECASE)


def workbook_sheets(path: Path) -> list[Sheet]:
    """Sheets of a workbook that hold runs.

    Raises:
        MeasurementError: it cannot be read, or unpacks to more than is taken.
        ValueError: no sheet of it holds a table, or the library is missing; the message names the extra to install.
    """
    try:
        from python_calamine import CalamineWorkbook
    except ImportError as error:
        raise ValueError("workbooks need python-calamine: pip install 'ohmshot[testers]'") from error
    with reading(lambda reason: MeasurementError(f"{path} is no workbook that can be read: {reason}.")):
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                require_modest(archive)
        book = CalamineWorkbook.from_path(path)
        named = {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}
    runs = [name for name in named if _RUN.fullmatch(name.strip())] or list(named)[:1]
    found = []
    for name in runs:
        rows = [[_text(cell) for cell in row] for row in named[name]]
        first = next((number for number, row in enumerate(rows) if any(row)), None)
        if first is None:
            continue
        body = [(number + 1, row) for number, row in enumerate(rows) if number > first and any(row)]
        if body:
            found.append(Sheet(name, rows[first], [row for _, row in body], [number for number, _ in body]))
    if not found:
        raise ValueError("no sheet of it holds a table")
    return found


def _text(cell: object) -> str:
    if isinstance(cell, bool) or cell is None:
        return ""
    return repr(cell) if isinstance(cell, float) else str(cell).strip()
