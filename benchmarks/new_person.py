"""What meta-learning is worth on a new person: heads with and without it, on simulated chips, paired over people.

    python benchmarks/new_person.py --source emg --data FOLDER

Heads and their settings are chosen on the people to learn from alone. Every person judged learns from the first hold of
each gesture and is judged by later sessions; every head sees the same tasks on the same chips. Prints Markdown.
"""

import argparse
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from ohmshot.adapt.adaptations import Adaptations
from ohmshot.adapt.run import adapt_all
from ohmshot.adapt.settings import AdaptationSettings
from ohmshot.adapt.software import nearest_mean_right
from ohmshot.adapt.tasks import Tasks
from ohmshot.bundle.bundle import Bundle
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.data.emg import HOLDS
from ohmshot.data.episodes import Episodes, EpisodeShape, sample_episodes
from ohmshot.data.examples import Examples
from ohmshot.data.source import PERSONAL, evaluation_examples, training_examples
from ohmshot.foundation.randomness import generator
from ohmshot.foundation.statistics import half_interval_of_groups
from ohmshot.meta.run import meta_train
from ohmshot.meta.settings import MetaTrainingSettings, preset
from ohmshot.plot.style import COLOURS, paper_style, single_column

SHIPPED = "MAML, first layer"
HAND_MADE = "hand-made"
NEAREST = "nearest mean, software"


def variants(shipped: MetaTrainingSettings) -> dict[str, MetaTrainingSettings]:
    """Settings of the heads to compare, by name."""
    changes: dict[str, dict[str, object]] = {
        SHIPPED: {},
        HAND_MADE: {"head_iterations": 0, "first_full_scale": 1.0, "full_scales": (0.2, 0.3, 0.4)},
        "MAML, both layers move": {"first_layer_rate": 0.1},
        "first-order MAML": {"algorithm": "first-order-maml"},
        "Reptile": {"algorithm": "reptile"},
    }
    return {name: shipped.model_copy(update=change) for name, change in changes.items()}


def trained(settings: MetaTrainingSettings, training: Examples) -> Bundle:
    """Meta-train a bundle and throw its checkpoints away."""
    with tempfile.TemporaryDirectory() as folder:
        return meta_train(settings, training, Path(folder), lambda *report: None)


def whitened(bundle: Bundle, training: Examples) -> Bundle:
    """Put a fixed linear map before a hand-made head that whitens the spread within classes of the training people."""
    features = bundle.features(training.values)
    within = (features - features.mean(1, keepdim=True)).flatten(0, 1).double()
    values, vectors = torch.linalg.eigh(within.T @ within / len(within))
    matrix = (vectors * (values + 1e-2 * values.mean()).rsqrt()).float()
    return WhitenedBundle(bundle.header, bundle.convolutions, bundle.head, matrix)


class WhitenedBundle(Bundle):
    """A bundle whose features go through a matrix [features, features]."""

    def __init__(self, header: object, convolutions: object, head: object, matrix: Tensor) -> None:
        super().__init__(header, convolutions, head)  # type: ignore[arg-type]
        object.__setattr__(self, "matrix", matrix)

    def features(self, examples: Tensor, batch: int = 1024) -> Tensor:
        """See `Bundle.features`."""
        return super().features(examples, batch) @ self.matrix  # type: ignore[attr-defined, no-any-return]


def one_for_all(training: Examples, bundle: Bundle, examples: Examples, episodes: Episodes, seed: int) -> Tensor:
    """One network of the head's size, trained on all people and not adapted: right share of each task's queries."""
    torch.manual_seed(seed)
    network = bundle.header.network
    ways = len(training.class_names) // len(training.group_names)
    inputs = bundle.features(training.values).flatten(0, 1)
    labels = (torch.arange(training.classes) % ways).repeat_interleave(training.examples_per_class)
    layers = [torch.nn.Linear(network.features, network.hidden[0]), torch.nn.Linear(network.hidden[0], ways)]
    model = torch.nn.Sequential(layers[0], torch.nn.ReLU(), layers[1])
    optimiser = torch.optim.Adam(model.parameters(), 3e-3, weight_decay=1e-4)
    for _ in range(600):
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(model(inputs), labels).backward()
        optimiser.step()
    with torch.no_grad():
        answers = model(bundle.features(examples.values)).argmax(-1)
    asked = answers[episodes.characters[:, :, None], episodes.query_drawings].flatten(1)
    truth = (episodes.characters % ways).repeat_interleave(episodes.shape.queries, dim=1)
    return (asked == truth).double().mean(1)


def folds_of(source: str) -> tuple[str, ...]:
    """Sources that `source` stands for: itself, or all whose names it begins ("speech" for every speaker held out)."""
    return (source,) if source in PERSONAL else tuple(each for each in PERSONAL if each.startswith(f"{source}-"))


@dataclass(frozen=True)
class Judged:
    """What one head did on every task.

    Attributes:
        made_by: what made it.
        learned: right share of each task's queries, float64 [tasks].
        baked: the same after the bake; None in software.
        cells: cells written, [tasks]; None in software.
        joules: energy of all updates, [tasks]; None in software.
    """

    made_by: str
    learned: Tensor
    baked: Tensor | None = None
    cells: Tensor | None = None
    joules: Tensor | None = None

    @classmethod
    def of_chips(cls, made_by: str, made: Adaptations) -> "Judged":
        """What chips did."""
        joules = torch.stack([update.joules for update in made.updates]).sum(0)
        return cls(made_by, made.learned, made.accuracy_after_bake, made.cells_written.double().sum(1), joules)

    def after(self, earlier: "Judged") -> "Judged":
        """The tasks of an earlier fold, then these."""
        joined = {
            name: None if getattr(self, name) is None else torch.cat([getattr(earlier, name), getattr(self, name)])
            for name in ("learned", "baked", "cells", "joules")
        }
        makers = dict.fromkeys([*earlier.made_by.split("; "), self.made_by])
        return replace(self, made_by="; ".join(makers), **joined)


def rows(args: argparse.Namespace) -> Iterator[tuple[str, ...]]:
    """Measure every head, on every fold where there are several."""
    heads: dict[str, Judged] = {}
    people: list[str] = []
    for source in folds_of(args.source):
        found, judged_people = measured(source, args)
        heads = {name: each.after(heads[name]) if heads else each for name, each in found.items()}
        people += judged_people
    person = torch.tensor([sorted(set(people)).index(each) for each in people])
    base, nearest = heads[HAND_MADE].learned, heads[NEAREST].learned
    for name, each in heads.items():
        yield (
            name,
            each.made_by,
            _with_interval(each.learned, person),
            _gain(each.learned, base, person),
            _gain(each.learned, nearest, person),
            "" if each.baked is None else _with_interval(each.baked, person),
            "" if each.cells is None else f"{float(each.cells.mean()):.0f}",
            "" if each.joules is None else f"{1e6 * float(each.joules.mean()):.2f}",
        )


def measured(source: str, args: argparse.Namespace) -> tuple[dict[str, Judged], list[str]]:
    """Every head on the tasks of one source, and the person of each task."""
    training, judged = training_examples(source, args.data), evaluation_examples(source, args.data)
    settings = preset(PERSONAL[source])
    shape = EpisodeShape(settings.ways, args.shots, args.queries, "one group")
    episodes = sample_episodes(judged, shape, args.episodes, generator(args.seed, "episodes"))
    learned = {
        name: each
        for name, each in variants(settings).items()
        if name == HAND_MADE or args.only is None or name in args.only
    }
    bundles = {name: trained(each, training) for name, each in learned.items()}
    bundles["hand-made, whitened features"] = whitened(bundles[HAND_MADE], training)
    run = AdaptationSettings(episodes=args.episodes, chips=args.chips, seed=args.seed, shape=shape)
    cell = load_parameter_set("leti_hfo2_130nm").values
    heads = {
        name: Judged.of_chips(each.header.provenance.head, adapt_all(each, _tasks(each, judged, episodes), cell, run))
        for name, each in bundles.items()
    }
    tasks = _tasks(bundles[HAND_MADE], judged, episodes)
    heads[NEAREST] = Judged("none", nearest_mean_right(bundles[HAND_MADE], tasks).double().mean(1))
    same = one_for_all(training, bundles[HAND_MADE], judged, episodes, args.seed)
    heads["one network for all people, software"] = Judged("none", same)
    people = [name.split(",")[0] for name in judged.group_names]  # either arm of a person is hers
    return heads, [people[number] for number in judged.group[episodes.characters[:, 0]].tolist()]


def sessions(args: argparse.Namespace) -> Iterator[tuple[str, ...]]:
    """Learn once, in the first session, or anew in each later one; judge by the other holds of the later session."""
    training, judged = training_examples(args.source, args.data), evaluation_examples(args.source, args.data)
    settings = preset("emg")
    bundle = trained(settings, training)
    shape = EpisodeShape(settings.ways, args.shots, args.queries, "one group")
    run = AdaptationSettings(episodes=args.episodes, chips=args.chips, seed=args.seed, shape=shape)
    cell = load_parameter_set("leti_hfo2_130nm").values
    for session in (1, 2):
        first, *others = (HOLDS * session + hold for hold in range(HOLDS))
        found = []
        for support in (0, first):
            examples = replace(judged, support_recordings=(support,), query_recordings=tuple(others))
            episodes = sample_episodes(examples, shape, args.episodes, generator(args.seed, "episodes"))
            found.append(adapt_all(bundle, _tasks(bundle, examples, episodes), cell, run).learned)
        person = judged.group[episodes.characters[:, 0]]
        once, anew = found
        yield (
            f"session {session + 1}",
            _with_interval(once, person),
            _with_interval(anew, person),
            _gain(anew, once, person),
        )


def _tasks(bundle: Bundle, judged: Examples, episodes: Episodes) -> Tasks:
    return Tasks(bundle.features(judged.values), episodes)


def _with_interval(values: Tensor, person: Tensor) -> str:
    return f"{100 * _mean(values, person):.1f} ± {100 * (half_interval_of_groups(values, person) or 0):.1f}"


def _gain(values: Tensor, base: Tensor, person: Tensor) -> str:
    gains = values - base
    return f"{100 * _mean(gains, person):+.1f} ± {100 * (half_interval_of_groups(gains, person) or 0):.1f}"


def _mean(values: Tensor, person: Tensor) -> float:
    """Mean over people of each one's mean."""
    return float(torch.stack([values[person == number].mean() for number in person.unique()]).mean())


def draw(table: list[tuple[str, ...]], path: Path) -> None:
    """Draw the accuracy of each head as a bar, with its interval over people."""
    with paper_style():
        figure = single_column()
        axis = figure.subplots()
        for place, row in enumerate(reversed(table)):
            mean, half = (float(number) for number in row[2].split(" ± "))
            colour = COLOURS[0] if row[0] == SHIPPED else "0.7"
            axis.barh(place, mean, xerr=half, color=colour, error_kw={"linewidth": 1})
            ink = "white" if row[0] == SHIPPED else "black"
            axis.text(1, place, f"{row[0]}: {mean:.1f} %", va="center", fontsize=6, color=ink)
        axis.set(xlabel="right answers in later sessions (%)", xlim=(0, 100), yticks=[])
        axis.grid(False)
        figure.savefig(path, dpi=200)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    several = sorted({each.split("-")[0] for each in PERSONAL if each.split("-")[0] not in PERSONAL} - {"invented"})
    parser.add_argument("--source", default="invented-emg", choices=sorted([*PERSONAL, *several]))
    parser.add_argument("--data", type=Path, default=None)
    parser.add_argument("--shots", type=int, default=1)
    parser.add_argument("--queries", type=int, default=15)
    parser.add_argument("--episodes", type=int, default=540)
    parser.add_argument("--chips", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="+", default=None, metavar="HEAD", help="of the learned heads, only these")
    parser.add_argument("--figure", type=Path, default=None, help="draw the accuracies here")
    parser.add_argument("--sessions", action="store_true", help="compare learning once with learning in each session")
    given = parser.parse_args()
    if given.sessions:
        print("| judged in | learned once, in session 1 % | learned anew in this session % | gain |")
        print("|---|---|---|---|")
        for row in sessions(given):
            print(f"| {' | '.join(row)} |", flush=True)
        return
    table = list(rows(given))
    columns = ("head", "made by", "accuracy %", "over hand-made", "over nearest mean", "baked %", "cells written", "uJ")
    print(f"| {' | '.join(columns)} |")
    print("|---" * len(columns) + "|")
    for row in table:
        print(f"| {' | '.join(row)} |")
    if given.figure:
        draw(table, given.figure)


if __name__ == "__main__":
    main()
