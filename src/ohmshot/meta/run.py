"""The training run: a pass judged by held-out alphabets, then perhaps one over all of them, then the bundle."""

from collections.abc import Sequence
from pathlib import Path

import torch

from ohmshot.bundle.bundle import Bundle
from ohmshot.data.episodes import EpisodeShape, sample_episodes
from ohmshot.data.examples import Examples
from ohmshot.foundation.files import make_folder
from ohmshot.foundation.randomness import generator
from ohmshot.meta.algorithms import algorithm_named
from ohmshot.meta.held_out import HeldOut
from ohmshot.meta.material import preprocessing_for, stored
from ohmshot.meta.metrics import JsonLines, Log
from ohmshot.meta.phase import Progress, TrainingRun
from ohmshot.meta.processes import Processes
from ohmshot.meta.settings import MetaTrainingSettings
from ohmshot.meta.split import require_enough_to_train, split_groups
from ohmshot.meta.trained_bundle import trained_bundle
from ohmshot.meta.training_pass import TrainingPass


def meta_train(
    settings: MetaTrainingSettings,
    examples: Examples,
    folder: Path,
    progress: Progress,
    processes: Processes | None = None,
    device: torch.device | None = None,
    more_logs: Sequence[Log] = (),
) -> Bundle:
    """Train a bundle; a run that was killed goes on where its last checkpoints in ``folder`` stand.

    Args:
        settings: settings of the run.
        examples: training classes in several groups (alphabets), some of which are held out.
        folder: folder of checkpoints and metrics.jsonl.
        progress: function to report to, see `Progress`.
        processes: processes that share the work; None for this one alone.
        device: device to compute on; None for the CPU.
        more_logs: destinations of metrics besides metrics.jsonl.

    Raises:
        OhmshotError: a loss is not finite, the disk is full, the folder cannot be made or belongs to another run.
    """
    processes, device = processes or Processes(), device or torch.device("cpu")
    algorithm = algorithm_named(settings.algorithm)
    groups = split_groups(examples, settings.held_out_alphabets, settings.seed)
    require_enough_to_train(settings, examples, groups)
    training, held_out_examples = examples.of_groups(groups.training), examples.of_groups(groups.held_out)
    preprocessing = preprocessing_for(training)
    material = stored(training, preprocessing, device)
    make_folder(folder)
    logs = (JsonLines(folder / "metrics.jsonl"), *more_logs)
    run = TrainingRun(folder, settings.model_dump_json(), processes, logs, progress, settings.checkpoint_every)
    episodes = sample_episodes(
        held_out_examples,
        EpisodeShape(settings.ways, settings.shots, settings.queries, settings.scope),
        settings.held_out_episodes,
        generator(settings.seed, "held-out episodes"),
    )
    held_out = HeldOut(material.of(held_out_examples), episodes, settings.seed)
    trained = TrainingPass(settings, algorithm, material, run, "").judged(held_out)
    metrics = held_out.metrics(algorithm, trained.start, trained.plan.head_start.model)
    training_data = f"{examples.name}, {settings.held_out_alphabets} of {len(examples.group_names)} groups held out"
    if settings.retrain_on_all:
        trained = TrainingPass(settings, algorithm, material.of(examples), run, "all-").planned(trained.plan)
        training_data += "; then all of them trained on, with what the held-out ones chose"
    return trained_bundle(settings, material.shape, preprocessing, trained, training_data, metrics)
