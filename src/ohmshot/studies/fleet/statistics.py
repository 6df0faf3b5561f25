"""Variance of a fleet split into chips and tasks, and the predictive power of measurements of a chip."""

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import f as fisher_f
from scipy.stats import spearmanr
from sklearn.linear_model import RidgeCV
from sklearn.model_selection import KFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from ohmshot.foundation.statistics import NORMAL_95, Interval, bootstrap_interval

Numbers = NDArray[np.float64]
FOLDS = 5
PENALTIES = tuple(10.0**power for power in range(-2, 5))
RESAMPLES = 400


@dataclass(frozen=True)
class VarianceSplit:
    """One-way random effects: a chip's own part and what changes from task to task.

    Attributes:
        between: standard deviation of the chips' own part.
        within: standard deviation of the rest.
        share: share of the variance that is the chips'; below 0 where chance made the chips more alike than they are.
        reliability: share of the variance of a chip's mean over its tasks that is the chip's own, at least 0: no
            prediction from the chip alone can explain more.
    """

    between: float
    within: float
    share: Interval
    reliability: Interval


def split(values: Numbers) -> VarianceSplit:
    """Split the variance of [chips, tasks], 2 tasks or more; the interval by the F distribution (Searle 1971)."""
    chips, tasks = values.shape
    of_chips = tasks * values.mean(1).var(ddof=1)
    rest = values.var(axis=1, ddof=1).mean()
    if rest == 0:
        all_ = float(of_chips > 0)
        return VarianceSplit(math.sqrt(of_chips / tasks), 0.0, Interval(all_, all_, all_), Interval(all_, all_, all_))
    ratio = of_chips / rest
    degrees = (chips - 1, chips * (tasks - 1))
    low, high = (ratio / fisher_f.ppf(level, *degrees) for level in (0.975, 0.025))
    return VarianceSplit(
        between=math.sqrt(max(0.0, (of_chips - rest) / tasks)),
        within=math.sqrt(rest),
        share=Interval(*((each - 1) / (each + tasks - 1) for each in (ratio, low, high))),
        reliability=Interval(*(max(0.0, 1 - 1 / each) for each in (ratio, low, high))),
    )


def rank_correlation(x: Numbers, y: Numbers) -> Interval:
    """Spearman's rank correlation; the interval by Fisher's z with the variance of Fieller et al. (1957).

    Not a number where a column does not vary, or for fewer than 4 chips.
    """
    if len(x) < 4 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return Interval(math.nan, math.nan, math.nan)
    found = float(spearmanr(x, y).statistic)
    z, half = math.atanh(max(-0.999999, min(0.999999, found))), NORMAL_95 * math.sqrt(1.06 / (len(x) - 3))
    return Interval(found, math.tanh(z - half), math.tanh(z + half))


def predicted_share(features: Numbers, target: Numbers, seed: int) -> Interval:
    """Share of a target's variance that a ridge regression explains of chips it has not seen.

    Fivefold cross-validation; below 0 where it predicts worse than the mean. The interval resamples chips, the
    predictions held.

    Args:
        features: [chips, features].
        target: [chips].
        seed: seed of folds and resampling.
    """
    folds = KFold(min(FOLDS, len(target)), shuffle=True, random_state=seed % 2**32)
    model = make_pipeline(StandardScaler(), RidgeCV(PENALTIES))
    predicted = cross_val_predict(model, features, target, cv=folds)
    chosen = np.random.default_rng(seed).integers(len(target), size=(RESAMPLES, len(target)))
    draws = torch.tensor([_explained(predicted[each], target[each]) for each in chosen], dtype=torch.float64)
    return bootstrap_interval(_explained(predicted, target), draws)


def _explained(predicted: Numbers, target: Numbers) -> float:
    total = float(((target - target.mean()) ** 2).sum())
    return 1 - float(((target - predicted) ** 2).sum()) / total if total > 0 else 0.0
