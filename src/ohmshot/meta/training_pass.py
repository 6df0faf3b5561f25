"""One pass through the phases: warm-up of the network, head on kept features, both together."""

from dataclasses import dataclass, replace

import torch

from ohmshot.data.episodes import EpisodeShape
from ohmshot.foundation.randomness import derived_seed
from ohmshot.meta.algorithms.algorithm import Algorithm, Initialisation, network_layers
from ohmshot.meta.batch_norm import share_batch_norm
from ohmshot.meta.fixed_network import FixedNetwork, principal_components
from ohmshot.meta.hardware import WriteErrorModel
from ohmshot.meta.head_start import HeadStart, candidates
from ohmshot.meta.held_out import HeldOut
from ohmshot.meta.material import Material
from ohmshot.meta.network import FeatureNetwork
from ohmshot.meta.outer_loop import OuterLoop, OuterSettings
from ohmshot.meta.phase import TrainingRun, run_phase
from ohmshot.meta.settings import MetaTrainingSettings
from ohmshot.meta.warm_up import warm_up_phase


@dataclass(frozen=True)
class TrainingPlan:
    """Choices made on held-out classes: start of the head, and iterations of both phases."""

    head_start: HeadStart
    head_iterations: int
    joint_iterations: int


@dataclass(frozen=True)
class TrainingResult:
    """Result of a pass; the network of ``start`` runs on examples as they are stored."""

    network: FeatureNetwork | FixedNetwork
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
        plan = TrainingPlan(self._chosen(kept), self.settings.head_iterations, self.settings.joint_iterations)
        return self._trained(network, features, plan, kept, held_out)

    def planned(self, plan: TrainingPlan) -> TrainingResult:
        """Train as a plan says, with no classes held out."""
        return self._trained(*self._warmed_up(), plan, None, None)

    def _trained(
        self,
        network: FeatureNetwork | FixedNetwork,
        features: Material,
        plan: TrainingPlan,
        head_judge: HeldOut | None,
        joint_judge: HeldOut | None,
    ) -> TrainingResult:
        """Learn the head on features, then head and network; the new plan has the iterations that led to the result."""
        model = plan.head_start.model
        loop = self._head_loop(self._begun(plan.head_start), features, model)
        head = self._learned("head", loop, plan.head_iterations, head_judge)
        loop = self._joint_loop(loop, network)
        joint = self._learned("joint", loop, plan.joint_iterations, joint_judge)
        return TrainingResult(network, loop.start, TrainingPlan(plan.head_start, head, joint))

    def _warmed_up(self) -> tuple[FeatureNetwork | FixedNetwork, Material]:
        """Return the network and the features that it gives the material."""
        settings, processes, device = self.settings, self.run.processes, self.material.values.device
        if settings.network != "convolutions":
            fixed = self._fixed_network().to(device)
            return fixed, self.material.through(fixed)
        torch.manual_seed(derived_seed(settings.seed, "network"))
        network = FeatureNetwork(
            settings.filters, settings.features, self.material.shape, settings.first_kernel, settings.blocks
        )
        share_batch_norm(network, processes)
        network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        if settings.warm_up_iterations:
            turned = self.material.of(self.material.examples.enlarged())
            name = f"{self.prefix}warm-up"
            run_phase(warm_up_phase(name, network.train(), turned, settings, processes), self.run)
        network.eval()
        if settings.centring:
            before = self.material.through(network.before_unit_length).values
            network.shift(-settings.centring * before.mean((0, 1)))
        return network, self.material.through(network)

    def _fixed_network(self) -> FixedNetwork:
        if self.settings.network == "none":
            return FixedNetwork(None)
        return principal_components(self.material.inputs(self.material.values.flatten(0, 1)), self.settings.features)

    def _chosen(self, held_out: HeldOut) -> HeadStart:
        """Choose rates and full scale together on held-out classes, through the hardware."""
        return max(
            candidates(self.settings),
            key=lambda one: float(held_out.accuracy(self.algorithm, self._begun(one), one.model).mean()),
        )

    def _begun(self, head_start: HeadStart) -> Initialisation:
        return head_start.initialisation(self.settings, self.material.values.device)

    def _head_loop(self, start: Initialisation, features: Material, model: WriteErrorModel) -> OuterLoop:
        settings = self.settings
        outer = OuterSettings(
            shape=EpisodeShape(settings.ways, settings.shots, settings.queries, settings.scope),
            iterations=settings.head_iterations,
            tasks=settings.head_tasks,
            head_rate=settings.head_rate,
            network_rate=0.0,
            check_every=settings.check_every,
            patience=settings.patience,
        )
        return OuterLoop(self.algorithm, start, features, model, outer, settings.seed, self.run.processes)

    def _joint_loop(self, loop: OuterLoop, network: FeatureNetwork | FixedNetwork) -> OuterLoop:
        """Return the loop that goes on from the head of another one with the network before it."""
        settings = self.settings
        outer = replace(
            loop.settings,
            iterations=settings.joint_iterations,
            tasks=settings.joint_tasks,
            head_rate=settings.joint_head_rate,
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

    def _learned(self, name: str, loop: OuterLoop, iterations: int, judge: HeldOut | None) -> int:
        """Run a phase, if it is wanted and has something to learn; returns the iterations that led to its result."""

        def accuracy() -> float:
            assert judge is not None
            return float(judge.accuracy(self.algorithm, loop.start, loop.model).mean())

        phase = loop.phase(f"{self.prefix}{name}", iterations, accuracy if judge else None) if iterations else None
        return 0 if phase is None else run_phase(phase, self.run).iterations
