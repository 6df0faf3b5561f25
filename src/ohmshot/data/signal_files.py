"""A person's own signals: what sensors measured, as CSV or NPY files."""

import re
from pathlib import Path

import numpy as np
import numpy.typing
import torch
from torch import Tensor

from ohmshot.foundation.errors import DataError
from ohmshot.foundation.foreign_files import bytes_of, reading
from ohmshot.foundation.table_files import number_of, read_text_table

_UNIT = re.compile(
    r"[(\[]?[A-Za-z\u00b5\u03bc\u00b0%\u03a9][A-Za-z\u00b5\u03bc\u00b0%\u03a9/^*\u00b2\u00b3]{0,9}[)\]]?"
)
_GAPS = ("na", "n/a", "nan", "null", "none", "nil", "inf", "missing", "empty")
"""What stands for a number that is missing, and is no unit."""


def load_signal(path: Path, channels: int, length: int) -> Tensor:
    """Load one signal and bring it to a length: float32 [channels, length].

    A CSV file has one row an instant and one column a channel, with or without a row of names; an NPY file an array
    [instants, channels] or [instants]. The signal is stretched to the length by straight lines between its instants:
    gestures and words are compared by their shape, not by their duration.

    Raises:
        DataError: the file cannot be read, holds no numbers, or has another number of channels.
    """
    return torch.from_numpy(stretched(_of_channels(path, _measured(path), channels).T, length).astype(np.float32))


def load_windows(path: Path, channels: int, length: int) -> Tensor:
    """Load one recording and cut it into whole windows, one after another: float32 [windows, channels, length].

    A CSV or NPY file is as for `load_signal`; a DAT or RAW file holds int16, little-endian, one sample of all channels
    after another, as a converter gives them. What is left over at the end is not used. No instant is moved: what counts
    in such a window is its strength, which stretching would change.

    Raises:
        DataError: the file cannot be read, holds no numbers, has another number of channels, or is too short.
    """
    values = _from_raw(path, channels) if path.suffix.lower() in (".dat", ".raw") else _measured(path)
    windows = len(values) // length
    if windows == 0:
        raise DataError(f"{path} holds {len(values)} samples; an example takes {length}. Record for longer.")
    cut = _of_channels(path, values, channels)[: windows * length].reshape(windows, length, channels)
    return torch.from_numpy(cut.swapaxes(1, 2).astype(np.float32))


def channels_of(path: Path) -> int:
    """Number of channels of a signal in a file; see `load_signal`."""
    values = _measured(path)
    if values.ndim != 2:
        raise DataError(f"{path} must have one row an instant and one column a channel.")
    return int(values.shape[1])


def stretched(signal: np.typing.NDArray[np.float64], length: int) -> np.typing.NDArray[np.float64]:
    """Bring a signal [channels, instants] to [channels, length] by straight lines between its instants."""
    instants = np.linspace(0.0, signal.shape[1] - 1.0, length)
    return np.stack([np.interp(instants, np.arange(signal.shape[1]), channel) for channel in signal])


def _of_channels(path: Path, values: np.typing.NDArray[np.float64], channels: int) -> np.typing.NDArray[np.float64]:
    """Values [instants, channels], if they are that and finite."""
    if values.ndim != 2 or values.shape[1] != channels:
        shape = " x ".join(str(size) for size in values.shape)
        raise DataError(f"{path} is {shape}; it must have one row an instant and {channels} columns, one a channel.")
    if len(values) < 2:
        raise DataError(f"{path} must hold two instants at least; it holds {len(values)}.")
    if len(wrong := np.argwhere(~np.isfinite(values))):
        row, column = wrong[0].tolist()
        raise DataError(
            f"{path}, instant {row + 1}, column {column + 1}: not a finite number. Fill the gap, or cut it."
        )
    return values


def _measured(path: Path) -> np.typing.NDArray[np.float64]:
    """[instants, channels], if the file is right."""
    values = _from_npy(path) if path.suffix.lower() == ".npy" else _from_csv(path)
    return values[:, None] if values.ndim == 1 else values


def _from_npy(path: Path) -> np.typing.NDArray[np.float64]:
    with reading(lambda _: DataError(f"{path} is not an NPY file that can be read. Save an array of numbers.")):
        values = np.load(path, allow_pickle=False)
    if not isinstance(values, np.ndarray):
        raise DataError(f"{path} holds several arrays (NPZ). Save one array as NPY.")
    if not np.issubdtype(values.dtype, np.number) or np.iscomplexobj(values):
        raise DataError(f"{path} does not hold real numbers. Save an array of numbers.")
    return np.asarray(values, dtype=np.float64)


def _from_raw(path: Path, channels: int) -> np.typing.NDArray[np.float64]:
    try:
        content = bytes_of(path)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.") from error
    if len(content) % (2 * channels):
        raise DataError(
            f"{path} has {len(content)} bytes, no whole number of samples: give int16 of {channels} channels, "
            f"{2 * channels} bytes a sample."
        )
    return np.frombuffer(content, dtype="<i2").reshape(-1, channels).astype(np.float64)


def _from_csv(path: Path) -> np.typing.NDArray[np.float64]:
    try:
        table = read_text_table(path)
    except (OSError, ValueError) as error:
        raise DataError(f"{path} is not a CSV file of numbers ({error}). Give one column a channel.") from error
    if not table.rows:
        raise DataError(f"{path} is empty. Give one row an instant and one column a channel.")
    headed = any(number_of(name) is None for name in table.rows[0]) or _are_numbers_of_columns(table.rows)
    width = len(table.rows[0])
    while width > 1 and not any(len(row) >= width and row[width - 1] for row in table.rows):
        width -= 1  # separators at the end of every line
    rows = [row[:width] if not any(row[width:]) else row for row in table.rows[headed:]]
    lines = table.lines[headed:]
    if headed and len(rows) > 1 and all(map(_is_unit, rows[0])):
        rows, lines = rows[1:], lines[1:]  # units below the names
    for row, line in zip(rows, lines, strict=True):
        if len(row) != width:
            raise DataError(f"{path}, line {line}: {len(row)} columns, where the first row has {width}.")
        if wrong := [cell for cell in row if number_of(cell) is None]:
            raise DataError(f"{path}, line {line}: '{wrong[0]}' is not a number. Give one column a channel.")
    return np.array(rows, dtype=np.float64).reshape(len(rows), width)


def _is_unit(cell: str) -> bool:
    return _UNIT.fullmatch(cell) is not None and cell.strip("()[]").lower() not in _GAPS


def _are_numbers_of_columns(rows: list[list[str]]) -> bool:
    """Whether the first row counts the columns, above rows that have no whole numbers: names, not an instant."""
    counted = [str(number) for number in range(len(rows[0]) + 1)]
    whole = any(cell.lstrip("+-").isdecimal() for row in rows[1:] for cell in row)
    return len(rows) > 1 and len(rows[0]) > 1 and not whole and rows[0] in (counted[1:], counted[:-1])
