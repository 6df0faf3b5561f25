"""What kills cost: hosts and chip servers ended by SIGKILL at random moments, and every adaptation compared.

    python benchmarks/kills.py [--share 1.0] [--seed 1]

Prints a table of the phases in which the kills came, and one of what they left: docs/journal.md. With ``--share 0.1`` a
tenth of the kills. Everything is in processes of its own: a host, a server, one of which is killed and started anew.
"""

import argparse
import math
import tempfile
import time
from pathlib import Path

import polars as pl

from ohmshot.study.kill_processes import QUIET
from ohmshot.study.kills import Group, Killed, kill_group, phase_table, summary

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
