"""One pass through the phases: warm-up of the network, head on kept features, both together."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ohmshot.data.episodes import Episodes, EpisodeShape
from ohmshot.foundation.randomness import derived_seed, generator
from ohmshot.meta.algorithms.algorithm import Algorithm, Initialisation, network_layers
from ohmshot.meta.batch_norm import share_batch_norm
from ohmshot.meta.evaluation import accuracy
from ohmshot.meta.hardware import WriteErrorModel
from ohmshot.meta.head_start import HeadStart, best_head_start, candidates
from ohmshot.meta.material import Material
from ohmshot.meta.network import FeatureNetwork
from ohmshot.meta.outer_loop import OuterLoop, OuterSettings
from ohmshot.meta.phase import TrainingRun, run_phase
from ohmshot.meta.precision import computes_in_half
from ohmshot.meta.settings import MetaTrainingSettings
from ohmshot.meta.warm_up import WarmUpSettings, warm_up_phase


@dataclass(frozen=True)
class HeldOut:
    """Classes that are never trained on, and the tasks that judge with them."""

    material: Material
    episodes: Episodes
    seed: int

    def accuracy(self, algorithm: Algorithm, start: Initialisation, model: WriteErrorModel | None) -> Tensor:
        """Accuracy of each task in per cent, [tasks], with equal write errors at every call."""
        random = generator(self.seed, "held-out errors")
        return accuracy(algorithm, start, self.material, self.episodes, model, random)


@dataclass(frozen=True)
class TrainingPlan:
    """Choices made on held-out classes: start of the head, and iterations of both phases."""

    head_start: HeadStart
    head_iterations: int
    joint_iterations: int


@dataclass(frozen=True)
class TrainingResult:
    """Result of a pass; the network of ``start`` runs on examples as they are stored."""

    network: FeatureNetwork
    start: Initialisation
    plan: TrainingPlan


@dataclass(frozen=True)
class TrainingPass:
    """Inputs of one pass through the phases of a run.

    Attributes:
        settings: settings of the run.
        algorithm: meta-learning algorithm.
        material: examples to train on, as they are stored.
        run: folder, logs and processes.
        prefix: prefix of the names of the phases.
    """

    settings: MetaTrainingSettings
    algorithm: Algorithm
    material: Material
    run: TrainingRun
    prefix: str

    def judged(self, held_out: HeldOut) -> TrainingResult:
        """Train with choices made and phases stopped by held-out classes."""
        network, features = self._warmed_up()
        kept = replace(held_out, material=held_out.material.through(network))
        head_start = self._chosen(kept)
        start = self._begun(head_start)
        model, settings = head_start.model, self.settings

        def by(judge: HeldOut, candidate: Initialisation) -> Callable[[], float]:
            return lambda: float(judge.accuracy(self.algorithm, candidate, model).mean())

        loop = self._head_loop(start, features, model)
        head = self._learned("head", loop, settings.head_iterations, by(kept, start))
        loop = self._joint_loop(loop, network)
        joint = self._learned("joint", loop, settings.joint_iterations, by(held_out, loop.start))
        return TrainingResult(network, loop.start, TrainingPlan(head_start, head, joint))

    def planned(self, plan: TrainingPlan) -> TrainingResult:
        """Train as a plan says, with no classes held out."""
        network, features = self._warmed_up()
        loop = self._head_loop(self._begun(plan.head_start), features, plan.head_start.model)
        self._learned("head", loop, plan.head_iterations, None)
        loop = self._joint_loop(loop, network)
        self._learned("joint", loop, plan.joint_iterations, None)
        return TrainingResult(network, loop.start, plan)

    def _warmed_up(self) -> tuple[FeatureNetwork, Material]:
        """Return the network and the features that it gives the material."""
        settings, processes, device = self.settings, self.run.processes, self.material.values.device
        torch.manual_seed(derived_seed(settings.seed, "network"))
        network = FeatureNetwork(settings.filters, settings.features, self.material.shape, settings.first_kernel)
        share_batch_norm(network, processes)
        network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        warm_up = WarmUpSettings(
            iterations=settings.warm_up_iterations,
            ways=settings.warm_up_ways,
            drawings=settings.warm_up_drawings,
            peak_rate=settings.warm_up_rate,
            half_precision=computes_in_half(settings.precision, device),
        )
        if warm_up.iterations:
            turned = self.material.of(self.material.examples.enlarged())
            name = f"{self.prefix}warm-up"
            run_phase(warm_up_phase(name, network.train(), turned, warm_up, settings.seed, processes), self.run)
        network.eval()
        return network, self.material.through(network)

    def _chosen(self, held_out: HeldOut) -> HeadStart:
        """Choose rates and full scale together on held-out classes, through the hardware."""
        settings = self.settings
        offered = candidates(
            settings.full_scales,
            settings.second_layer_rates,
            settings.rate_decays,
            settings.first_layer_rate,
            settings.updates,
            settings.levels,
            settings.write_spread,
        )
        return best_head_start(
            offered, lambda one: float(held_out.accuracy(self.algorithm, self._begun(one), one.model).mean())
        )

    def _begun(self, head_start: HeadStart) -> Initialisation:
        settings = self.settings
        device = self.material.values.device
        return head_start.initialisation(settings.features, settings.hidden, settings.ways, device)

    def _head_loop(self, start: Initialisation, features: Material, model: WriteErrorModel) -> OuterLoop:
        settings = self.settings
        outer = OuterSettings(
            shape=EpisodeShape(settings.ways, settings.shots, settings.queries),
            iterations=settings.head_iterations,
            tasks=settings.head_tasks,
            head_rate=settings.head_rate,
            rates_rate=10 * settings.head_rate,
            network_rate=0.0,
            check_every=settings.check_every,
            patience=settings.patience,
        )
        return OuterLoop(self.algorithm, start, features, model, outer, settings.seed, self.run.processes)

    def _joint_loop(self, loop: OuterLoop, network: FeatureNetwork) -> OuterLoop:
        """Return the loop that goes on from the head of another one with the network before it."""
        settings = self.settings
        outer = replace(
            loop.settings,
            iterations=settings.joint_iterations,
            tasks=settings.joint_tasks,
            head_rate=settings.joint_head_rate,
            rates_rate=10 * settings.joint_head_rate,
            network_rate=settings.joint_network_rate,
            at_once=1,
        )
        log_rates = loop.start.log_rates.detach()
        if "network" in self.algorithm.moves:
            size = (len(log_rates), len(network_layers(network)))
            added = torch.full(size, settings.inner_network_rate, device=log_rates.device).log()
            log_rates = torch.cat([added, log_rates], 1)
        start = replace(loop.start, network=network, log_rates=log_rates)
        return replace(loop, start=start, material=self.material, settings=outer)

    def _learned(self, name: str, loop: OuterLoop, iterations: int, judge: Callable[[], float] | None) -> int:
        """Run a phase, if it is wanted and has something to learn; returns the iterations that led to its result."""
        phase = loop.phase(f"{self.prefix}{name}", iterations, judge) if iterations else None
        return 0 if phase is None else run_phase(phase, self.run).iterations
