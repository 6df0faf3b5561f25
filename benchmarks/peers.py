"""The same work for ohmshot, a careful NumPy program, aihwkit and CrossSim: how long one chip takes on one thread.

    python benchmarks/peers.py [--aihwkit-python PATH] [--crosssim-python PATH] [--json FILE]

(a) programming 2,048 pairs with write-verify, (b) 1,000 multiplies of 25 inputs on a 64 x 32 tile, (c) five updates of
two fully-connected layers with the writes, (d) 100 chips of all that. The models differ: what each side simulates, and
what came out, stand beside its figure. A peer that is not installed is left out; one that needs an environment of its
own is given by its interpreter. With ``--processes 2`` every side also does its work in two processes side by side, as
ohmshot does on two cores. Prints Markdown.
"""

import argparse
import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
from machine import pinned
from peer_aims import AIHWKIT, AIMS, ALL_OF_IT, CROSSSIM, OHMSHOT, PER_CELL, Sides, all_of_it
from peer_check import disagreements
from peer_work import Figure, Work

from ohmshot.bundle.hand_made import identity_head
from ohmshot.foundation.files import write_bytes
from ohmshot.foundation.randomness import generator

SEED = 1
INPUTS, OUTPUTS, BATCH = 64, 32, 25
FEATURES, HIDDEN, WAYS, SHOTS = 16, 45, 5, 5
UPDATES, RATE = 5, 0.5
HERE = Path(__file__).parent
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")


@dataclass(frozen=True)
class Side:
    """Who is measured: the name, its file beside this one, what it must be able to import and by which interpreter."""

    name: str
    file: str
    needs: str
    interpreter: str


def main() -> None:
    """Let every side do the work, print the figures and hold them against the aims."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--aihwkit-python", default=sys.executable, help="interpreter that has aihwkit")
    options.add_argument("--crosssim-python", default=sys.executable, help="interpreter that has CrossSim")
    options.add_argument("--chips", type=int, default=100, help="of ohmshot's batch")
    options.add_argument("--multiplies", type=int, default=1000)
    options.add_argument("--repeats", type=int, default=5, help="of all sides in turn; the least of each counts")
    options.add_argument("--processes", type=int, default=1, help="of each side at a time, for a table of throughputs")
    options.add_argument("--json", type=Path, help="write the figures here")
    given = options.parse_args()
    print(pinned(("ohmshot",)), "\n")
    sides = (
        Side(OHMSHOT, "peer_ohmshot.py", "ohmshot", sys.executable),
        Side(PER_CELL, "peer_per_cell.py", "numpy", sys.executable),
        Side(AIHWKIT, "peer_aihwkit.py", "aihwkit", given.aihwkit_python),
        Side(CROSSSIM, "peer_crosssim.py", "simulator", given.crosssim_python),
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "work.npz"
        draw_work(given.multiplies, given.chips).save(path)
        there = [side for side in sides if is_there(side)]
        rounds, together = [], []
        for _ in range(given.repeats):  # all sides in turn
            rounds.append([figures_of(side, path) for side in there])
            if given.processes > 1:
                together.append([side_by_side(side, path, given.processes) for side in there])
    answers = {side.name: least_of([each[i] for each in rounds]) for i, side in enumerate(there)}
    print_figures(answers, given.chips)
    if together:
        beside = {side.name: least_of([each[i] for each in together]) for i, side in enumerate(there)}
        print_side_by_side(answers, beside, given.processes, given.chips)
    print_all_of_it(answers, given.chips)
    print_aims(answers, given.chips)
    if given.json:
        kept = {name: [asdict(figure) for figure in figures] for name, figures in answers.items()}
        write_bytes(given.json, json.dumps(kept, indent=2).encode())
    if unlike := disagreements(answers):
        sys.exit("ohmshot and the program that goes cell by cell have not done the same: " + "; ".join(unlike))


def draw_work(multiplies: int, chips: int) -> Work:
    """Draw weights and inputs for the tile, and a task of clustered features for a head that begins as (1, -1)."""
    random = generator(SEED, "peers")
    weights = 2 * torch.rand(INPUTS, OUTPUTS, generator=random) - 1
    inputs = 2 * torch.rand(BATCH, INPUTS, generator=random) - 1
    first, second = identity_head(FEATURES, (HIDDEN,), WAYS)
    centres = torch.randn(WAYS, 1, FEATURES, generator=random)
    features = (centres + 0.5 * torch.randn(WAYS, SHOTS, FEATURES, generator=random)).flatten(0, 1)
    features = features / features.square().mean(-1, keepdim=True).sqrt()
    labels, rates = torch.arange(WAYS).repeat_interleave(SHOTS), torch.full((UPDATES,), RATE)
    drawn = (weights, inputs, first, second, features, labels, rates)
    return Work(*(tensor.numpy() for tensor in drawn), np.array([multiplies, chips, 2]))


def is_there(side: Side) -> bool:
    """Whether a side can be measured; says so where it cannot."""
    check = [side.interpreter, "-c", f"import {side.needs}"]
    found = (
        shutil.which(side.interpreter) and not subprocess.run(check, env=_environment(), capture_output=True).returncode
    )
    if not found:
        print(f"- {side.name}: not installed for {side.interpreter}, left out")
    return bool(found)


def figures_of(side: Side, work: Path) -> list[Figure]:
    """Let one side do all of the work once, in a process of its own."""
    return side_by_side(side, work, 1)


def side_by_side(side: Side, work: Path, processes: int) -> list[Figure]:
    """Let one side do all of the work in so many processes at once.

    Returns:
        Its figures, with the mean processor time of the processes, and the clock time from one chip done by any of them
        to the next: ``1 / sum(1 / t)``.
    """
    command = [side.interpreter, str(HERE / side.file), str(work)]
    running = [
        subprocess.Popen(command, env=_environment(), stdout=subprocess.PIPE, text=True) for _ in range(processes)
    ]
    found = []
    for process in running:
        printed, _ = process.communicate()
        if process.returncode:
            sys.exit(f"{side.name} ended with {process.returncode}.")
        answer = json.loads(printed.splitlines()[-1])
        versions = ", ".join(f"{package} {version}" for package, version in answer["versions"].items())
        _print_once(f"- {side.name}: {versions}")
        found.append([Figure(**figure) for figure in answer["figures"]])
    return [
        replace(
            alike[0],
            processor_ms=sum(figure.processor_ms for figure in alike) / processes,
            clock_ms=1 / sum(1 / figure.clock_ms for figure in alike),
        )
        for alike in zip(*found, strict=True)
    ]


def least_of(rounds: Sequence[list[Figure]]) -> list[Figure]:
    """The first round's figures with the least time of all rounds: a load that moves slows every side alike."""
    return [
        replace(first, processor_ms=min(f.processor_ms for f in alike), clock_ms=min(f.clock_ms for f in alike))
        for first, alike in zip(rounds[0], zip(*rounds, strict=True), strict=True)
    ]


@functools.cache
def _print_once(line: str) -> None:
    print(line)


def _environment() -> dict[str, str]:
    return {**os.environ, **ONE_THREAD}


def print_figures(answers: Sides, chips: int) -> None:
    """Print every figure with its ratios to ohmshot's one chip and to ohmshot's chip of a batch."""
    print(f"\n| work | side | processor ms | clock ms | times one chip | times a chip of {chips} | simulated | found |")
    print("|---|---|---|---|---|---|---|---|")
    ours = {(figure.case, figure.chips): figure.processor_ms for figure in answers[OHMSHOT]}
    for case in dict.fromkeys(figure.case for figure in answers[OHMSHOT]):
        for name, figures in answers.items():
            for figure in figures:
                if figure.case == case:
                    who = f"{name}, {figure.way}" if name != OHMSHOT else f"{name}, {_batch(figure.chips)}"
                    ratios = " | ".join(f"{figure.processor_ms / ours[case, size]:.3g}" for size in (1, chips))
                    times = f"{figure.processor_ms:.3g} | {figure.clock_ms:.3g}"
                    found = ", ".join(f"{value:.3g} {what}" for what, value in figure.found.items())
                    print(f"| {case} | {who} | {times} | {ratios} | {figure.simulated} | {found} |")


def print_side_by_side(alone: Sides, together: Sides, processes: int, chips: int) -> None:
    """Print the clock time a chip of one process and of several side by side, and how many times ohmshot's it is."""
    print(f"\n| work | side | clock ms a chip | in {processes} processes | gain | times {OHMSHOT}, {_batch(chips)} |")
    print("|---|---|---|---|---|---|")
    ours = {figure.case: figure.clock_ms for figure in together[OHMSHOT] if figure.chips == chips}
    for name, figures in together.items():
        for before, figure in zip(alone[name], figures, strict=True):
            who = f"{name}, {figure.way}" if name != OHMSHOT else f"{name}, {_batch(figure.chips)}"
            one, several = before.clock_ms, figure.clock_ms
            ratios = f"{one / several:.2f} | {several / ours[figure.case]:.3g}"
            print(f"| {figure.case} | {who} | {one:.3g} | {several:.3g} | {ratios} |")


def _batch(chips: int) -> str:
    return "one chip" if chips == 1 else f"a chip of {chips} at once"


def print_all_of_it(answers: Sides, chips: int) -> None:
    """Print (d): programming, noisy multiplies and updates of all chips; only ohmshot takes several chips at once."""
    together = all_of_it(answers, OHMSHOT, chips)
    rows = [(f"{OHMSHOT}, all at once", together), (f"{OHMSHOT}, one after the other", all_of_it(answers, OHMSHOT))]
    rows += [(f"{side}, {way}", all_of_it(answers, side, ways=ways)) for side, way, ways in ALL_OF_IT]
    print(
        f"\n| all of it, {chips} chips (a side without batches: {chips} times its one chip) | s | times all at once |"
    )
    print("|---|---|---|")
    for who, milliseconds in rows:
        if milliseconds is not None and together is not None:
            print(f"| {who} | {milliseconds * chips / 1e3:.3g} | {milliseconds / together:.3g} |")


def print_aims(answers: Sides, chips: int) -> None:
    """Print the aims, each against the figure it was set by (1,000 multiplies) and against the peer of this run."""
    print(f"\n| aim, for a chip of {chips} | ohmshot ms | limit as set | | limit in this run | |")
    print("|---|---|---|---|---|---|")
    for aim in AIMS:
        reached = aim.ours(answers, chips)
        limits = (aim.limit_ms, aim.limit_now(answers))
        print(f"| {aim.text} | {reached:.3g} | " + " | ".join(_verdict(reached, limit) for limit in limits) + " |")


def _verdict(reached: float, limit: float | None) -> str:
    if limit is None:
        return "none | "
    if reached <= limit:
        return f"{limit:.3g} | met"
    return f"{limit:.3g} | missed, {reached / limit:.1f} times"


if __name__ == "__main__":
    main()
