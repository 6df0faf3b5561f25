"""Held-out classes: accuracy of an initialisation, for stopping and for the metrics of a bundle."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from ohmshot.data.episodes import Episodes
from ohmshot.foundation.randomness import generator
from ohmshot.foundation.statistics import half_interval
from ohmshot.meta.algorithms.algorithm import Algorithm, Initialisation
from ohmshot.meta.algorithms.prototypical import PROTOTYPICAL
from ohmshot.meta.hardware import WriteErrorModel
from ohmshot.meta.material import Material


@dataclass(frozen=True)
class HeldOut:
    """Classes that are never trained on, and the episodes that judge with them."""

    material: Material
    episodes: Episodes
    seed: int

    @torch.no_grad()
    def accuracy(self, algorithm: Algorithm, start: Initialisation, model: WriteErrorModel | None) -> Tensor:
        """Query accuracy of each episode after all updates in per cent, [episodes].

        Every call draws equal write errors; there are none where ``model`` is None.
        """
        material = self.material
        if "network" not in algorithm.moves:
            material, start = material.through(start.network), replace(start, network=nn.Identity())
        tasks = material.tasks(self.episodes)
        random = generator(self.seed, "held-out errors")
        errors = None if model is None else model.drawn(start.head, len(tasks), len(start.log_rates), random)
        logits = algorithm.logits(start, tasks, errors)
        return 100 * (logits.argmax(-1) == tasks.query_labels).float().mean(-1)

    def metrics(self, algorithm: Algorithm, start: Initialisation, model: WriteErrorModel) -> dict[str, float]:
        """Accuracies in per cent, with half their 95 % intervals (`ohmshot.bundle.header.Provenance.metrics`).

        After all updates with exact weights, after them through the write errors, and of the nearest mean.
        """
        measured = {
            "software": self.accuracy(algorithm, start, None),
            "write_errors": self.accuracy(algorithm, start, model),
            "prototypes": self.accuracy(PROTOTYPICAL, start, None),
        }
        means = {f"held_out_accuracy_{name}": float(values.mean()) for name, values in measured.items()}
        return means | {f"held_out_accuracy_{name}_ci95": half_interval(values) for name, values in measured.items()}
