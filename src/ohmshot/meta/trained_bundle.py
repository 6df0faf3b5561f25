"""The bundle of a trained network and head."""

import datetime
import json

import torch

import ohmshot
from ohmshot.bundle.bundle import Bundle
from ohmshot.bundle.hand_made import HAND_MADE
from ohmshot.bundle.head import clipped
from ohmshot.bundle.header import (
    BundleHeader,
    ConductanceMapping,
    NetworkShape,
    Preprocessing,
    Provenance,
)
from ohmshot.bundle.standard import INPUT_FULL_SCALE
from ohmshot.meta.algorithms import algorithm_named
from ohmshot.meta.settings import MetaTrainingSettings
from ohmshot.meta.training_pass import TrainingPlan, TrainingResult


def trained_bundle(
    settings: MetaTrainingSettings,
    shape: tuple[int, int, int],
    preprocessing: Preprocessing,
    trained: TrainingResult,
    training_data: str,
    metrics: dict[str, float],
) -> Bundle:
    """Return network and head as a device takes them, with their provenance."""
    layers, shapes = trained.network.folded()
    header = BundleHeader(
        name=settings.name,
        network=NetworkShape(
            input=shape,
            convolutions=shapes,
            features=settings.features,
            unit_length=settings.network == "convolutions",
            hidden=settings.hidden,
            ways=settings.ways,
        ),
        preprocessing=preprocessing,
        rates=tuple(tuple(row) for row in trained.start.head_rates.tolist()),
        standard=settings.standard,
        mapping=ConductanceMapping(
            weight_full_scale=trained.plan.head_start.model.full_scale,
            input_full_scale=(INPUT_FULL_SCALE,) * len(trained.start.head),
            copies=settings.copies_of_layers,
        ),
        provenance=Provenance(
            ohmshot_version=ohmshot.__version__,
            torch_version=torch.__version__.split("+")[0],
            created=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            seed=settings.seed,
            training_data=training_data,
            settings=json.loads(settings.model_dump_json()),
            metrics=metrics,
            head=head_origin(settings.algorithm, trained.plan),
        ),
    )
    learned = tuple(weights.detach().cpu() for weights in trained.start.head)
    # What no pair of cells can hold is no part of the initialisation.
    return Bundle(header, layers, clipped(learned, header.mapping.weight_full_scale))


def head_origin(algorithm: str, plan: TrainingPlan) -> str:
    """What made the head of a result, by the iterations that led to it (`Provenance.head`)."""
    iterations = plan.head_iterations + plan.joint_iterations
    learned = iterations and "head" in algorithm_named(algorithm).learns
    return f"{algorithm}, {iterations} iterations" if learned else HAND_MADE
