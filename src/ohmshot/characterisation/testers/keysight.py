"""Keysight (Agilent) EasyEXPERT: the CSV that a B1500A or B1505A exports.

Each line begins with a word that says what it is: ``SetupTitle, name``, ``PrimitiveTest, name``, ``TestParameter,
Channel.VName, V1, V2``, ``AnalysisSetup, Analysis.Setup.Title, name``, ``Dimension1, n, n``, ``DataName, V1, I1``, and
one ``DataValue, 0.1, 2E-6`` a point. A file holds one block or many, one a run; a block begins where DataName is
written anew. Found so in public programs that read it; the lines' order within a block varies between versions.
"""

from ohmshot.characterisation.testers.sheet import Sheet
from ohmshot.foundation.table_files import TextTable

_WORDS = ("setuptitle", "primitivetest", "testparameter", "metadata", "analysissetup", "dimension1", "dataname")
_TITLES = {"setuptitle": 1, "primitivetest": 1}


def is_easyexpert(table: TextTable) -> bool:
    """Whether a table is such an export: it has a DataName and a DataValue line."""
    first = {row[0].lower() for row in table.rows if row}
    return "dataname" in first and "datavalue" in first


def easyexpert_sheets(table: TextTable) -> list[Sheet]:
    """Blocks of the export, in order.

    Raises:
        ValueError: a DataValue comes before the names of its columns, or has more values than names.
    """
    sheets: list[Sheet] = []
    title, settings, open_sheet = "", dict[str, str](), None
    for row, line in zip(table.rows, table.lines, strict=True):
        word, cells = row[0].lower(), row[1:]
        if word == "datavalue":
            if open_sheet is None:
                raise ValueError(f"line {line}: a DataValue before any DataName")
            if len([cell for cell in cells if cell]) > len(open_sheet.names):
                raise ValueError(f"line {line}: {len(cells)} values for {len(open_sheet.names)} DataName columns")
            open_sheet.rows.append(cells[: len(open_sheet.names)])
            open_sheet.lines.append(line)
        elif word == "dataname":
            open_sheet = Sheet(title, [cell for cell in cells if cell], [], [], settings)
            sheets.append(open_sheet)
        elif word in _WORDS:
            if open_sheet is not None and open_sheet.rows:
                # The head of the next block.
                open_sheet, settings = None, {}
            if word in _TITLES:
                title = cells[0] if cells else ""
            elif word == "analysissetup" and cells and cells[0].lower() == "analysis.setup.title":
                title = cells[1] if len(cells) > 1 else title
            elif len(cells) > 1:
                settings[cells[0]] = ", ".join(cell for cell in cells[1:] if cell)
    return [sheet for sheet in sheets if sheet.rows]
