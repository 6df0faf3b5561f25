"""Initialisations of the head to compare: with and without meta-training, with and without the hardware in the loop.

All of them stand behind the fixed convolutional layers of the bundle that the study is given, or makes for itself where
those that come with the package were trained on the alphabets that are to choose and to stop.
"""

import dataclasses
import math
import tempfile
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import torch
from torch import Tensor, nn

from ohmshot.bundle.bundle import Bundle
from ohmshot.bundle.hand_made import decaying_rates
from ohmshot.bundle.head import Head
from ohmshot.data.episodes import EpisodeShape, sample_episodes
from ohmshot.data.examples import Examples
from ohmshot.data.source import TRAINING_SOURCES, training_examples
from ohmshot.foundation.errors import SettingsError
from ohmshot.foundation.randomness import generator
from ohmshot.meta.algorithms.algorithm import Initialisation
from ohmshot.meta.algorithms.maml import MAML
from ohmshot.meta.hardware import WriteErrorModel
from ohmshot.meta.held_out import HeldOut
from ohmshot.meta.inner_loop import adapted
from ohmshot.meta.kept import kept_bundle
from ohmshot.meta.material import Material
from ohmshot.meta.outer_loop import OuterLoop, OuterSettings
from ohmshot.meta.phase import Progress, TrainingRun, run_phase
from ohmshot.meta.processes import Processes
from ohmshot.meta.settings import MetaTrainingSettings, preset
from ohmshot.meta.split import retrained_on_all, split_groups, split_of, trained_on
from ohmshot.study.study import Size

HELD_OUT_ALPHABETS = 5
RATES = (0.5, 1.0, 2.0)
DECAYS = (1.0, 0.7, 0.5)
PLAIN_RATES = (0.05, 0.5)
"""Rates of the first and second layer that plain MAML begins with; it learns them."""


@dataclass(frozen=True)
class Training:
    """Training material of initialisations.

    Attributes:
        bundle: source of the convolutional layers, the mapping and the number of updates.
        learned: features of the alphabets that are trained on.
        held_out: tasks of other training alphabets, to choose and to stop by.
        seed: seed of the study.
        iterations: iterations of meta-training.
    """

    bundle: Bundle
    learned: Material
    held_out: HeldOut
    seed: int
    iterations: int


def training_examples_beside(evaluated: Examples) -> Examples:
    """Training characters of the source of the evaluated ones, where it has some."""
    sources = [name for name in TRAINING_SOURCES if evaluated.name.startswith(name)]
    source = max(sources, key=len, default="invented")  # "invented-emg" rather than "invented"
    return training_examples(source)


def unseen_training(size: Size) -> MetaTrainingSettings:
    """Settings of the bundle that a study makes for itself: a hand-made head, held-out alphabets never trained on."""
    return preset("hardware-aware") if size == "default" else preset("quick").model_copy(update={"head_iterations": 0})


def unseen_bundle(bundle: Bundle, evaluated: Examples, size: Size, progress: Progress) -> Bundle:
    """Return a bundle whose features have never seen the alphabets that `training_on` holds out.

    That is the given one, unless it was trained again on all alphabets: then one that is trained now (minutes) and kept
    in the cache, or was kept before (`ohmshot.meta.kept`).

    Args:
        bundle: the initialisation that comes with the package.
        evaluated: examples that the study judges with; they are never trained on.
        size: size of the study.
        progress: function to report to while a bundle is trained.
    """
    learned_from = training_examples_beside(evaluated)
    if not retrained_on_all(bundle.header.provenance, learned_from):
        return bundle
    return kept_bundle(unseen_training(size), learned_from, progress)


def require_unseen(bundle: Bundle, learned_from: Examples) -> None:
    """Refuse a bundle whose features were trained on the alphabets that `training_on` would hold out.

    Raises:
        SettingsError: they were; alphabets that are known judge too kindly.
    """
    if retrained_on_all(bundle.header.provenance, learned_from):
        raise SettingsError(
            f"The features of {bundle.header.name} were trained on all alphabets of {learned_from.name}, those among "
            "them that are to choose initialisations. Leave --bundle out, so that one is trained that has not seen "
            "them, or give one that was trained without retrain_on_all."
        )


def training_on(
    bundle: Bundle,
    drawings: Examples,
    seed: int,
    iterations: int,
    held_out_episodes: int,
    held_out: int = HELD_OUT_ALPHABETS,
    shape: EpisodeShape | None = None,
) -> Training:
    """Split training characters by alphabet and compute their features once.

    Alphabets that the bundle itself was trained on are split as its own training split them, so that those held out
    here were held out there (see `require_unseen`); others by the seed of the study.
    """
    provenance = bundle.header.provenance
    known = trained_on(provenance, drawings)
    groups = split_of(provenance, drawings) if known else split_groups(drawings, held_out, seed)
    chosen, rest = drawings.of_groups(groups.held_out), drawings.of_groups(groups.training)
    shape = shape or EpisodeShape(bundle.header.network.ways)
    episodes = sample_episodes(chosen, shape, held_out_episodes, generator(seed, "held-out episodes"))
    kept = HeldOut(_features(bundle, chosen), episodes, seed)
    return Training(bundle, _features(bundle, rest), kept, seed, iterations)


def plain_maml(training: Training) -> Bundle:
    """Second-order MAML in floating point from a random first layer, rates learned, without the hardware."""
    inputs, outputs = (weights.shape for weights in training.bundle.head)
    first = torch.randn(inputs, generator=generator(training.seed, "plain MAML")) * math.sqrt(2 / inputs[0])
    second = torch.zeros(outputs)
    rates = torch.tensor([PLAIN_RATES] * len(training.bundle.header.rates))
    learned, _ = meta_trained(training, initialisation(training.bundle, (first, second), rates), None)
    return _fitted(training, learned.head, learned.head_rates)


def chosen_in_software(training: Training) -> Bundle:
    """The bundle's head with the rates that are best with exact weights."""
    return _fitted(training, training.bundle.head, _best_rates(training, None))


def chosen_through_hardware(training: Training, model: WriteErrorModel) -> Bundle:
    """The bundle's head with the rates that are best through the write errors, at the model's full scale."""
    return _with(training.bundle, training.bundle.head, _best_rates(training, model), model.full_scale)


def maml_through_hardware(training: Training, model: WriteErrorModel) -> Bundle:
    """Second-order MAML of the bundle's head and rates with the write errors in the loop."""
    start = initialisation(training.bundle, training.bundle.head, training.bundle.rates)
    learned, _ = meta_trained(training, start, model)
    return _with(training.bundle, learned.head, learned.head_rates, model.full_scale)


def _features(bundle: Bundle, drawings: Examples) -> Material:
    return Material(drawings, bundle.features(drawings.values), nn.Identity())


def initialisation(bundle: Bundle, head: Head, rates: Tensor) -> Initialisation:
    """Start on features that a bundle gives; a copy of the head, so that learning leaves the bundle as it is."""
    clones = tuple(layer.clone() for layer in head)
    return Initialisation(nn.Identity(), clones, rates.log(), torch.zeros(()), bundle.header.standard)


def _best_rates(training: Training, model: WriteErrorModel | None) -> Tensor:
    """Rates of the bundle's head that held-out tasks like best, [updates, 2], the first of equals."""

    def accuracy(rates: Tensor) -> float:
        start = initialisation(training.bundle, training.bundle.head, rates)
        return float(training.held_out.accuracy(MAML, start, model).mean())

    updates, layers = training.bundle.rates.shape
    return max((decaying_rates(rate, decay, updates, layers) for rate, decay in product(RATES, DECAYS)), key=accuracy)


def meta_trained(
    training: Training, start: Initialisation, model: WriteErrorModel | None, head_rate: float = 1e-3
) -> tuple[Initialisation, int]:
    """Let MAML improve a start, in place, stopped by the held-out tasks; with the iterations that led there."""
    outer, kept = OuterSettings(training.held_out.episodes.shape, training.iterations, head_rate=head_rate), 0
    loop = OuterLoop(MAML, start, training.learned, model, outer, training.seed, Processes())
    phase = loop.phase(
        "head", training.iterations, lambda: float(training.held_out.accuracy(MAML, start, model).mean())
    )
    if phase is not None:
        with tempfile.TemporaryDirectory() as folder:
            run = TrainingRun(Path(folder), "", Processes(), (), lambda *report: None, training.iterations)
            kept = run_phase(phase, run).iterations
    head = tuple(layer.detach() for layer in start.head)
    return dataclasses.replace(start, head=head, log_rates=start.log_rates.detach()), kept


@torch.no_grad()
def _fitted(training: Training, head: Head, rates: Tensor) -> Bundle:
    """Give each layer the full scale that its weights need: all of the first, 99.5 % of the second after updates."""
    kept = training.held_out
    tasks = kept.material.tasks(kept.episodes)
    support = training.bundle.standard(tasks.support)(tasks.support)
    learned = adapted(head, rates, support, tasks.support_labels, "first").actual
    sizes = learned[1].abs().flatten()
    most = float(sizes.kthvalue(max(1, int(0.995 * len(sizes)))).values)
    return _with(training.bundle, head, rates, (float(head[0].abs().max()), most))


def _with(bundle: Bundle, head: Head, rates: Tensor, full_scale: tuple[float, ...]) -> Bundle:
    mapping = bundle.header.mapping.model_copy(update={"weight_full_scale": full_scale})
    update = {"rates": tuple(tuple(row) for row in rates.tolist()), "mapping": mapping}
    return dataclasses.replace(bundle, header=bundle.header.model_copy(update=update), head=head)
