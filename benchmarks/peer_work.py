"""The work that `peers.py` gives to every side, how it is timed, and what a side answers. Needs NumPy only.

Each side runs in a process of its own, by an interpreter of its own if need be, so that libraries that cannot live
in one environment can still be measured in one run: ``python peer_NAME.py WORK.npz`` prints one line of JSON.
"""

import argparse
import importlib.metadata
import json
import platform
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Self, TypeVar

import numpy as np

Prepared = TypeVar("Prepared")
Given = TypeVar("Given", bound="Saved")
Floats = np.ndarray[tuple[int, ...], np.dtype[np.float32]]

WEIGHT_FULL_SCALE = (1.0, 0.3)
"""What the widest difference of a pair stands for, in the first and in the second layer."""
INPUT_FULL_SCALE = 3.2
"""What the full read voltage stands for in the updates."""
INPUT_BITS, OUTPUT_BITS, READ_NOISE = 8, 10, 0.01
"""Converters, and the noise of one read of one device as a share: the same for every side that can be told."""
TILE_OUTPUT_RANGE_UA = 128.0
"""Range of the tile's column converters: twice that of a chip, which has half as many rows."""


OFF = "% rms off the product of what was written"
RIGHT = "% of the support right"
PULSES, MISSED, LEVELS_OFF = "pulses a cell", "% missed", "uS rms off at the levels"
WRITTEN, WEIGHTS_OFF = "cells written", "rms off, in weights of -1 to 1"


class Saved:
    """A dataclass of arrays that goes to other interpreters as a file."""

    def save(self, path: Path) -> None:
        np.savez(path, **{each.name: getattr(self, each.name) for each in fields(self)})  # type: ignore[arg-type]

    @classmethod
    def load(cls, path: Path) -> Self:
        with np.load(path) as arrays:
            return cls(**{each.name: arrays[each.name] for each in fields(cls)})  # type: ignore[arg-type]


@dataclass(frozen=True)
class Work(Saved):
    """What is to be done.

    Attributes:
        weights: of the tile, in -1 to 1, [inputs, outputs].
        inputs: one batch for it, in -1 to 1, [batch, inputs].
        first: initial weights of the first fully-connected layer, bias last, [features + 1, hidden].
        second: of the second layer, [hidden + 1, ways].
        features: of the support set, [examples, features].
        labels: int64 [examples].
        rates: of both layers, one an update, [updates].
        counts: int64 [3]: multiplies, chips of a batch, repeats of every measurement.
    """

    weights: Floats
    inputs: Floats
    first: Floats
    second: Floats
    features: Floats
    labels: np.ndarray[tuple[int], np.dtype[np.int64]]
    rates: Floats
    counts: np.ndarray[tuple[int], np.dtype[np.int64]]

    @property
    def multiplies(self) -> int:
        return int(self.counts[0])

    @property
    def chips(self) -> int:
        return int(self.counts[1])

    @property
    def repeats(self) -> int:
        return int(self.counts[2])


@dataclass(frozen=True)
class Figure:
    """One measurement.

    Attributes:
        case: what was done, such as "program"; the same on every side.
        way: how, where a side has several ways.
        chips: of the batch.
        processor_ms: of one chip, the least of all repeats.
        clock_ms: the same by the clock.
        simulated: what of a chip is simulated in this time.
        found: what came out, so that the work can be seen to have been done: numbers by what they count.
    """

    case: str
    way: str
    chips: int
    processor_ms: float
    clock_ms: float
    simulated: str
    found: dict[str, float]


def least(
    repeats: int, prepare: Callable[[], Prepared], work: Callable[[Prepared], object], chips: int = 1
) -> tuple[float, float]:
    """Milliseconds of processor and clock for each chip, the least of several runs; preparing does not count."""
    processor, clock = [], []
    for _ in range(repeats):
        prepared = prepare()
        started, used = time.perf_counter(), time.process_time()
        work(prepared)
        processor.append(time.process_time() - used)
        clock.append(time.perf_counter() - started)
    return min(processor) * 1e3 / chips, min(clock) * 1e3 / chips


def answer(
    packages: tuple[str, ...],
    measure: Callable[[Given], list[Figure]],
    kind: type[Given] = Work,  # type: ignore[assignment]
) -> None:
    """Be one side: read the work whose file the command line names and print figures and versions as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("work", type=Path)
    figures = measure(kind.load(parser.parse_args().work))
    versions = {"Python": platform.python_version()}
    versions |= {package: importlib.metadata.version(package) for package in packages}
    print(json.dumps({"versions": versions, "figures": [asdict(figure) for figure in figures]}))


def right_share(logits: Floats, labels: np.ndarray[tuple[int], np.dtype[np.int64]]) -> float:
    """Percentage of right answers, for logits [..., examples, ways]."""
    return 100 * float((logits.argmax(-1) == labels).mean())
