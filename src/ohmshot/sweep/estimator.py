"""Which setting a search tries next: a tree-structured Parzen estimator, by Optuna.

Bergstra et al., NeurIPS 24 (2011): settings are drawn where good ones have been dense and bad ones thin. Settings over
the budget count as bad ones, the further over the worse.
"""

from collections.abc import Sequence

from ohmshot.foundation.errors import SettingsError
from ohmshot.foundation.randomness import derived_seed
from ohmshot.sweep.axis import Axis
from ohmshot.sweep.design import Point
from ohmshot.sweep.parameters import Value

START_UP = 10
"""Settings at random places before the estimator leads."""


class Estimator:
    """Asks for settings and is told what they brought; the same seed and answers give the same questions.

    Args:
        axes: the space.
        seed: of the run.

    Raises:
        SettingsError: Optuna is not installed.
    """

    def __init__(self, axes: Sequence[Axis], seed: int) -> None:
        try:
            import optuna
        except ImportError as error:
            raise SettingsError('Optuna is not installed. Install it with `pip install "ohmshot[search]"`.') from error
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        start = derived_seed(seed, "search") % 2**32
        sampler = optuna.samplers.TPESampler(seed=start, n_startup_trials=START_UP)
        self._axes, self._failed = axes, optuna.trial.TrialState.FAIL
        self._study = optuna.create_study(direction="maximize", sampler=sampler)
        self._trial: optuna.Trial | None = None

    def ask(self) -> Point:
        """Return the next setting."""
        self._trial = self._study.ask()
        return tuple(self._value(axis) for axis in self._axes)

    def tell(self, accuracy: float, over_budget: float) -> None:
        """Say what the setting brought.

        Args:
            accuracy: to be as high as can be.
            over_budget: by what share its energy exceeds the budget; 0 or less where it does not.
        """
        assert self._trial is not None
        self._trial.set_constraint("energy", over_budget)
        self._study.tell(self._trial, accuracy)

    def tell_impossible(self) -> None:
        """Say that the setting cannot be run."""
        assert self._trial is not None
        self._study.tell(self._trial, state=self._failed)

    def _value(self, axis: Axis) -> Value:
        assert self._trial is not None
        name = axis.column
        if axis.choices is not None:
            last = len(axis.choices) - 1
            # Numbers stand in an order that the estimator can use; names do not.
            if axis.ordered:
                return sorted(axis.choices, key=float)[self._trial.suggest_int(name, 0, last)]  # type: ignore[arg-type]
            return axis.choices[self._trial.suggest_categorical(name, range(last + 1))]
        if axis.whole:
            return self._trial.suggest_int(name, int(axis.low), int(axis.high), log=axis.log)
        return self._trial.suggest_float(name, axis.low, axis.high, log=axis.log)
