"""What kills cost: hosts and chip servers ended by SIGKILL at random moments, and every adaptation compared.

    python benchmarks/kills.py [--share 1.0] [--seed 1]

Prints a table of the phases in which the kills came, and one of what they left: docs/journal.md. With ``--share 0.1`` a
tenth of the kills. Everything is in processes of its own: a host, a server, one of which is killed and started anew.
"""

import argparse
import math
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl
import torch
from kill_moments import Group, Killed, kill_group
from kill_processes import QUIET
from torch import Tensor

from ohmshot.foundation.statistics import half_interval
from ohmshot.host.strategies import hybrid
from ohmshot.host.strategies.strategy import settings_of

GROUPS = (
    Group("host", "leti_hfo2_130nm", 80),
    Group("host", QUIET, 40),
    Group("server", "leti_hfo2_130nm", 60),
    Group("both", QUIET, 20),
)


Done = list[tuple[Group, tuple[Killed, ...]]]


def killed(share: float, seed: int, folder: Path) -> Done:
    done = []
    for number, group in enumerate(GROUPS):
        part = Group(group.victim, group.cells, math.ceil(share * group.kills))
        done.append((part, kill_group(part, folder / f"{number}", seed, print)))
    return done


def show(done: Done) -> None:
    with pl.Config(tbl_formatting="MARKDOWN", tbl_hide_column_data_types=True, tbl_hide_dataframe_shape=True):
        print(phase_table(done))
    rows = [summary(*each) for each in done]
    for name in rows[0]:
        print(f"| {name} | " + " | ".join(_text(row[name]) for row in rows) + " |")


def summary(group: Group, done: Sequence[Killed]) -> dict[str, Any]:
    """One row of the table: what the kills of a group have cost.

    Accuracies are means over adaptations with half widths of 95 % intervals; costs are what the disturbed adaptations
    spent beyond the undisturbed ones, divided by the kills.
    """
    kills = sum(len(each.phases) for each in done)
    paid = {
        name: sum(float(each.outcome[name] - each.reference[name]) for each in done) / max(kills, 1)
        for name in ("pulses", "joules", "busy_seconds")
    }
    differences = {name: _differences(done, name) for name in ("accuracy", "baked_accuracy")}
    return {
        "killed": group.victim,
        "cells": group.cells,
        "kills": kills,
        "adaptations": len(done),
        "bit-equal": sum(each.is_bit_equal for each in done),
        "cells off their band": sum(len(cells_off(each.outcome)) for each in done),
        "the same, undisturbed": sum(len(cells_off(each.reference)) for each in done),
        "farthest off uS": max(_farthest(each.outcome) for each in done),
        "the same, undisturbed uS": max(_farthest(each.reference) for each in done),
        "accuracy %": 100 * float(_all(done, "accuracy").mean()),
        "undisturbed %": 100 * float(torch.stack([each.reference["accuracy"] for each in done]).mean()),
        "difference": 100 * float(differences["accuracy"].mean()),
        "+-": 100 * half_interval(differences["accuracy"]),
        "baked %": 100 * float(_all(done, "baked_accuracy").mean()),
        "baked difference": 100 * float(differences["baked_accuracy"].mean()),
        "baked +-": 100 * half_interval(differences["baked_accuracy"]),
        "levels that differ": sum(int((each.outcome["targets"] != each.reference["targets"]).sum()) for each in done)
        / len(done),
        "pulses a kill": paid["pulses"],
        "nJ a kill": 1e9 * paid["joules"],
        "chip's ms a kill": 1e3 * paid["busy_seconds"],
    }


def cells_off(outcome: dict[str, Tensor]) -> Tensor:
    """Cells that neither lie in the band of the target that the journal holds nor are reported as missed, int64 [n].

    With noise and relaxation cells leave the band by themselves; without (`kill_processes.QUIET`) there must be
    none.
    """
    settings = settings_of(hybrid.STRATEGY)
    targets, now = outcome["targets"], outcome["adapted"]
    at_level = (now - targets).abs() <= settings["tolerance"]
    at_reset = (targets <= targets.min()) & (now <= settings["reset_ceiling"])
    off = ~(at_level | at_reset)
    off[outcome["missed"]] = False
    return torch.nonzero(off).squeeze(1)


def _farthest(outcome: dict[str, Tensor]) -> float:
    """How far the cell that is farthest off its band lies from its target, uS; 0 where none is off."""
    off = cells_off(outcome)
    return float((outcome["adapted"] - outcome["targets"])[off].abs().max()) if len(off) else 0.0


def phase_table(groups: Sequence[tuple[Group, Sequence[Killed]]]) -> pl.DataFrame:
    """How many kills came in which phase: one row a phase, one column a victim."""
    counts = Counter(phase for _, done in groups for each in done for phase in each.phases)
    phases = sorted({name.split(": ")[1] for name in counts}, key=_order)
    columns = {victim: [counts[f"{victim}: {phase}"] for phase in phases] for victim in ("host", "server")}
    return pl.DataFrame({"phase": phases, **columns})


def _order(phase: str) -> tuple[int, str]:
    first = ("before the first write", "forming", "initialisation")
    return (first.index(phase), "") if phase in first else (len(first), phase)


def _all(done: Sequence[Killed], name: str) -> Tensor:
    return torch.stack([each.outcome[name] for each in done])


def _differences(done: Sequence[Killed], name: str) -> Tensor:
    return torch.stack([each.outcome[name] - each.reference[name] for each in done])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        show(killed(options.share, options.seed, Path(folder)))
    print(f"{time.perf_counter() - started:.0f} s")


def _text(value: object) -> str:
    return f"{round(value, 6):.4g}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    main()
