"""Readings of cells as they age: noisy looks at a random walk, and their likelihood.

Between two looks a cell's conductance keeps a share of itself, gains a mean and a normal step; each look adds read
noise. Relaxation and retention are both of this form (`ohmshot.cell.ageing`), and the Kalman recursion gives the
likelihood of a path from its noisy looks alone.
"""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass

import polars as pl
import torch
from torch import Tensor

from ohmshot.characterisation.likelihood import Maximum, Unknowns, maximise, normal_log_density, summed_by_device
from ohmshot.foundation.errors import MeasurementError


@dataclass(frozen=True)
class Paths:
    """Cells that were read several times.

    Attributes:
        time: s, [paths, looks]; after a path's end its last time again.
        reading: uS, [paths, looks].
        there: bool, [paths, looks], false after a path's end.
        device: int64, [paths].
        devices: number of devices.
        table: one row a path: device, cycle and the columns asked for.
    """

    time: Tensor
    reading: Tensor
    there: Tensor
    device: Tensor
    devices: int
    table: pl.DataFrame
    single: int = 0
    """Readings of cells that were read once only: they say nothing of a change."""

    def part(self, which: Tensor) -> "Paths":
        """Some of the paths, by number."""
        parts = {name: getattr(self, name)[which] for name in ("time", "reading", "there", "device")}
        return dataclasses.replace(self, **parts, table=self.table[which.numpy()])

    def repeated(self, count: int) -> "Paths":
        """All paths again and again."""
        return dataclasses.replace(
            self,
            time=self.time.repeat(count, 1),
            reading=self.reading.repeat(count, 1),
            there=self.there.repeat(count, 1),
            device=self.device.repeat(count),
        )

    @property
    def readings(self) -> int:
        """Number of readings on the paths."""
        return int(self.there.sum())

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was not used, for people."""
        if not self.single:
            return ()
        return (f"{self.single} readings left out: their cells were not read a second time at another time",)


def paths_of(rows: pl.DataFrame, *kept: str) -> Paths:
    """Gather readings into paths: one for each device, cycle and value of the kept columns, in the order of time.

    Raises:
        MeasurementError: no cell was read twice.
    """
    table = (
        rows.sort("time_s")
        .group_by("device", "cycle", *kept, maintain_order=True)
        .agg("time_s", "conductance_microsiemens")
    )
    single = table.filter(pl.col("time_s").list.len() == 1).height
    table = table.filter(pl.col("time_s").list.len() > 1).sort("device", "cycle", *kept)
    if table.is_empty():
        same = ", ".join(["device", "cycle", *kept])
        raise MeasurementError(
            f"No cell was read twice or more: give two rows or more of the same {same} with different time_s."
        )
    looks = int(table["time_s"].list.len().max() or 0)  # type: ignore[arg-type]
    length = torch.from_numpy(table["time_s"].list.len().to_numpy().astype("int64"))

    def padded(name: str) -> Tensor:
        # The last value again up to the longest path.
        rows = [values + values[-1:] * (looks - len(values)) for values in table[name].to_list()]
        return torch.tensor(rows, dtype=torch.float64).reshape(-1, looks)

    numbers = table["device"].rank("dense").to_numpy().astype("int64") - 1
    return Paths(
        time=padded("time_s"),
        reading=padded("conductance_microsiemens"),
        there=torch.arange(looks) < length[:, None],
        device=torch.from_numpy(numbers),
        devices=int(table["device"].n_unique()),
        table=table.select("device", "cycle", *kept),
        single=single,
    )


@dataclass(frozen=True)
class Steps:
    """Changes between looks; tensors [paths, looks - 1].

    Attributes:
        kept: share of the value that stays.
        gained: uS, added in the mean.
        variance: uS^2, added.
    """

    kept: Tensor
    gained: Tensor
    variance: Tensor


def path_log_likelihood(paths: Paths, steps: Steps, read_noise: float) -> tuple[Tensor, Tensor]:
    """Log likelihood [paths] of all looks but the first, given the first, and standard residuals [paths, looks - 1].

    Where the path truly stood at its first look is known only by that look.
    """
    noise = (read_noise * paths.reading) ** 2 + 1e-9
    mean, variance = paths.reading[:, 0], noise[:, 0]
    total = torch.zeros_like(mean)
    residuals = []
    for look in range(1, paths.reading.shape[1]):
        kept = steps.kept[:, look - 1]
        mean = kept * mean + steps.gained[:, look - 1]
        variance = kept**2 * variance + steps.variance[:, look - 1]
        expected = variance + noise[:, look]
        surprise = paths.reading[:, look] - mean
        there = paths.there[:, look]
        total = total + torch.where(there, normal_log_density(surprise, expected), 0.0)
        residuals.append(surprise / expected.sqrt())
        gain = variance / expected
        mean = mean + gain * surprise
        variance = (1 - gain) * variance
    return total, torch.stack(residuals, 1)


def fit_paths(
    paths: Paths, steps: Callable[[Tensor], Steps], unknowns: Unknowns, read_noise: float, experiment: str
) -> tuple[Maximum, pl.DataFrame]:
    """Fit the unknowns [p] of the steps between looks.

    Returns:
        The maximum, and one row a look after the first: the path's device and kept columns, time, first and this
        reading, and the residual.
    """

    def log_likelihood(unknowns: Tensor) -> Tensor:
        each, _ = path_log_likelihood(paths, steps(unknowns), read_noise)
        return summed_by_device(each, paths.device, paths.devices)

    maximum = maximise(log_likelihood, unknowns, experiment)
    _, residuals = path_log_likelihood(paths, steps(maximum.unknowns), read_noise)
    path, look = paths.there[:, 1:].nonzero(as_tuple=True)
    table = paths.table.drop("cycle")[path.numpy()]
    return maximum, table.with_columns(
        pl.Series("time_s", paths.time[:, 1:][path, look].numpy()),
        pl.Series("first_microsiemens", paths.reading[:, 0][path].numpy()),
        pl.Series("conductance_microsiemens", paths.reading[:, 1:][path, look].numpy()),
        pl.Series("residual", residuals.detach()[path, look].numpy()),
    )
