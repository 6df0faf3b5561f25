"""The same task on many different simulated chips: what a person may expect of the next one."""

import torch
from torch import Tensor

from ohmshot.adapt.bake import Bake
from ohmshot.adapt.loss import Signs, loss_to_exact_weights
from ohmshot.adapt.one_call import adapt
from ohmshot.adapt.source import ADAPTATIONS_AT_ONCE
from ohmshot.bundle.bundle import Bundle
from ohmshot.cell.parameter_set import ParameterSet
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.foundation.chunks import ranges
from ohmshot.foundation.statistics import half_interval_of_groups
from ohmshot.host.care.care import REPAIR, Care
from ohmshot.host.learner import LearnerSettings
from ohmshot.task.own_task import OwnTask
from ohmshot.task.result import OnManyChips


def on_many_chips(
    bundle: Bundle,
    task: OwnTask,
    parameters: ParameterSet,
    circuit: Circuit,
    seed: int,
    chips: int,
    settings: LearnerSettings,
    bake: Bake | None = None,
    care: Care = REPAIR,
) -> OnManyChips:
    """Let different chips learn the same task, and sum up over them.

    Args:
        bundle: the learned initialisation.
        task: the examples of the task.
        parameters: cells of the chips.
        circuit: around their arrays.
        seed: of the chips.
        chips: how many.
        settings: strategy, limits and arithmetic of the host.
        bake: after the updates; None for none.
        care: care for faulty cells.

    Raises:
        SettingsError: the head does not fit on the chips.
    """
    judged = task.support if task.query is None else task.query
    done = [
        adapt(
            bundle,
            task.support.values,
            task.support.labels,
            query=(judged.values, judged.labels),
            chips=SimulatedCrossbar(parameters.values, circuit, seed, list(numbers)),
            strategy=settings.strategy,
            bake=bake,
            limits=settings.limits,
            care=care,
            arithmetic=settings.arithmetic,
        )
        for numbers in ranges(chips, ADAPTATIONS_AT_ONCE)
    ]
    accuracy = torch.cat([part.accuracy for part in done])
    baked = [part.accuracy_after_bake for part in done if part.accuracy_after_bake is not None]
    software = torch.cat([part.accuracy_software for part in done])
    return OnManyChips(
        chips=chips,
        accuracy=float(accuracy.mean()),
        accuracy_ci95=_half(accuracy),
        accuracy_by_chip=tuple(accuracy.tolist()),
        accuracy_after_bake=float(torch.cat(baked).mean()) if baked else None,
        accuracy_after_bake_ci95=_half(torch.cat(baked)) if baked else None,
        energy_joules=float(torch.cat([part.energy for part in done]).mean()),
        loss_to_exact_weights=loss_to_exact_weights(
            accuracy, software, len(judged.labels), Signs.cat(part.measured.signs for part in done)
        ),
    )


def _half(shares: Tensor) -> float | None:
    """Half width of the 95 % interval over chips (Student's t); None for one."""
    return half_interval_of_groups(shares, torch.arange(len(shares)))
