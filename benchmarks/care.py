"""Stuck cells on both roads: the same chips learn the same tasks as `ohmshot demo` and as `ohmshot adapt` runs them.

    python benchmarks/care.py [--tasks 100] [--stuck 0.1] [--source invented]

Prints mean accuracy after five updates with 95 % intervals, their paired difference, and what no care would give.
"""

import argparse

import torch

from ohmshot.adapt.run import adapt_chips
from ohmshot.adapt.settings import AdaptationSettings
from ohmshot.adapt.tasks import Tasks
from ohmshot.bundle.file import shipped_bundle
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.faults.injected import simulated_chips
from ohmshot.chip.faults.injection import Injection
from ohmshot.data.episodes import EpisodeShape, sample_episodes
from ohmshot.data.source import evaluation_examples
from ohmshot.foundation.randomness import generator
from ohmshot.foundation.statistics import half_interval
from ohmshot.host.care.care import NO_CARE, REPAIR, Care
from ohmshot.host.learner import Learner, LearnerSettings
from ohmshot.task.steps import TaskOnChip, seen_steps

SEED, CHIPS = 3, 20
CELL = load_parameter_set("leti_hfo2_130nm").values


def roads(tasks: Tasks, number: int, stuck: float) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Whether each query is answered right: without care, through demo's road, through adapt's, bool [queries] each."""
    bundle, task = shipped_bundle("four-convolutions"), tasks.batch(range(number, number + 1))

    def chip() -> object:
        return simulated_chips(CELL, Circuit(), SEED, [number % CHIPS], [number], Injection(stuck=stuck))

    def demo(care: Care) -> torch.Tensor:
        settings = AdaptationSettings(seed=SEED, care=care)
        return adapt_chips(chip(), bundle, task, settings).answers[0]  # type: ignore[arg-type]

    crossbar = chip()
    learner = Learner(crossbar, bundle, LearnerSettings())  # type: ignore[arg-type]
    on_chip = TaskOnChip(learner, crossbar, task.support[0], task.support_labels, {"query": task.query[0]}, "a chip")  # type: ignore[arg-type]
    adapted = seen_steps(on_chip, None, lambda done: None, print)[-1].shares["query"].argmax(-1)
    return tuple(answers == task.query_labels for answers in (demo(NO_CARE), demo(REPAIR), adapted))  # type: ignore[return-value]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", type=int, default=100)
    parser.add_argument("--stuck", type=float, default=0.1)
    parser.add_argument("--source", default="invented")
    asked = parser.parse_args()
    examples, bundle = evaluation_examples(asked.source), shipped_bundle("four-convolutions")
    episodes = sample_episodes(examples, EpisodeShape(5, 5, 15), asked.tasks, generator(SEED, "episodes"))
    tasks = Tasks(bundle.features(examples.values), episodes)
    right = torch.stack([torch.stack(roads(tasks, number, asked.stuck)) for number in range(asked.tasks)])
    share = 100 * right.double().mean(-1)
    for name, values in zip(("no care", "demo", "adapt"), share.unbind(1), strict=True):
        print(f"{name:8} {values.mean():6.2f} +- {half_interval(values):.2f} %")
    difference = share[:, 2] - share[:, 1]
    print(f"adapt - demo {difference.mean():+.2f} +- {half_interval(difference):.2f} points")


if __name__ == "__main__":
    main()
