"""A person's own signals: what sensors measured, as CSV or NPY files."""

from pathlib import Path

import numpy as np
import numpy.typing
import polars as pl
import torch
from torch import Tensor

from ohmshot.foundation.errors import DataError


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
    if len(values) < 2 or not np.isfinite(values).all():
        raise DataError(f"{path} must hold two instants at least, and finite numbers only.")
    return values


def _measured(path: Path) -> np.typing.NDArray[np.float64]:
    """[instants, channels], if the file is right."""
    values = _from_npy(path) if path.suffix.lower() == ".npy" else _from_csv(path)
    return values[:, None] if values.ndim == 1 else values


def _from_npy(path: Path) -> np.typing.NDArray[np.float64]:
    try:
        values = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise DataError(f"{path} is not an NPY file that can be read. Save an array of numbers.") from error
    if not np.issubdtype(values.dtype, np.number) or np.iscomplexobj(values):
        raise DataError(f"{path} does not hold real numbers. Save an array of numbers.")
    return np.asarray(values, dtype=np.float64)


def _from_raw(path: Path, channels: int) -> np.typing.NDArray[np.float64]:
    try:
        content = path.read_bytes()
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
        frame = pl.read_csv(path, has_header=False, infer_schema=False)
        names = frame.row(0)
        headed = any(_number(name) is None for name in names)
        numbers = frame.slice(1 if headed else 0).cast(pl.Float64)
    except (OSError, pl.exceptions.PolarsError) as error:
        reason = str(error).splitlines()[0]
        raise DataError(f"{path} is not a CSV file of numbers ({reason}). Give one column a channel.") from error
    return np.asarray(numbers.to_numpy(), dtype=np.float64)


def _number(text: str | None) -> float | None:
    try:
        return float(text or "")
    except ValueError:
        return None
