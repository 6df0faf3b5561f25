"""The outer loop: a phase that learns an initialisation from batches of tasks by any of the algorithms."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from ohmshot.data.episodes import EpisodeShape, sample_episodes
from ohmshot.foundation.randomness import generator
from ohmshot.meta.algorithms.algorithm import Algorithm, Initialisation
from ohmshot.meta.hardware import WriteErrorModel
from ohmshot.meta.material import Material
from ohmshot.meta.phase import Phase
from ohmshot.meta.processes import Processes


@dataclass(frozen=True)
class OuterSettings:
    """Size and rates of the outer loop; all rates are Adam's and fall to zero as a half cosine.

    Attributes:
        shape: ways, shots and queries of a task.
        iterations: number of iterations, of one batch of tasks each.
        tasks: tasks of a batch.
        head_rate: rate of the layers of the head before the last; ten times as large for the logarithms of the inner
            loop's learning rates and of the temperature.
        network_rate: rate of the network, where it learns.
        check_every: iterations between two looks at the held-out classes.
        patience: looks without a gain after which the phase ends; None for none.
        at_once: tasks that are differentiated together; with a network that learns, one: its activations fit the cache.
    """

    shape: EpisodeShape
    iterations: int
    tasks: int = 32
    head_rate: float = 1e-3
    network_rate: float = 1e-4
    check_every: int = 25
    patience: int | None = None
    at_once: int = 32


@dataclass(frozen=True)
class OuterLoop:
    """Meta-learning of an initialisation: algorithm, start and material.

    Attributes:
        algorithm: meta-learning algorithm.
        start: initialisation to improve in place.
        material: examples of the tasks.
        model: write errors of the hardware in the loop, or None.
        settings: settings of the loop.
        seed: seed of the run.
        processes: processes that share each batch of tasks.
    """

    algorithm: Algorithm
    start: Initialisation
    material: Material
    model: WriteErrorModel | None
    settings: OuterSettings
    seed: int
    processes: Processes

    def phase(self, name: str, iterations: int, judge: Callable[[], float] | None) -> Phase | None:
        """Return the phase of the first ``iterations``; None where the algorithm has nothing to learn here.

        The last layer of the head starts at zero and stays there, so that the head begins at exactly chance and does
        not depend on the order of the classes.
        """
        groups = [(parameters, rate) for parameters, rate in self._groups() if parameters]
        if sum(len(parameters) for parameters, _ in groups) <= ("temperature" in self.algorithm.learns):
            return None
        for parameters, _ in groups:
            for parameter in parameters:
                parameter.requires_grad_()
        network = {f"network.{name}": value for name, value in self.start.network.named_parameters()}
        total = self.settings.iterations
        return Phase(
            name=name,
            iterations=iterations,
            state={
                **{f"head.{number}": weights for number, weights in enumerate(self._before_last())},
                "log_rates": self.start.log_rates,
                "log_temperature": self.start.log_temperature,
                **network,
            },
            optimiser=torch.optim.Adam([{"params": parameters, "lr": rate} for parameters, rate in groups]),
            rates=lambda iteration: [rate * (1 + math.cos(math.pi * iteration / total)) / 2 for _, rate in groups],
            losses=self.losses,
            judge=judge,
            check_every=self.settings.check_every,
            patience=self.settings.patience,
        )

    def losses(self, iteration: int) -> Iterator[Tensor]:
        """Give the loss of this process's share of a batch in addends that make up the mean over the whole batch."""
        random = generator(self.seed, "outer loop", iteration)
        count = self.settings.tasks
        episodes = sample_episodes(self.material.examples, self.settings.shape, count, random)
        errors = (
            None if self.model is None else self.model.drawn(self.start.head, count, len(self.start.log_rates), random)
        )
        share = self.processes.share(count)
        for first in range(share.start, share.stop, self.settings.at_once):
            part = slice(first, min(first + self.settings.at_once, share.stop))
            tasks = self.material.tasks(episodes.part(part))
            loss = self.algorithm.loss(self.start, tasks, None if errors is None else errors.part(part))
            yield loss * (len(tasks) / count)

    def _before_last(self) -> list[Tensor]:
        return list(self.start.head[:-1])

    def _groups(self) -> list[tuple[list[Tensor], float]]:
        """Parameters that the algorithm learns, with the rate of each group."""
        learns, settings = self.algorithm.learns, self.settings
        return [
            (self._before_last() if "head" in learns else [], settings.head_rate),
            ([self.start.log_rates] if "rates" in learns else [], 10 * settings.head_rate),
            ([self.start.log_temperature] if "temperature" in learns else [], 10 * settings.head_rate),
            (list(self.start.network.parameters()) if "network" in learns else [], settings.network_rate),
        ]
