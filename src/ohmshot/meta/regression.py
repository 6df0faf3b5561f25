"""Initialisations for tasks of real vectors: second-order MAML through write errors, and what it is compared with.

The fixed part, which a small computer runs, is a perceptron; its layers are convolutions of one pixel in a bundle. The
layer after it learns on the chip (Raghu et al., ICLR 2020: the last layer suffices). With hidden widths 40 and 40 and
one output the whole is the network of Finn et al., ICML 2017, section 5.1.
"""

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Literal

import torch
from torch import Tensor, nn

import ohmshot
from ohmshot.bundle import head as heads
from ohmshot.bundle.bundle import Bundle
from ohmshot.bundle.head import Head, clipped
from ohmshot.bundle.header import (
    BundleHeader,
    ConductanceMapping,
    ConvolutionShape,
    FeaturePreprocessing,
    NetworkShape,
    Provenance,
    RealTargets,
)
from ohmshot.data.regression import RegressionFamily, RegressionTasks
from ohmshot.foundation.randomness import generator
from ohmshot.foundation.records import Record
from ohmshot.meta.hardware import WriteErrorModel
from ohmshot.meta.inner_loop import adapted
from ohmshot.meta.kept import kept
from ohmshot.meta.settings import MetaTrainingSettings

Learned = Literal["maml", "joint", "none"]
"""How an initialisation is made: by MAML, by one network for all tasks together, or not at all."""
PLAIN_RATES = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
"""Candidates for the one rate of initialisations that learn none, tried on training tasks with exact weights."""
CHOOSING_TASKS = 200
LARGEST_STEP = 0.3
"""Gradients of the outer loop are brought to at most this length: through five updates some are very long."""


class RegressionTraining(Record):
    """Settings of a training run."""

    family: str
    shots: int
    learned: Learned = "maml"
    widths: tuple[int, ...] = (40, 40)
    """Of the fixed layers; the last is the number of features."""
    copies: int = 8
    """Pairs of cells a weight."""
    full_scale: float = 0.5
    """The largest weight of the layer that learns."""
    updates: int = 5
    exact_iterations: int = 1200
    """Iterations with exact weights."""
    hardware_iterations: int = 80
    """Iterations through write errors after them."""
    tasks: int = 25
    """Of one iteration, as in Finn et al. 2017."""
    queries: int = 10
    rate: float = 3e-3
    """Of Adam; falls as a half cosine. Three times as large for the logarithms of the updates' rates."""
    seed: int = 0


def regression_bundle(
    family: RegressionFamily, settings: RegressionTraining, progress: Callable[[int, int], None] = lambda *_: None
) -> Bundle:
    """Return an initialisation for a family of tasks: kept from before, or made now and kept in the cache.

    Args:
        family: the tasks.
        settings: how it is made.
        progress: called with the iterations done and those in all.
    """
    name = f"{family.name}-{settings.shots}-{settings.learned}"
    return kept(name, settings.model_dump_json().encode(), lambda: _Trainer(family, settings).bundle(name, progress))


class _Trainer:
    """Network, head and rates of one run while they learn."""

    def __init__(self, family: RegressionFamily, settings: RegressionTraining) -> None:
        random = generator(settings.seed, "regression", family.name, "start")
        self.family, self.settings = family, settings
        sizes = (len(family.input_mean), *settings.widths)
        self.layers = [
            (
                torch.randn(outputs, inputs, generator=random) * math.sqrt(2 / inputs),
                torch.randn(outputs, generator=random) / 2,
            )
            for inputs, outputs in pairwise(sizes)
        ]
        last = torch.randn(sizes[-1] + 1, len(family.target_mean), generator=random)
        self.head: Head = (last * 0.1 / math.sqrt(sizes[-1]),)
        self.log_rates = torch.full((settings.updates, 1), math.log(0.1))
        default = MetaTrainingSettings(name="regression")
        self.model = WriteErrorModel(
            (settings.full_scale,), default.levels, default.write_spread, copies=(settings.copies,)
        )

    def bundle(self, name: str, progress: Callable[[int, int], None]) -> Bundle:
        if self.settings.learned != "none":
            self._learn(progress)
        if self.settings.learned != "maml":
            self.log_rates = self._best_rate()
        return self._bundle(name)

    def features(self, inputs: Tensor) -> Tensor:
        """Run the fixed part: [..., inputs] in the unit of the family to [..., features]."""
        mean, scale = inputs.new_tensor(self.family.input_mean), inputs.new_tensor(self.family.input_scale)
        values = (inputs - mean) / scale
        for weight, bias in self.layers:
            values = torch.relu(nn.functional.linear(values, weight, bias))
        return values

    def _scaled(self, targets: Tensor) -> Tensor:
        mean, scale = targets.new_tensor(self.family.target_mean), targets.new_tensor(self.family.target_scale)
        return (targets - mean) / scale

    def _tasks(self, count: int, *purpose: str | int) -> RegressionTasks:
        settings = self.settings
        random = generator(settings.seed, "regression", self.family.name, *purpose)
        return self.family.tasks(count, settings.shots, settings.queries, random)

    def _learn(self, progress: Callable[[int, int], None]) -> None:
        settings, total = self.settings, self.settings.exact_iterations + self.settings.hardware_iterations
        learned = [*(tensor for layer in self.layers for tensor in layer), *self.head]
        everything = [*learned, self.log_rates]
        for tensor in everything:
            tensor.requires_grad_()
        optimiser = torch.optim.Adam([{"params": learned}, {"params": [self.log_rates]}])
        for iteration in range(total):
            rate = settings.rate * (1 + math.cos(math.pi * iteration / total)) / 2
            for group, factor in zip(optimiser.param_groups, (1, 3), strict=True):
                group["lr"] = factor * rate
            optimiser.zero_grad()
            self._loss(iteration).backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_([each for each in everything if each.grad is not None], LARGEST_STEP)
            optimiser.step()
            with torch.no_grad():
                self.head[0].clamp_(-settings.full_scale, settings.full_scale)
            progress(iteration + 1, total)
        for tensor in everything:
            tensor.requires_grad_(False)

    def _loss(self, iteration: int) -> Tensor:
        """Squared error of the queries: after the updates for MAML, else of the network as it is."""
        settings, tasks = self.settings, self._tasks(self.settings.tasks, "iteration", iteration)
        queries = self.features(tasks.query)
        head = self.head
        if settings.learned == "maml":
            errors = None
            if iteration >= settings.exact_iterations:
                random = generator(settings.seed, "regression", "errors", iteration)
                errors = self.model.drawn(head, settings.tasks, settings.updates, random)
            support, targets = self.features(tasks.support), self._scaled(tasks.support_targets)
            rates = self.log_rates.exp()
            head = adapted(head, rates, support, targets, "second", errors, "squared-error").actual
        return nn.functional.mse_loss(heads.forward(head, queries).logits, self._scaled(tasks.query_targets))

    @torch.no_grad()
    def _best_rate(self) -> Tensor:
        """Logarithm of the one rate that training tasks like best, [updates, 1]."""
        tasks, settings = self._tasks(CHOOSING_TASKS, "choosing"), self.settings
        support, query = self.features(tasks.support), self.features(tasks.query)

        def error(rate: float) -> float:
            rates = torch.full((settings.updates, 1), rate)
            targets = self._scaled(tasks.support_targets)
            head = clipped(
                adapted(self.head, rates, support, targets, "first", loss="squared-error").actual, self.model.full_scale
            )
            found = nn.functional.mse_loss(heads.forward(head, query).logits, self._scaled(tasks.query_targets))
            return float(found) if bool(torch.isfinite(found)) else math.inf

        return torch.full((settings.updates, 1), math.log(min(PLAIN_RATES, key=error)))

    @torch.no_grad()
    def _bundle(self, name: str) -> Bundle:
        family, settings = self.family, self.settings
        largest = float(self.features(self._tasks(CHOOSING_TASKS, "choosing").support).amax())
        inputs = len(family.input_mean)
        sizes = (inputs, *settings.widths)
        shapes = tuple(
            ConvolutionShape(inputs=i, outputs=o, kernel=(1, 1), stride=(1, 1), padding=(0, 0), rectified=True)
            for i, o in pairwise(sizes)
        )
        header = BundleHeader(
            name=name,
            network=NetworkShape(
                input=(inputs, 1, 1),
                convolutions=shapes,
                features=sizes[-1],
                hidden=(),
                ways=len(family.target_mean),
            ),
            preprocessing=FeaturePreprocessing(
                features=inputs, mean=family.input_mean, scale=tuple(1 / scale for scale in family.input_scale)
            ),
            rates=tuple(tuple(row) for row in self.log_rates.exp().tolist()),
            mapping=ConductanceMapping(
                weight_full_scale=(settings.full_scale,),
                input_full_scale=(max(1.0, largest),),
                copies=(settings.copies,),
            ),
            targets=RealTargets(mean=family.target_mean, scale=family.target_scale),
            provenance=Provenance(
                ohmshot_version=ohmshot.__version__,
                torch_version=torch.__version__.split("+")[0],
                created="",
                seed=settings.seed,
                training_data=f"tasks of the family {family.name}, drawn at random",
                settings=settings.model_dump(mode="json"),
                metrics={},
                head={"maml": "maml", "joint": "one network for all tasks", "none": "random"}[settings.learned],
            ),
        )
        layers = tuple((weight[:, :, None, None].clone(), bias.clone()) for weight, bias in self.layers)
        return Bundle(header, layers, clipped(tuple(each.clone() for each in self.head), (settings.full_scale,)))
