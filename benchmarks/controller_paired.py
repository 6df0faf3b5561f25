"""The controller beside the computer in the loop, on the same chips and tasks, paired by episode.

    python benchmarks/controller_paired.py                                   # every task, as `ohmshot demo` runs it
    python benchmarks/controller_paired.py --tasks omniglot-5w5s --fixed-layers --part background

The figures are those of `ohmshot demo --episodes 2000 --chips 20` with and without `--controller`, and with the source,
ways and shots of a row; a demo says each accuracy by itself, and this also their difference. `--fixed-layers` takes the
features of the 8-bit convolutions in a third column. `--part background` takes the classes that settings are chosen
with. Prints Markdown; intervals are of 95 % over episodes.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

import ohmshot as oh
from ohmshot.adapt.adaptations import Adaptations
from ohmshot.adapt.run import adapt_all
from ohmshot.adapt.settings import AdaptationSettings
from ohmshot.adapt.tasks import Tasks
from ohmshot.bundle.bundle import Bundle
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.chip.datasheet import simulated_datasheet
from ohmshot.controller.arithmetic import ControllerArithmetic
from ohmshot.controller.firmware.for_chip import range_drawings
from ohmshot.controller.fixed_layers import fixed_layers
from ohmshot.controller.road import hosted_by
from ohmshot.data.episodes import EpisodeShape, Scope, sample_episodes
from ohmshot.data.examples import Examples
from ohmshot.data.source import PERSONAL, evaluation_examples, training_examples
from ohmshot.foundation.randomness import generator
from ohmshot.foundation.statistics import mean_and_half
from ohmshot.host.array import circuit_for
from ohmshot.host.learner import LearnerSettings
from ohmshot.meta.personal import personal_bundle


@dataclass(frozen=True)
class Row:
    """A task: options of `ohmshot demo`."""

    source: str
    ways: int
    shots: int
    bundle: str = "characters"


TASKS = {
    "omniglot-5w5s": Row("omniglot", 5, 5),
    "omniglot-5w1s": Row("omniglot", 5, 1),
    "omniglot-20w5s": Row("omniglot", 20, 5),
    "omniglot-5w5s-four": Row("omniglot", 5, 5, "four-convolutions"),
    "omniglot-5w1s-four": Row("omniglot", 5, 1, "four-convolutions"),
    "digits-5w5s": Row("digits", 5, 5),
    "emg-7w1s": Row("emg", 7, 1),
    "emg-7w5s": Row("emg", 7, 5),
}


class Data:
    """Examples, bundles and features, each made once."""

    def __init__(self, given: argparse.Namespace) -> None:
        self._load = evaluation_examples if given.part == "evaluation" else training_examples
        self._location, self._classes = given.data, given.classes
        self._kept: dict[object, object] = {}

    def examples(self, row: Row) -> Examples:
        """Classes of the part, or some of them, spread over all."""
        return self._once(("examples", row.source), lambda: self._some(self._load(row.source, self._location)))

    def _some(self, examples: Examples) -> Examples:
        if self._classes is None or self._classes >= examples.classes:
            return examples
        kept = torch.arange(self._classes) * examples.classes // self._classes
        names = tuple(examples.class_names[number] for number in kept.tolist())
        return replace(examples, values=examples.values[kept], group=examples.group[kept], class_names=names)

    def bundle(self, row: Row) -> Bundle:
        """The initialisation."""
        if row.source not in PERSONAL:
            return oh.load_bundle(row.bundle)
        training = training_examples(row.source, self._location)
        return self._once(
            ("bundle", row.source), lambda: personal_bundle(PERSONAL[row.source], training, lambda *_: None)
        )

    def features(self, row: Row) -> Tensor:
        """By floating point, [classes, examples, features]."""
        return self._once(
            ("features", row.source, row.bundle), lambda: self.bundle(row).features(self.examples(row).values)
        )

    def in_8_bits(self, row: Row) -> Tensor:
        """By the 8-bit convolutions: codes times what one stands for."""
        return self._once(("8 bits", row.source, row.bundle), lambda: self._in_8_bits(row))

    def _in_8_bits(self, row: Row) -> Tensor:
        bundle, drawings = self.bundle(row), self.examples(row).values
        sheet = simulated_datasheet(load_parameter_set("leti_hfo2_130nm").values, circuit_for(bundle))
        configuration = ControllerArithmetic().array(sheet, 1, bundle, "datasheet", "one-sided").controller
        layers = fixed_layers(bundle, configuration, range_drawings())
        unit = configuration.feature_unit if configuration.standardises else configuration.input_units[0]
        parts = [layers.codes(part) for part in drawings.flatten(0, 1).split(500)]
        return torch.cat(parts).view(*drawings.shape[:2], -1).float() * unit

    def _once(self, key: object, make):  # type: ignore[no-untyped-def]
        if key not in self._kept:
            self._kept[key] = make()
        return self._kept[key]


def made_by(data: Data, row: Row, given: argparse.Namespace) -> Iterator[tuple[str, Adaptations]]:
    """Adapt the same chips to the same tasks by each host."""
    bundle = data.bundle(row).for_ways(row.ways)
    scope: Scope = "one group" if row.source in PERSONAL else "any"
    shape = EpisodeShape(row.ways, row.shots, 15, scope)
    episodes = sample_episodes(data.examples(row), shape, given.episodes, generator(given.seed, "episodes"))
    settings = AdaptationSettings(
        episodes=given.episodes, chips=given.chips, seed=given.seed, shape=shape, circuit=circuit_for(bundle)
    )
    cell = load_parameter_set("leti_hfo2_130nm").values
    learners = [("computer", "computer", data.features(row)), ("controller", "controller", data.features(row))]
    if given.fixed_layers:
        learners.append(("controller, 8 bits", "controller", data.in_8_bits(row)))
    for name, host, features in learners:
        learner = hosted_by(host, LearnerSettings())  # type: ignore[arg-type]
        yield name, adapt_all(bundle, Tasks(features, episodes), cell, replace(settings, learner=learner))


def line(name: str, made: dict[str, Adaptations]) -> str:
    """One line of the table: accuracy of each, and differences to the computer's."""
    computer = made["computer"]
    cells = [name, _percent(computer.learned)]
    for each, one in made.items():
        if each != "computer":
            cells += [
                _percent(one.learned),
                _points(one.learned - computer.learned),
                _points(one.accuracy_after_bake - computer.accuracy_after_bake),
            ]
    if len(made) > 2:
        cells.append(_points(made["controller, 8 bits"].learned - made["controller"].learned))
    return f"| {' | '.join(cells)} |"


def _percent(values: Tensor) -> str:
    mean, half = mean_and_half(values, 100)
    return f"{mean:.2f} ± {half:.2f}"


def _points(values: Tensor) -> str:
    mean, half = mean_and_half(values, 100)
    return f"{mean:+.2f} ± {half:.2f}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", nargs="+", default=list(TASKS), choices=list(TASKS))
    parser.add_argument("--part", choices=("background", "evaluation"), default="evaluation")
    parser.add_argument("--episodes", type=int, default=2000)
    parser.add_argument("--chips", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--fixed-layers", action="store_true", help="also with the features of the 8-bit convolutions")
    parser.add_argument("--classes", type=int, default=None, help="only so many classes, spread over all")
    parser.add_argument("--data", type=Path, default=None)
    given = parser.parse_args()
    columns = ["task", "computer %", "controller %", "controller less computer", "baked"]
    if given.fixed_layers:
        columns += ["controller, 8 bits %", "less computer", "baked", "8 bits less floating-point features"]
    print(f"| {' | '.join(columns)} |\n" + "|---" * len(columns) + "|")
    data = Data(given)
    for name in given.tasks:
        print(line(name, dict(made_by(data, TASKS[name], given))), flush=True)


if __name__ == "__main__":
    main()
