"""A small run to sweep over: two invented alphabets, few chips."""

from collections.abc import Sequence
from pathlib import Path

from ohmshot.adapt.fleet.run import on_threads
from ohmshot.bundle.file import shipped_bundle
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.data.invented import invented_alphabets
from ohmshot.sweep.axis import Axis, AxisTable, axis
from ohmshot.sweep.file import SweepFile
from ohmshot.sweep.parameters import parameter_named
from ohmshot.sweep.plan import SweepPlan, load_bundles
from ohmshot.sweep.work import Execution

LETI = load_parameter_set("leti_hfo2_130nm")
ALPHABETS = invented_alphabets(1, 2, 8, 10)
OTHERS = invented_alphabets(2, 2, 8, 10)


def along(key: str, **table: object) -> Axis:
    return axis(parameter_named(key), AxisTable.model_validate(table))


def plan(axes: Sequence[Axis], more: dict[str, object] | None = None, **run: object) -> SweepPlan:
    """A plan of these axes, whatever its file says about them."""
    table = {"source": "invented", "chips": 3, "queries": 3, "seed": 4} | run
    vary = {"strategy": {"tolerance": {"values": [1]}}}
    file = SweepFile.model_validate({"run": table, "vary": vary} | (more or {}))
    return SweepPlan(file, tuple(axes), LETI, load_bundles(shipped_bundle("four-convolutions"), axes, Path()))


def execution(workers: int = 1, at_once: int = 125) -> Execution:
    return Execution(on_threads(workers), at_once)
