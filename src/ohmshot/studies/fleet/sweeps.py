"""Yield against what makes chips worse: spread between devices, spread between cycles, stuck cells."""

import dataclasses
import math
from collections.abc import Callable, Sequence

import polars as pl

from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.host.care.care import NO_CARE, every_cell_tested
from ohmshot.host.strategies.strategy import ProgrammingStrategy
from ohmshot.studies.fleet.chips import Fleet
from ohmshot.study.sensitivity import with_stuck_cells

KINDS = ("device", "cycle")
HELPS = {"nothing": NO_CARE, "found and worked around": every_cell_tested()}
Judge = Callable[[Fleet], dict[str, float]]
"""Lets a fleet learn and says how good it is."""


def sweep_steps(factors: Sequence[float], stuck: Sequence[float], strategies: Sequence[ProgrammingStrategy]) -> int:
    """Number of fleets that both tables judge."""
    others = sum(factor != 1 for factor in factors)
    return len(strategies) * (1 + len(KINDS) * others) + len(stuck) * len(HELPS)


def variability_table(
    fleet: Fleet, factors: Sequence[float], strategies: Sequence[ProgrammingStrategy], judge: Judge
) -> pl.DataFrame:
    """Scale the spread between devices and between cycles, one at a time, for each strategy."""
    rows = []
    for strategy in strategies:
        baseline = dataclasses.replace(fleet, strategy=strategy)
        at_one = judge(baseline)
        for kind in KINDS:
            for factor in factors:
                found = at_one
                if factor != 1:
                    values = scaled_spread(fleet.parameters, **{kind: factor})
                    found = judge(dataclasses.replace(baseline, parameters=values))
                rows.append({"spread": kind, "factor": factor, "strategy": strategy.name, **found})
    return pl.DataFrame(rows)


def stuck_table(fleet: Fleet, shares: Sequence[float], judge: Judge) -> pl.DataFrame:
    """Break a share of the cells, half of them low and half high, and help the chips or not."""
    rows = []
    for share in shares:
        values = with_stuck_cells(fleet.parameters, share)
        for help_, care in HELPS.items():
            found = judge(dataclasses.replace(fleet, parameters=values, care=care))
            rows.append({"stuck_percent": 100 * share, "help": help_, **found})
    return pl.DataFrame(rows)


def scaled_spread(values: CellParameters, device: float = 1.0, cycle: float = 1.0) -> CellParameters:
    """Scale the standard deviations of SET and RESET between devices, and between cycles and pulses of one device."""
    changed: dict[str, float | tuple[float, ...]] = {}
    for kind, spread in (("set", "set_spread"), ("reset", "reset_log_spread")):
        of_device, of_pulse = getattr(values, f"{kind}_device_share"), getattr(values, f"{kind}_pulse_share")
        parts = (of_device * device**2, of_pulse * cycle**2, (1 - of_device - of_pulse) * cycle**2)
        total = sum(parts)
        changed[spread] = tuple(math.sqrt(total) * each for each in getattr(values, spread))
        if total > 0:
            changed[f"{kind}_device_share"] = min(1.0, parts[0] / total)
            changed[f"{kind}_pulse_share"] = max(0.0, min(parts[1] / total, 1 - parts[0] / total))
    return dataclasses.replace(values, **changed)  # type: ignore[arg-type]
