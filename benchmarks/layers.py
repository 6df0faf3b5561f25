"""Linear layers of ohmshot, aihwkit and CrossSim: how long a forward pass and a training step take on one thread.

    python benchmarks/layers.py [--aihwkit-python PATH] [--crosssim-python PATH] [--json FILE]

A training step is forward, backward, the optimiser's step and the writing of what has moved. The models differ: what
each side simulates, and what came out, stand beside its figure. ohmshot's layer is measured on one array as large as
the layer, as the peers have it, and on the arrays of 32 x 64 cells that its chips have. A peer that is not installed is
left out; one that needs an environment of its own is given by its interpreter. Prints Markdown.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from layer_work import FORWARD, STEP, LayerWork
from machine import pinned
from peer_aims import AIHWKIT, CROSSSIM, OHMSHOT, Sides
from peer_work import Figure
from peers import Side, figures_of, is_there, least_of

from ohmshot.foundation.files import write_bytes

SHAPES, BATCHES = ((64, 32), (512, 512)), (25, 256)
REFERENCE = "one array"
"""ohmshot's way that the ratios are taken against: the peers' layers lie on one array too."""


@dataclass(frozen=True)
class Aim:
    """One aim, for every case that it is about.

    Attributes:
        text: what is wanted.
        concerns: whether a case is meant, by its name.
        peer: whose figure sets the limit.
        way: how the peer does it, by how it begins.
        share: of the peer's time that ohmshot may take.
    """

    text: str
    concerns: Callable[[str], bool]
    peer: str
    way: str
    share: float


AIMS = (
    Aim("no slower than aihwkit", lambda case: case.startswith(FORWARD), AIHWKIT, "inference", 1.0),
    Aim("10 times faster than CrossSim", lambda case: case.startswith(FORWARD), CROSSSIM, "", 0.1),
    Aim(
        "within 3 times of aihwkit's pulsed update",
        lambda case: case.startswith(f"{STEP}, 64 x 32"),
        AIHWKIT,
        "pulsed",
        3.0,
    ),
)


def main() -> None:
    """Let every side do the work, print the figures and hold them against the aims."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--aihwkit-python", default=sys.executable, help="interpreter that has aihwkit")
    options.add_argument("--crosssim-python", default=sys.executable, help="interpreter that has CrossSim")
    options.add_argument("--shapes", nargs="+", type=shape, default=SHAPES, metavar="INPUTSxOUTPUTS")
    options.add_argument("--batches", nargs="+", type=int, default=BATCHES)
    options.add_argument("--steps", type=int, default=5, help="training steps from fresh weights")
    options.add_argument("--repeats", type=int, default=3, help="of all sides in turn; the least of each counts")
    options.add_argument("--json", type=Path, help="write the figures here")
    given = options.parse_args()
    print(pinned(("ohmshot",)), "\n")
    sides = (
        Side(OHMSHOT, "layer_ohmshot.py", "ohmshot", sys.executable),
        Side(AIHWKIT, "layer_aihwkit.py", "aihwkit", given.aihwkit_python),
        Side(CROSSSIM, "layer_crosssim.py", "simulator", given.crosssim_python),
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "work.npz"
        LayerWork(np.array(given.shapes), np.array(given.batches), np.array([given.steps, 2])).save(path)
        there = [side for side in sides if is_there(side)]
        rounds = [[figures_of(side, path) for side in there] for _ in range(given.repeats)]
    answers = {side.name: least_of([each[i] for each in rounds]) for i, side in enumerate(there)}
    print_figures(answers)
    print_aims(answers)
    if given.json:
        kept = {name: [asdict(figure) for figure in figures] for name, figures in answers.items()}
        write_bytes(given.json, json.dumps(kept, indent=2).encode())


def shape(text: str) -> tuple[int, int]:
    """Inputs and outputs from such as "64x32"."""
    inputs, outputs = text.split("x")
    return int(inputs), int(outputs)


def print_figures(answers: Sides) -> None:
    """Print every figure with its ratio to ohmshot's on one array."""
    print(f"\n| work | side | processor ms | clock ms | times ohmshot's on {REFERENCE} | simulated | found |")
    print("|---|---|---|---|---|---|---|")
    for case in dict.fromkeys(figure.case for figure in answers[OHMSHOT]):
        ours = one_of(answers, OHMSHOT, case, REFERENCE)
        for name, figures in answers.items():
            for figure in (figure for figure in figures if figure.case == case):
                times = f"{figure.processor_ms:.3g} | {figure.clock_ms:.3g}"
                ratio = f"{figure.processor_ms / ours.processor_ms:.3g}" if ours else ""
                found = ", ".join(f"{value:.3g} {what}" for what, value in figure.found.items())
                print(f"| {case} | {name}, {figure.way} | {times} | {ratio} | {figure.simulated} | {found} |")


def print_aims(answers: Sides) -> None:
    """Print every aim with each of ohmshot's ways, against the peer of this run."""
    print("\n| aim | work | limit ms | ohmshot ms | |")
    print("|---|---|---|---|---|")
    for aim in AIMS:
        for figure in (figure for figure in answers[OHMSHOT] if aim.concerns(figure.case)):
            theirs = one_of(answers, aim.peer, figure.case, aim.way)
            limit = aim.share * theirs.processor_ms if theirs else None
            reached = f"{figure.way}: {figure.processor_ms:.3g}"
            print(f"| {aim.text} | {figure.case} | {verdict(figure.processor_ms, limit, reached)} |")


def verdict(reached_ms: float, limit_ms: float | None, reached: str) -> str:
    """The limit, what was reached, and whether that is enough."""
    if limit_ms is None:
        return f"not measured | {reached} | "
    missed = f"**missed**, {reached_ms / limit_ms:.3g} times"
    return f"{limit_ms:.3g} | {reached} | {'met' if reached_ms <= limit_ms else missed}"


def one_of(answers: Sides, side: str, case: str, way: str) -> Figure | None:
    """A side's figure of a case, by how its way begins; None where it was not measured."""
    found = (figure for figure in answers.get(side, ()) if figure.case == case and figure.way.startswith(way))
    return next(found, None)


if __name__ == "__main__":
    main()
