"""A person's own features behind a head on the chip: settings chosen, or the head learned, through write errors."""

import dataclasses
import datetime
import json
from pathlib import Path

import torch
from torch import nn

from ohmshot.bundle.bundle import Bundle
from ohmshot.bundle.for_features import WAYS, bundle_behind, bundle_for
from ohmshot.bundle.head import clipped
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.chip.simulated_chips import DEFAULT_TECHNOLOGY
from ohmshot.data.episodes import EpisodeShape
from ohmshot.data.examples import Examples
from ohmshot.data.own_arrays import Arrays, LabelledDataset, given_examples
from ohmshot.foundation.errors import BundleError, SettingsError
from ohmshot.host.strategies.registry import strategy_named
from ohmshot.meta.algorithms.algorithm import Initialisation
from ohmshot.meta.algorithms.maml import MAML
from ohmshot.meta.algorithms.prototypical import PROTOTYPICAL
from ohmshot.meta.hardware import WriteErrorModel
from ohmshot.meta.head_start import HeadStart, candidates
from ohmshot.meta.held_out import HeldOut
from ohmshot.meta.material import preprocessing_for
from ohmshot.meta.settings import MetaTrainingSettings
from ohmshot.meta.split import split_groups, trained_on
from ohmshot.study.initialisations import Training, initialisation, meta_trained, training_on
from ohmshot.study.write_errors import measured_write_errors

RATES = (0.5, 1.0, 2.0)
"""Rates of the first update to choose from, for five ways; they grow with the number of ways."""
DECAYS = (1.0, 0.7, 0.5)
FULL_SCALES = (0.2, 0.3, 0.45, 0.7)
"""The wider ones are for a few features, whose updates do not shrink as answers become sure."""
QUERIES = 15
"""Examples of each class that a held-out task is judged by, where there are as many."""


def bundle_from(
    backbone: str | Path | nn.Module | None,
    examples: Examples | Arrays | LabelledDataset,
    *,
    ways: int = WAYS,
    shots: int = 5,
    hidden: tuple[int, ...] = (),
    copies: int = 2,
    updates: int = 5,
    technology: str = DEFAULT_TECHNOLOGY,
    strategy: str = "hybrid",
    held_out: int | None = None,
    episodes: int = 300,
    seed: int = 0,
    name: str = "own features",
) -> Bundle:
    """Return a bundle for your network, its rates and full scale chosen by held-out tasks through write errors.

    The head is hand-made (`ohmshot.bundle.hand_made`). How far weights of this technology end from what was meant is
    measured on 8 simulated chips; rate, decay and full scale are then those that answer best on tasks of held-out
    classes whose weights err like that, and feature vectors are brought to one length where the nearest mean is better
    for it. The other classes give but the mean that is taken off all features; `ohmshot.meta_train_head` learns from
    them.

    Args:
        backbone: an ONNX file, or a `torch.nn.Module`, which becomes one, that turns examples [n, ...] into features
            [n, features]: features [n, f], signals [n, channels, length] or images [n, channels, height, width] as they
            are; drawings as [n, 1, side, side] from 0 (paper) to 1 (ink), or as uint8 [n, side, side] where the file
            takes that. It stays fixed, and lies in the bundle. None where the examples are features that you computed.
        examples: many classes: `ohmshot.examples_from`, (values [n, ...], labels [n]), or a torch data set with
            labels.
        ways: classes of a task.
        shots: examples of each class to learn from.
        hidden: widths of layers before the last one, none for a head of one layer.
        copies: pairs of cells that carry a weight together, in every layer.
        updates: gradient steps of one adaptation.
        technology: parameter set of the cells: its name or a TOML file.
        strategy: programming strategy.
        held_out: groups of classes to hold out; None for a third, and at least as many as a task needs.
        episodes: held-out tasks.
        seed: seed of the split, the tasks and the chips.
        name: what reports call the bundle.

    Returns:
        The bundle; ``header.provenance.metrics`` holds its accuracies on held-out classes in per cent: with exact
        weights, through write errors, and of the nearest mean ("prototypes").

    Raises:
        BundleError: no backbone for examples that are no features, or one that does not fit them or is refused.
        SettingsError: too few classes or examples for such tasks.

    Examples:
        >>> import numpy as np, ohmshot as oh
        >>> random, labels = np.random.default_rng(0), np.repeat(np.arange(12), 20)
        >>> features = random.normal(size=(12, 32))[labels] + random.normal(size=(240, 32))
        >>> bundle = oh.bundle_from(None, (features, labels), ways=5, episodes=20)
        >>> bundle.header.provenance.metrics["held_out_accuracy_write_errors"] > 90
        True
    """
    given = given_examples(examples, name)
    if backbone is None and given.kind != "features":
        raise BundleError(
            f"{given.name} are of the kind '{given.kind}', not features. Give a backbone that makes features of them, "
            "or arrays [n, features]."
        )
    settings = MetaTrainingSettings(
        name=name,
        seed=seed,
        ways=ways,
        shots=shots,
        queries=_queries(given, shots),
        updates=updates,
        network="none",
        features=1,
        hidden=hidden,
        copies=(copies,) * (len(hidden) + 1),
        held_out_alphabets=_held_out(given, ways) if held_out is None else held_out,
        held_out_episodes=episodes,
        head_iterations=0,
        second_layer_rates=tuple(rate * ways / WAYS for rate in RATES),
        rate_decays=DECAYS,
        full_scales=FULL_SCALES,
    )
    start = _without_choices(backbone, given, settings)
    settings = settings.model_copy(update={"features": start.header.network.features})
    errors = _write_errors(technology, strategy, start, seed)
    start = _of_better_length(start, given, settings)
    training = _training(start, given, settings, 0)
    return _judged(_chosen(training, settings, errors), training.held_out, errors, {})


def meta_train_head(
    bundle: Bundle,
    examples: Examples | Arrays | LabelledDataset,
    *,
    iterations: int = 150,
    head_rate: float = 1e-3,
    shots: int = 5,
    technology: str = DEFAULT_TECHNOLOGY,
    strategy: str = "hybrid",
    held_out: int | None = None,
    episodes: int = 300,
    seed: int = 0,
) -> Bundle:
    """Return a bundle whose head has learned to learn through write errors, starting from this one.

    Second-order MAML of head and learning rates behind the fixed part of the bundle
    (`ohmshot.meta.algorithms.maml`), with the errors of measured chips in every weight. The state that answers best on
    held-out classes is kept, the start among them. A head of one layer has only its rates to learn: its one layer stays
    zero, so that it serves any classes.

    Args:
        bundle: where learning starts; its ways are those of a task.
        examples: many classes, as in `bundle_from`. Classes that `bundle_from` held out of them are held out again.
        iterations: iterations of 32 tasks each.
        head_rate: rate of the optimiser (Adam) for the layers before the last; ten times as large for the logarithms of
            the learning rates. It falls to zero as a half cosine.
        shots: examples of each class to learn from.
        technology: parameter set of the cells: its name or a TOML file.
        strategy: programming strategy.
        held_out: groups of classes to hold out, where the bundle has held out none of these; None for a third, and
            at least as many as a task needs.
        episodes: held-out tasks.
        seed: seed of the split, the tasks and the chips.

    Returns:
        The bundle, with new accuracies in ``header.provenance.metrics`` and the iterations kept in ``.head``.

    Raises:
        BundleError: examples of another shape than the bundle is for.
        SettingsError: too few classes or examples for such tasks.

    Examples:
        >>> import numpy as np, ohmshot as oh
        >>> random, labels = np.random.default_rng(0), np.repeat(np.arange(12), 20)
        >>> features = random.normal(size=(12, 16))[labels] + random.normal(size=(240, 16))
        >>> start = oh.bundle_for(16, ways=5, hidden=(32,))
        >>> learned = oh.meta_train_head(start, (features, labels), iterations=2, episodes=20)
        >>> learned.header.provenance.settings["iterations"]
        2
    """
    given = given_examples(examples)
    ways = bundle.header.network.ways
    shape = EpisodeShape(ways, shots, _queries(given, shots))
    groups = _held_out(given, ways) if held_out is None else held_out
    errors = _write_errors(technology, strategy, bundle, seed)
    training = training_on(bundle, given, seed, iterations, episodes, groups, shape)
    start, kept = meta_trained(training, initialisation(bundle, bundle.head, bundle.rates), errors, head_rate)
    provenance = bundle.header.provenance
    update: dict[str, object] = {"head": f"{MAML.name}, {kept} iterations"} if kept else {}
    settings: dict[str, str | int | float] = {"iterations": iterations, "head_rate": head_rate, "shots": shots}
    if not trained_on(provenance, given):
        before = f"; before: {provenance.training_data}"
        update |= {"seed": seed, "training_data": _told(given, groups) + before}
        settings["held_out_alphabets"] = groups
    learned = _changed(
        dataclasses.replace(bundle, head=clipped(start.head, errors.full_scale)),
        rates=tuple(map(tuple, start.head_rates.tolist())),
        provenance=provenance.model_copy(update=update),
    )
    return _judged(learned, training.held_out, errors, settings)


def _without_choices(
    backbone: str | Path | nn.Module | None, examples: Examples, settings: MetaTrainingSettings
) -> Bundle:
    """Bundle with the default rates and scales; of own features the mean over the training classes is taken off."""
    hidden, copies, updates, name = settings.hidden, settings.copies[0], settings.updates, settings.name
    shape = tuple(examples.values.shape[2:])
    groups = split_groups(examples, settings.held_out_alphabets, settings.seed)
    if backbone is not None:
        bundle = bundle_behind(
            backbone, examples.kind, shape, settings.ways, hidden=hidden, copies=copies, updates=updates, name=name
        )
    else:
        bundle = bundle_for(shape[0], settings.ways, hidden=hidden, copies=copies, updates=updates, name=name)
        bundle = _changed(bundle, preprocessing=preprocessing_for(examples.of_groups(groups.training)))
    provenance = bundle.header.provenance.model_copy(
        update={
            "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            "seed": settings.seed,
            "training_data": _told(examples, settings.held_out_alphabets),
            "settings": json.loads(settings.model_dump_json()),
        }
    )
    return _changed(bundle, provenance=provenance)


def _of_better_length(bundle: Bundle, examples: Examples, settings: MetaTrainingSettings) -> Bundle:
    """Bring feature vectors to one length where the nearest mean answers held-out tasks better for it."""

    def accuracy(unit_length: bool) -> float:
        held_out = _training(_of_length(bundle, unit_length), examples, settings, 0).held_out
        return float(held_out.accuracy(PROTOTYPICAL, _start(bundle), None).mean())

    return _of_length(bundle, max((True, False), key=accuracy))


def _of_length(bundle: Bundle, unit_length: bool) -> Bundle:
    return _changed(bundle, network=bundle.header.network.model_copy(update={"unit_length": unit_length}))


def _chosen(training: Training, settings: MetaTrainingSettings, errors: WriteErrorModel) -> Bundle:
    """The bundle with the rates and the full scale that held-out tasks like best through write errors."""
    bundle = training.bundle

    def through(one: HeadStart) -> WriteErrorModel:
        return dataclasses.replace(errors, full_scale=one.model.full_scale)

    def accuracy(one: HeadStart) -> float:
        start = initialisation(bundle, bundle.head, one.rates)
        return float(training.held_out.accuracy(MAML, start, through(one)).mean())

    best = max(candidates(settings), key=accuracy)
    mapping = bundle.header.mapping.model_copy(update={"weight_full_scale": best.model.full_scale})
    return _changed(bundle, rates=tuple(map(tuple, best.rates.tolist())), mapping=mapping)


def _judged(
    bundle: Bundle, held_out: HeldOut, errors: WriteErrorModel, settings: dict[str, str | int | float]
) -> Bundle:
    """The bundle with its accuracies on held-out classes, and what it was made with, in its provenance."""
    model = dataclasses.replace(errors, full_scale=bundle.header.mapping.weight_full_scale)
    provenance = bundle.header.provenance
    update = {
        "metrics": held_out.metrics(MAML, _start(bundle), model),
        "settings": provenance.settings | settings,
    }
    return _changed(bundle, provenance=provenance.model_copy(update=update))


def _training(bundle: Bundle, examples: Examples, settings: MetaTrainingSettings, iterations: int) -> Training:
    """Held-out tasks behind this bundle; its provenance says which classes are held out."""
    shape = EpisodeShape(settings.ways, settings.shots, settings.queries)
    return training_on(bundle, examples, settings.seed, iterations, settings.held_out_episodes, shape=shape)


def _start(bundle: Bundle) -> Initialisation:
    return initialisation(bundle, bundle.head, bundle.rates)


def _write_errors(technology: str, strategy: str, bundle: Bundle, seed: int) -> WriteErrorModel:
    """Levels and spreads of the weights of this bundle on chips of a technology."""
    mapping = bundle.header.mapping
    parameters = load_parameter_set(technology).values
    found = measured_write_errors(parameters, strategy_named(strategy), mapping.weight_full_scale, seed)
    return dataclasses.replace(found, copies=mapping.copies)


def _changed(bundle: Bundle, **update: object) -> Bundle:
    return dataclasses.replace(bundle, header=bundle.header.model_copy(update=update))


def _told(examples: Examples, held_out: int) -> str:
    """What a provenance says of the data, in the words that `ohmshot.meta.split.trained_on` knows them by."""
    return f"{examples.name}, {held_out} of {len(examples.group_names)} groups held out"


def _queries(examples: Examples, shots: int) -> int:
    """Examples that are left to judge by, 15 at most; 1 where there are none, which the draw of tasks refuses."""
    return max(1, min(QUERIES, examples.examples_per_class - shots))


def _held_out(examples: Examples, ways: int) -> int:
    """Groups to hold out: a third, and at least as many as have the classes of a task."""
    smallest = int(torch.bincount(examples.group).clamp(min=1).min())
    count, groups = max(len(examples.group_names) // 3, -(-ways // smallest)), len(examples.group_names)
    if count >= groups:
        raise SettingsError(
            f"Tasks of {ways} classes need {count} groups to be held out and one more to learn from; {examples.name} "
            f"has {groups}. Take fewer ways, give more classes, or take `ohmshot.bundle_for`, which needs no data."
        )
    return count
