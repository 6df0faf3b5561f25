"""A chip as a scikit-learn estimator on scikit-learn's digits, beside software on the same features.

    python benchmarks/scikit_learn_digits.py

Few examples: every resampling draws some digits of each class to learn from, and all the others judge; resampling k
goes to chip k modulo the number of chips. All examples: five folds, on every chip. What stands before the classifier is
fitted to the examples to learn from alone. Prints Markdown.

Intervals are of 95 %. With few examples and on chips: Student's t over the means of the chips. Software on all examples
gives one number; its interval is that of a share of 1,797 answers (Wilson).
"""

import argparse
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.base import TransformerMixin
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.neighbors import NearestCentroid
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from ohmshot.adapt.software import software_heads
from ohmshot.bundle import head as heads
from ohmshot.foundation.randomness import derived_seed
from ohmshot.foundation.statistics import half_interval_of_groups, wilson
from ohmshot.sklearn import OnChipClassifier

Rows, Labels, Right = NDArray[np.float64], NDArray[np.int64], NDArray[np.bool_]

FEATURES: dict[str, Callable[[], TransformerMixin]] = {
    "64 pixels": FunctionTransformer,
    "StandardScaler, PCA(19)": lambda: make_pipeline(StandardScaler(), PCA(19, random_state=0)),
}
CHIP, MORE = "`OnChipClassifier`", "`OnChipClassifier(updates=20)`"
BAKED, EXACT = "`OnChipClassifier` after 12 h at 150 °C", "its five updates in exact weights"
NEAREST, LOGISTIC = "`NearestCentroid`", "`LogisticRegression`"


@dataclass(frozen=True)
class Run:
    """Classifiers that learned from the same examples.

    Attributes:
        chip: number of the chip.
        right: which answers of each classifier are right.
        cost: of the updates on a chip: cells written, and energy in uJ.
    """

    chip: int
    right: dict[str, Right]
    cost: dict[str, tuple[int, float]]


def run(train: tuple[Rows, Labels], test: tuple[Rows, Labels], features: str, chip: int, software: bool) -> Run:
    """Let a chip, and software if it is asked for, learn from examples and answer others."""
    before = FEATURES[features]()
    learned, asked = before.fit_transform(train[0]), before.transform(test[0])
    chips = {
        CHIP: OnChipClassifier(random_state=chip),
        MORE: OnChipClassifier(random_state=chip, updates=20),
        BAKED: OnChipClassifier(random_state=chip, bake_hours=12.0, bake_celsius=150.0),
    }
    answers = {name: model.fit(learned, train[1]).predict(asked) for name, model in chips.items()}
    if software:
        answers[EXACT] = exact_answers(chips[CHIP], learned, train[1], asked)
        answers[NEAREST] = NearestCentroid().fit(learned, train[1]).predict(asked)
        answers[LOGISTIC] = LogisticRegression(max_iter=1000).fit(learned, train[1]).predict(asked)
    right = {name: found == test[1] for name, found in answers.items()}
    return Run(chip, right, {name: (each.cells_written_, 1e6 * each.energy_joules_) for name, each in chips.items()})


def exact_answers(model: OnChipClassifier, learned: Rows, y: Labels, asked: Rows) -> Labels:
    """Answers of the updates that a chip has made, made in exact weights."""
    features, numbers = model.features_of(learned), torch.from_numpy(np.searchsorted(model.classes_, y))
    standard = model.bundle_.standard(features, numbers)
    *_, head = software_heads(model.bundle_, standard(features), numbers)
    answers: Labels = model.classes_[heads.forward(head, standard(model.features_of(asked))).logits.argmax(-1).numpy()]
    return answers


def few(digits: tuple[Rows, Labels], shots: int, resamplings: int, chips: int, features: str) -> list[Run]:
    """Learn from some examples of each class."""
    x, y = digits
    runs = []
    for number in range(resamplings):
        order = np.random.default_rng(derived_seed(0, "resampling", number)).permutation(len(y))
        train = np.concatenate([order[y[order] == digit][:shots] for digit in np.unique(y)])
        test = np.setdiff1d(order, train)
        runs.append(run((x[train], y[train]), (x[test], y[test]), features, number % chips, True))
    return runs


def everything(digits: tuple[Rows, Labels], chips: int, features: str) -> list[Run]:
    """Learn from four fifths and answer the rest, five times on each chip; software once."""
    x, y = digits
    folds = list(StratifiedKFold(5, shuffle=True, random_state=0).split(x, y))
    return [
        run((x[train], y[train]), (x[test], y[test]), features, chip, chip == 0)
        for chip in range(chips)
        for train, test in folds
    ]


def table(runs: list[Run], resampled: bool) -> Iterator[str]:
    """Rows of Markdown, one a classifier: accuracy and how much it is above the nearest mean, in per cent."""
    for name in (CHIP, BAKED, MORE, EXACT, NEAREST, LOGISTIC):
        made = [each for each in runs if name in each.right]
        chip = torch.tensor([each.chip for each in made])
        shares = torch.tensor([each.right[name].mean() for each in made])
        half = half_interval_of_groups(shares, chip)
        if half is None:
            answers = np.concatenate([each.right[name] for each in made])
            interval = wilson(int(answers.sum()), len(answers))
            half = (interval.high - interval.low) / 2
        above = ""
        if resampled and name != NEAREST:
            gains = shares - torch.tensor([each.right[NEAREST].mean() for each in made])
            above = f"{100 * float(gains.mean()):+.1f} ± {100 * (half_interval_of_groups(gains, chip) or 0):.1f}"
        spent = [each.cost[name] for each in made if name in each.cost and name != BAKED]
        cost = "{:.0f} | {:.2f}".format(*np.mean(spent, 0)) if spent else " | "
        yield f"| {name} | {100 * float(shares.mean()):.1f} ± {100 * half:.1f} | {above} | {cost} |"


def main() -> None:
    """Print a table for each kind of features and number of examples."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shots", type=int, default=5, help="examples of each class")
    parser.add_argument("--resamplings", type=int, default=500)
    parser.add_argument("--chips", type=int, default=20)
    parser.add_argument("--features", nargs="*", choices=list(FEATURES), default=list(FEATURES))
    given = parser.parse_args()
    # Pixels at the rim are empty in a few examples; the centroids are none the worse for it.
    warnings.filterwarnings("ignore", "self.within_class_std_dev_ has at least 1 zero standard deviation")
    digits = load_digits(return_X_y=True)
    for features in given.features:
        for title, runs in (
            (f"{given.shots} examples a class", few(digits, given.shots, given.resamplings, given.chips, features)),
            ("all examples, five folds", everything(digits, given.chips, features)),
        ):
            print(f"\n{features}, {title}\n\n| classifier | right % | over the nearest mean | cells written | uJ |")
            print("|---|---|---|---|---|")
            print(*table(runs, all(NEAREST in each.right for each in runs)), sep="\n", flush=True)


if __name__ == "__main__":
    main()
