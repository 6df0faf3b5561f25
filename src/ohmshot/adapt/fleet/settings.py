"""The inputs of a fleet run."""

import torch

from ohmshot.adapt.fleet.work import FleetWork
from ohmshot.cell.parameter_set import ParameterSet
from ohmshot.data.episodes import Scope
from ohmshot.foundation.records import Record


class FleetRun(Record):
    """The inputs that rows depend on; two runs with equal records give equal rows."""

    data: str
    ways: int
    shots: int
    queries: int
    scope: Scope = "any"
    """Where the classes of a task come from: any group of the data, or all from one."""
    chips: int
    seed: int
    strategy: str
    parameters: str
    """Name of the cell's parameter set."""
    parameter_values: str
    """Its values, written out: a name may be kept when a value is changed."""
    bundle: str
    """SHA-256 of the bundle."""
    bake_hours: float
    bake_celsius: float
    device: str = "cpu"
    """Kind of device that chips were simulated on; rows of another one agree within rounding."""


def fleet_run(work: FleetWork, data: str, parameters: ParameterSet) -> FleetRun:
    """Describe a run; ``data`` is the name of the examples."""
    settings = work.settings
    return FleetRun(
        data=data,
        ways=settings.shape.ways,
        shots=settings.shape.shots,
        queries=settings.shape.queries,
        scope=settings.shape.scope,
        chips=settings.chips,
        seed=settings.seed,
        strategy=settings.learner.strategy.name,
        parameters=parameters.information.name,
        parameter_values=repr(parameters.values),
        bundle=work.bundle.digest,
        bake_hours=settings.bake.hours,
        bake_celsius=settings.bake.celsius,
        device=torch.device(work.device).type,
    )
