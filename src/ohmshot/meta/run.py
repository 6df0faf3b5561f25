"""The training run: warm-up, cached features, head start, MAML, bundle."""

import datetime
import json
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

import ohmshot
from ohmshot.bundle.bundle import Bundle, run_convolutions
from ohmshot.bundle.head import Head
from ohmshot.bundle.header import (
    BundleHeader,
    ConductanceMapping,
    ConvolutionShape,
    DrawingPreprocessing,
    NetworkShape,
    Provenance,
)
from ohmshot.data.drawings import Drawings
from ohmshot.data.episodes import Episodes, EpisodeShape, sample_episodes
from ohmshot.foundation.errors import OhmshotError
from ohmshot.foundation.randomness import derived_seed, generator
from ohmshot.foundation.statistics import half_interval
from ohmshot.meta.checkpoint import load_checkpoint, save_checkpoint
from ohmshot.meta.evaluation import accuracy
from ohmshot.meta.inner_loop import WriteErrorModel
from ohmshot.meta.maml import HeadStart, MamlSettings, identity_head, maml
from ohmshot.meta.network import FeatureNetwork
from ohmshot.meta.settings import MetaTrainingSettings
from ohmshot.meta.warm_up import WarmUpSettings, one_cycle_rate, warm_up_loss

Progress = Callable[[str, int, int, float, float | None], None]
"""Told phase, iterations done, iterations in all, loss, and held-out accuracy in per cent where it is known."""

INPUT_FULL_SCALE = 3.2
"""Features have unit standard deviation; 99.9 % of them lie within this (measured on background alphabets)."""


def meta_train(settings: MetaTrainingSettings, drawings: Drawings, folder: Path, progress: Progress) -> Bundle:
    """Train a bundle; a run that was killed goes on where its last checkpoint in ``folder`` stands.

    Args:
        settings: of the run.
        drawings: training characters of several alphabets, some of which are held out.
        folder: for checkpoint and metrics.jsonl.
        progress: see `Progress`.

    Raises:
        OhmshotError: the loss is not finite, or the folder belongs to another run.
    """
    order = torch.randperm(len(drawings.alphabet_names), generator=generator(settings.seed, "held-out alphabets"))
    alphabets = order.tolist()
    held_out = drawings.of_alphabets(sorted(alphabets[: settings.held_out_alphabets]))
    training = drawings.of_alphabets(sorted(alphabets[settings.held_out_alphabets :]))
    network = _warmed_up(settings, training.with_rotations(), folder, progress)
    raw = run_convolutions(
        *network.folded(torch.zeros(settings.features), 1.0), DrawingPreprocessing(), training.images
    )
    raw = raw.flatten(0, 1)
    layers, shapes = network.folded(raw.mean(0), 1.0 / float((raw - raw.mean(0)).std()))
    features, held_features = (
        run_convolutions(layers, shapes, DrawingPreprocessing(), part.images) for part in (training, held_out)
    )
    random = generator(settings.seed, "held-out episodes")
    episodes = sample_episodes(held_out, EpisodeShape(), settings.held_out_episodes, random)
    start, errors = _head_start(settings, held_features, episodes)

    def judge(head: Head, rates: Tensor) -> float:
        return float(_chip_accuracy(settings, head, rates, held_features, episodes, errors).mean())

    best = maml(
        start,
        training,
        features,
        judge,
        errors,
        MamlSettings(settings.maml_iterations),
        settings.seed,
        lambda done, loss, reached: progress("MAML", done, settings.maml_iterations, loss, reached),
    )
    software = accuracy(best.head, best.rates, held_features, episodes, None, generator(0))
    crude = _chip_accuracy(settings, best.head, best.rates, held_features, episodes, errors)
    metrics = {
        "held_out_accuracy_software": float(software.mean()),
        "held_out_accuracy_software_ci95": half_interval(software),
        "held_out_accuracy_write_errors": float(crude.mean()),
        "held_out_accuracy_write_errors_ci95": half_interval(crude),
        "gain_of_maml": best.held_out - start.held_out,
    }
    header = _header(settings, shapes, best.rates, errors, drawings, metrics)
    return Bundle(header, layers, best.head)


def _warmed_up(settings: MetaTrainingSettings, drawings: Drawings, folder: Path, progress: Progress) -> FeatureNetwork:
    torch.manual_seed(derived_seed(settings.seed, "network"))
    network = FeatureNetwork(settings.filters, settings.features)
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    warm_up = WarmUpSettings(settings.warm_up_iterations, settings.warm_up_ways)
    optimiser = torch.optim.AdamW(network.parameters(), lr=warm_up.peak_rate, weight_decay=warm_up.weight_decay)
    file, text = folder / "checkpoint.safetensors", settings.model_dump_json()
    done = load_checkpoint(file, network, optimiser, text)
    network.train()
    for iteration in range(done, warm_up.iterations):
        for group in optimiser.param_groups:
            group["lr"] = one_cycle_rate(iteration, warm_up.iterations, warm_up.peak_rate)
        loss = warm_up_loss(network, drawings, warm_up, settings.seed, iteration)
        value = loss.item()
        if not value < float("inf"):
            raise OhmshotError(f"The loss of the warm-up is not finite at iteration {iteration}; {file} is kept.")
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        if (iteration + 1) % settings.checkpoint_every == 0 or iteration + 1 == warm_up.iterations:
            save_checkpoint(file, network, optimiser, iteration + 1, text)
            with (folder / "metrics.jsonl").open("a", encoding="utf-8") as log:
                log.write(json.dumps({"phase": "warm-up", "iteration": iteration + 1, "loss": value}) + "\n")
        progress("warm-up", iteration + 1, warm_up.iterations, value, None)
    network.eval()
    return network


def _head_start(
    settings: MetaTrainingSettings, features: Tensor, episodes: Episodes
) -> tuple[HeadStart, WriteErrorModel]:
    """Choose rates and full scale together on the held-out alphabets, with write errors."""
    head = identity_head(settings.features, settings.hidden, 5, 1.0)
    best: tuple[HeadStart, WriteErrorModel] | None = None
    for full_scale in settings.full_scales:
        errors = WriteErrorModel((1.0, full_scale), settings.levels, settings.write_spread)
        for rate in settings.second_layer_rates:
            for decay in settings.rate_decays:
                later = [settings.first_layer_rate * rate * decay, rate * decay]
                rates = torch.tensor([[0.0, rate], *([later] * 4)])
                reached = float(_chip_accuracy(settings, head, rates, features, episodes, errors).mean())
                if best is None or reached > best[0].held_out:
                    best = HeadStart(head, rates, reached), errors
    if best is None:
        raise OhmshotError("Give at least one candidate for rates, decays and full scales.")
    return best


def _chip_accuracy(
    settings: MetaTrainingSettings,
    head: Head,
    rates: Tensor,
    features: Tensor,
    episodes: Episodes,
    errors: WriteErrorModel,
) -> Tensor:
    return accuracy(head, rates, features, episodes, errors, generator(settings.seed, "held-out errors"))


def _header(
    settings: MetaTrainingSettings,
    shapes: tuple[ConvolutionShape, ...],
    rates: Tensor,
    errors: WriteErrorModel,
    drawings: Drawings,
    metrics: dict[str, float],
) -> BundleHeader:
    return BundleHeader(
        name=settings.name,
        network=NetworkShape(
            input=(1, 28, 28), convolutions=shapes, features=settings.features, hidden=settings.hidden, ways=5
        ),
        rates=tuple((float(a), float(b)) for a, b in rates.tolist()),
        mapping=ConductanceMapping(
            weight_full_scale=errors.full_scale, input_full_scale=(INPUT_FULL_SCALE, INPUT_FULL_SCALE)
        ),
        provenance=Provenance(
            ohmshot_version=ohmshot.__version__,
            torch_version=torch.__version__.split("+")[0],
            created=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            seed=settings.seed,
            training_data=f"{drawings.name}, {settings.held_out_alphabets} of {len(drawings.alphabet_names)} "
            "alphabets held out for choosing settings",
            settings=json.loads(settings.model_dump_json()),
            metrics=metrics,
        ),
    )
