"""How long one waits before anything happens: the package, the command line, the first words, the kernels.

    python benchmarks/startup.py --repeats 5

The least of several runs of each, every one in a process of its own; all rows in turns. Kernels are compiled into an
empty cache folder, then loaded from it; what the same process takes when they are there already in memory (a second
batch of chips) is taken off.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable

from machine import pinned

FIRST_ADAPTATION = """
import time
import torch
from ohmshot.adapt.fleet.work import fleet_work
from ohmshot.adapt.settings import AdaptationSettings
from ohmshot.bundle.file import shipped_bundle
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.data.episodes import EpisodeShape
from ohmshot.data.invented import invented_alphabets

torch.set_num_threads(1)
bundle, drawings = shipped_bundle("four-convolutions"), invented_alphabets(1, 4, 10, 20)
settings = AdaptationSettings(1, 1, 1, EpisodeShape())
work = fleet_work(bundle, drawings, load_parameter_set("leti_hfo2_130nm"), settings)
times = []
for _ in range(2):
    used = time.process_time()
    work.rows(range(1))
    times.append(time.process_time() - used)
print(times[0] - times[1])
"""
"""Seconds of processor time that the first adaptation of a process takes longer than the second."""


def main() -> None:
    """Measure all rows in turns and print the least of each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    print(pinned(("ohmshot", "torch", "numba")))
    with tempfile.TemporaryDirectory() as folder:
        compiled = _first_adaptation(folder)
        rows: dict[str, Callable[[], float]] = {
            "`python -c pass`, clock": lambda: _seconds("-c", "pass"),
            "`import ohmshot`, clock": lambda: _seconds("-c", "import ohmshot"),
            "`ohmshot --help`, clock": lambda: _seconds("-m", "ohmshot", "--help"),
            "first line of `ohmshot demo`, clock": _first_line,
            "loading the kernels of an adaptation, processor": lambda: _first_adaptation(folder),
        }
        turns = [[measure() for measure in rows.values()] for _ in range(repeats)]
    print("\n| what | s |\n|---|---|")
    for name, times in zip(rows, zip(*turns, strict=True), strict=True):
        print(f"| {name} | {min(times):.2f} |")
    print(f"| compiling them from nothing, processor, one run | {compiled:.1f} |")


def _seconds(*arguments: str) -> float:
    """Run Python to its end, s by the clock."""
    started = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
    return time.perf_counter() - started


def _first_line() -> float:
    """Run a demo until it says something, s by the clock."""
    started = time.perf_counter()
    command = [sys.executable, "-m", "ohmshot", "demo", "--episodes", "1", "--chips", "1"]
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as running,
    ):
        assert running.stdout is not None
        if not running.stdout.readline():
            raise SystemExit("The demo said nothing.")
        said = time.perf_counter() - started
        running.terminate()
    return said


def _first_adaptation(cache: str) -> float:
    environment = {**os.environ, "OHMSHOT_CACHE": cache}
    command = [sys.executable, "-c", FIRST_ADAPTATION]
    return float(subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout)


if __name__ == "__main__":
    main()
