"""A chip as a scikit-learn estimator.

Within this module ``sklearn`` is scikit-learn: imports are absolute.
"""

import copy
import math
import numbers
import warnings
from dataclasses import replace
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data
from torch import Tensor

from ohmshot.adapt.adaptation import adaptation
from ohmshot.adapt.bake import Bake
from ohmshot.adapt.loss import loss_to_exact_weights, signs_of
from ohmshot.bundle import head as heads
from ohmshot.bundle.bundle import Bundle
from ohmshot.bundle.for_features import bundle_for
from ohmshot.bundle.header import DrawingPreprocessing
from ohmshot.bundle.standard import TaskStandard
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.simulated_chips import DEFAULT_TECHNOLOGY, SimulatedChips
from ohmshot.foundation.errors import DataError, SettingsError
from ohmshot.host.array import arrays_for
from ohmshot.host.learner import Learner, LearnerSettings
from ohmshot.host.strategies.registry import strategy_named

__all__ = ["OnChipClassifier"]

ASKED_AT_ONCE = 8192
"""Examples of one multiply; bounds the memory."""


class TrainingDataError(DataError, ValueError):
    """Examples that no chip can learn from; a ValueError too, as scikit-learn expects."""


class ChipBehindWarning(UserWarning):
    """A chip answers worse than the exact weights that it stands for."""


class OnChipClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A classifier whose last layers live and learn in the resistive memory of a simulated chip.

    `fit` takes a fresh chip, writes the initialisation of a bundle into its cells and makes the bundle's updates, with
    all examples as the support set; every class counts the same, however many examples it has. Answers are analog
    multiplies with the read noise of the cells and the converters' steps. Fits a `Pipeline`, `cross_val_score` and
    `GridSearchCV`; features should have one size, so put a `StandardScaler` before it.

    Asking leaves the classifier as it is: `predict` and its like put each question to a copy of the chip as `fit` has
    left it. So the same examples in the same order get the same answers. In another order or in other company an
    example meets other read noise, as in any two reads of a chip; ``technology="ideal"`` has none.

    Args:
        bundle: what the chip starts from; its examples are the rows of X, reshaped. None for
            `ohmshot.bundle_for` of as many features and classes as there are, and these brought to mean 0 and root mean
            square 1 together.
        technology: parameter set of the cells: a name (`ohmshot parameters list`) or a TOML file.
        strategy: programming strategy (docs/strategies.md).
        arrays: arrays of 32 x 64 cells side by side; None for as many as the head needs.
        updates: gradient steps; at most as many as a given bundle has rates for.
        learning_rate: factor on the learning rates of the bundle.
        bake_hours: storage after learning, in hours: what is asked is the chip after it.
        bake_celsius: temperature of that storage in degrees Celsius.
        random_state: seed of the chip: which devices it has and what they draw. An integer is the same chip as
            ``SimulatedChips(seed=random_state)``.

    Attributes:
        classes_: labels of the classes, sorted, [classes].
        n_features_in_: number of columns of X.
        feature_names_in_: names of the columns, where X has any.
        bundle_: what the chip started from.
        chip_: the chip (`ohmshot.SimulatedChips`).
        learner_: the host, with the exact weights that the chip stands for in ``learner_.shadow``.
        energy_joules_: energy in J that the updates took, multiplies of the examples included; ``chip_.meter()`` has
            that of forming and of the initialisation too.
        cells_written_: cells whose target an update moved, one count each time.

    Warns:
        ChipBehindWarning: the chip answers its training examples worse than exact weights do, by 3 points or more
            and by more than chance: the rule of all commands.

    Raises:
        TrainingDataError: fewer than two classes, or rows that are no examples for the given bundle.
        SettingsError: no such strategy, too few arrays, no updates, a learning rate of 0 or below, no such bake.
        ParameterError: no such technology.

    Examples:
        >>> import ohmshot as oh
        >>> from sklearn.datasets import load_digits
        >>> from sklearn.decomposition import PCA
        >>> from sklearn.model_selection import train_test_split
        >>> from sklearn.pipeline import make_pipeline
        >>> X, y = load_digits(return_X_y=True)
        >>> X_train, X_test, y_train, y_test = train_test_split(X, y, train_size=50, stratify=y, random_state=0)
        >>> model = make_pipeline(PCA(19), oh.sklearn.OnChipClassifier()).fit(X_train, y_train)
        >>> bool(model.score(X_test, y_test) > 0.75)
        True
        >>> model[-1].chip_
        SimulatedChips('leti_hfo2_130nm': 1 chip of 32 x 64 cells)
    """

    def __init__(
        self,
        bundle: Bundle | None = None,
        *,
        technology: str = DEFAULT_TECHNOLOGY,
        strategy: str = "hybrid",
        arrays: int | None = None,
        updates: int = 5,
        learning_rate: float = 1.0,
        bake_hours: float = 0.0,
        bake_celsius: float = 150.0,
        random_state: int | np.random.RandomState | None = 0,
    ) -> None:
        self.bundle = bundle
        self.technology = technology
        self.strategy = strategy
        self.arrays = arrays
        self.updates = updates
        self.learning_rate = learning_rate
        self.bake_hours = bake_hours
        self.bake_celsius = bake_celsius
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:  # noqa: N803
        """Let a fresh chip learn.

        Args:
            X: examples, [examples, features].
            y: their labels, [examples], numbers or strings.
        """
        bake = Bake(self.bake_hours, self.bake_celsius)
        rows, y = validate_data(self, X, y)
        check_classification_targets(y)
        self.classes_, label_numbers = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise TrainingDataError(f"y holds one class, '{self.classes_[0]}'. Give examples of at least two.")
        labels = torch.from_numpy(label_numbers)
        self._standard = (
            TaskStandard.of(torch.tensor(rows, dtype=torch.float64), labels) if self.bundle is None else None
        )
        self.bundle_ = self._bundle()
        arrays = arrays_for(self.bundle_, Circuit()) if self.arrays is None else self.arrays
        self.chip_ = SimulatedChips(self.technology, seed=self._chip_seed(), arrays=arrays)
        self.learner_ = Learner(self.chip_, self.bundle_, LearnerSettings(strategy_named(self.strategy)))
        features = self._features(rows)
        _, *updates = adaptation(self.learner_, features[None], labels)
        self.energy_joules_ = sum(float(update.cost.joules) for update in updates)
        self.cells_written_ = sum(int(update.changed) for update in updates)
        bake.apply_to(self.chip_)
        self._warn_if_behind(features, labels)
        return self

    def decision_function(self, X: ArrayLike) -> NDArray[np.float64]:  # noqa: N803
        """Logits of the classes as the chip gives them, [examples, classes].

        For two classes the second less the first, [examples].

        Args:
            X: examples, [examples, features].
        """
        logits = self._logits(X)
        return logits[:, 1] - logits[:, 0] if len(self.classes_) == 2 else logits

    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]:  # noqa: N803
        """Probabilities of the classes: the softmax of the logits, [examples, classes].

        Args:
            X: examples, [examples, features].
        """
        probabilities: NDArray[np.float64] = torch.softmax(torch.from_numpy(self._logits(X)), -1).numpy()
        return probabilities

    def predict(self, X: ArrayLike) -> NDArray[Any]:  # noqa: N803
        """Label of the class with the largest logit of each example, [examples].

        Args:
            X: examples, [examples, features].
        """
        answers = self._logits(X).argmax(1)
        labels: NDArray[Any] = self.classes_[answers]
        return labels

    def features_of(self, X: ArrayLike) -> Tensor:  # noqa: N803
        """Features of examples as the head on the chip gets them before the bundle's standard, float32 [examples, n].

        For references in software: with them `ohmshot.adapt.software.software_heads` learns in exact weights.

        Args:
            X: examples, [examples, features].
        """
        check_is_fitted(self)
        return self._features(validate_data(self, X, reset=False))

    def _features(self, rows: NDArray[Any]) -> Tensor:
        """See `features_of`; rows keep their digits until their mean is taken off."""
        values = torch.tensor(rows, dtype=torch.float64)
        if self._standard is not None:
            values = self._standard(values)
        examples = values.view(-1, *self.bundle_.example_shape)
        if isinstance(self.bundle_.header.preprocessing, DrawingPreprocessing):
            return self.bundle_.features(_ink(examples))
        return self.bundle_.features(examples.float())

    def _bundle(self) -> Bundle:
        """What the chip starts from, for these classes, with as many updates as are asked for."""
        features, ways = self.n_features_in_, len(self.classes_)
        if not self.learning_rate > 0:
            raise SettingsError(f"A learning rate of {self.learning_rate} learns nothing. Give a factor above 0.")
        if self.bundle is None:
            bundle = bundle_for(features, ways, updates=self.updates, unit_length=False)
            return _at_rates(bundle, self.learning_rate)
        if features != math.prod(self.bundle.example_shape):
            raise TrainingDataError(
                f"X has {features} features; the bundle {self.bundle.header.name} is for "
                f"{math.prod(self.bundle.example_shape)}, {' x '.join(map(str, self.bundle.example_shape))} in a row."
            )
        rates = self.bundle.header.rates
        if not 1 <= self.updates <= len(rates):
            raise SettingsError(f"The bundle {self.bundle.header.name} has rates for 1 to {len(rates)} updates.")
        bundle = self.bundle.for_ways(ways)
        header = bundle.header.model_copy(update={"rates": bundle.header.rates[: self.updates]})
        return _at_rates(replace(bundle, header=header), self.learning_rate)

    def _logits(self, X: ArrayLike) -> NDArray[np.float64]:  # noqa: N803
        """Logits of rows, float64 [examples, classes]."""
        logits: NDArray[np.float64] = self._asked(self.features_of(X)).double().numpy()
        return logits

    def _asked(self, features: Tensor) -> Tensor:
        """Logits as a copy of the chip gives them, [examples, classes]."""
        host = copy.deepcopy(self.learner_, {id(self.bundle_): self.bundle_})  # all but the bundle, which never changes
        return torch.cat([host.forward(part[None]).logits[0] for part in torch.split(features, ASKED_AT_ONCE)])

    def _warn_if_behind(self, features: Tensor, labels: Tensor) -> None:
        """Say so where the chip answers its own training examples worse than the weights that it stands for."""
        host = self.learner_
        exact = heads.forward(host.shadow, host.standard(features[None])).logits
        logits = self._asked(features)[None]
        chip, software = ((found.argmax(-1) == labels).double().mean(-1) for found in (logits, exact))
        signs = signs_of(host, self.chip_.true_conductances(), features[None], labels, logits)
        loss = loss_to_exact_weights(chip, software, len(labels), signs)
        if loss.large:
            bake = " So would a shorter bake." if self.bake_hours else ""
            warnings.warn(f"On its training examples: {loss.words}{bake}", ChipBehindWarning, stacklevel=3)

    def _chip_seed(self) -> int:
        if isinstance(self.random_state, numbers.Integral):
            return int(self.random_state)
        return int(check_random_state(self.random_state).randint(np.iinfo(np.int32).max))


def _at_rates(bundle: Bundle, factor: float) -> Bundle:
    """A bundle with learning rates times a factor."""
    rates = tuple(tuple(factor * rate for rate in row) for row in bundle.header.rates)
    return replace(bundle, header=bundle.header.model_copy(update={"rates": rates}))


def _ink(values: Tensor) -> Tensor:
    """Drawings of whole numbers as uint8.

    Raises:
        TrainingDataError: numbers that are no grey levels.
    """
    if bool(((values < 0) | (values > 255) | (values != values.round())).any()):
        raise TrainingDataError("The bundle is for drawings: X holds whole numbers from 0, paper, to 255, ink.")
    return values.to(torch.uint8)
