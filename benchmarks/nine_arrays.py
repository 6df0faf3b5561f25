"""What a head of two layers on nine arrays loses against exact weights, and which changes win it back.

    python benchmarks/nine_arrays.py [--part background|evaluation] [--tasks 240] [--data FOLDER]

The head 64-128-5 on Omniglot, behind the strongest answer of each of the 64 channels in the middle of the network
`characters`; 5-way 5-shot, a chip a task, the same tasks for every row. Ways are chosen on background alphabets, whose
characters `characters` was trained on; evaluation alphabets are for the last measurement. Prints Markdown.
"""

import argparse
from dataclasses import dataclass, replace
from pathlib import Path

import ohmshot as oh
from ohmshot.bundle.bundle import run_convolutions
from ohmshot.data.examples import Examples
from ohmshot.data.source import evaluation_examples, training_examples
from ohmshot.foundation.statistics import mean_and_half

LAYERS = 4
"""Convolutions of `characters` before the features: its middle."""


@dataclass(frozen=True)
class Way:
    """One change to how the head lies on the chips."""

    name: str
    strategy: str = "hybrid"
    copies: int = 1
    technology: str = "leti_hfo2_130nm"
    line_resistance_ohm: float = 1.0


WAYS = (
    Way("as it is: hybrid, one pair of cells a weight"),
    Way("lines without resistance", line_resistance_ohm=0.0),
    Way("closed-loop", strategy="closed-loop"),
    Way("pair-corrected", strategy="pair-corrected"),
    Way("two pairs a weight, 18 arrays", copies=2),
    Way("ideal cells, the same converters and lines", technology="ideal"),
)


def main() -> None:
    """Measure every way on the same tasks, and print a table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--part", choices=("background", "evaluation"), default="background")
    options.add_argument("--tasks", type=int, default=240)
    options.add_argument("--data", type=Path, help="folder with Omniglot; the usual places otherwise")
    given = options.parse_args()
    load = evaluation_examples if given.part == "evaluation" else training_examples
    task = oh.draw_tasks(with_64_features(load("omniglot", given.data)), tasks=given.tasks, seed=4)
    print(f"Omniglot, {given.part} alphabets, {given.tasks} tasks\n")
    print("| | exact weights % | chip less exact weights, points | energy uJ |\n|---|---|---|---|")
    for way in WAYS:
        circuit = oh.Circuit(line_resistance_ohm=way.line_resistance_ohm)
        chips = oh.SimulatedChips(way.technology, chips=given.tasks, arrays=9 * way.copies, circuit=circuit)
        result = oh.adapt(
            oh.bundle_for(features=64, ways=5, hidden=(128,), copies=way.copies),
            task.support,
            task.support_labels,
            query=(task.query, task.query_labels),
            chips=chips,
            strategy=way.strategy,
        )
        points, half = mean_and_half(result.accuracy - result.accuracy_software, 100)
        exact, joules = float(result.accuracy_software.mean()), float(result.energy.mean())
        print(f"| {way.name} | {100 * exact:.1f} | {points:+.2f} ± {half:.2f} | {1e6 * joules:.2f} |", flush=True)


def with_64_features(drawings: Examples) -> Examples:
    """The strongest answer of each of 64 channels in the middle of the network `characters`."""
    bundle = oh.load_bundle("characters")
    network = bundle.header.network
    inner = run_convolutions(
        bundle.convolutions[:LAYERS], network.convolutions[:LAYERS], bundle.header.preprocessing, drawings.values
    )
    strongest = inner.view(*drawings.values.shape[:2], 64, -1).amax(-1, keepdim=True)
    return replace(drawings, values=strongest, kind="features")


if __name__ == "__main__":
    main()
