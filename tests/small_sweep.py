"""A small run to sweep over: two invented alphabets, few chips."""

from collections.abc import Sequence
from pathlib import Path

from ohmshot.adapt.fleet.run import on_threads
from ohmshot.bundle.file import default_bundle
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.data.invented import invented_alphabets
from ohmshot.sweep.axis import Axis, AxisTable, axis
from ohmshot.sweep.file import RunTable
from ohmshot.sweep.parameters import parameter_named
from ohmshot.sweep.run import Engine
from ohmshot.sweep.swept_run import SweptRun, load_bundles

LETI = load_parameter_set("leti_hfo2_130nm")
ALPHABETS = invented_alphabets(1, 2, 8, 10)
OTHERS = invented_alphabets(2, 2, 8, 10)


def along(key: str, **table: object) -> Axis:
    return axis(parameter_named(key), AxisTable.model_validate(table))


def swept(axes: Sequence[Axis], **table: object) -> SweptRun:
    run = RunTable.model_validate({"source": "invented", "chips": 3, "queries": 3, "seed": 4} | table)
    return SweptRun(run, tuple(axes), LETI, load_bundles(default_bundle(), axes, Path()))


def engine(workers: int = 1, at_once: int = 125) -> Engine:
    return Engine(on_threads(workers), at_once)
