"""A block of a tester's file: columns of text with the tester's own names."""

import gzip
from dataclasses import dataclass, field
from pathlib import Path

from ohmshot.foundation.errors import MeasurementError
from ohmshot.foundation.foreign_files import MIB, MOST_TEXT, reading
from ohmshot.foundation.table_files import TextTable, read_text_table


@dataclass(frozen=True)
class Sheet:
    """One block of a file.

    Attributes:
        title: the tester's name of it: a sheet of a workbook, the setup of a measurement; empty where it has none.
        names: names of the columns, as the tester wrote them, units included.
        rows: text of the cells, row by row.
        lines: number of each row's line in the file (of its row in a workbook's sheet).
        settings: the tester's settings of this block, by name.
    """

    title: str
    names: list[str]
    rows: list[list[str]]
    lines: list[int]
    settings: dict[str, str] = field(default_factory=dict)


def text_cells(path: Path) -> TextTable:
    """Cells of a file of text (`ohmshot.foundation.table_files`), also of one compressed by gzip.

    Raises:
        OSError: it cannot be read.
        ValueError: it is no table of text.
        MeasurementError: a compressed one is broken, or unfolds to more than a text may have.
    """
    if path.suffix.lower() != ".gz":
        return read_text_table(path)
    with reading(lambda reason: MeasurementError(f"{path} is no whole gzip file: {reason}.")), gzip.open(path) as file:
        content = file.read(MOST_TEXT + 1)
    if len(content) > MOST_TEXT:
        raise MeasurementError(f"{path} unfolds to more than {MOST_TEXT // MIB} MiB. Give it in parts.")
    return read_text_table(path, content)
