"""The same tasks on cells of several technologies: learned, baked, kept for ten years, and what equals what."""

from collections.abc import Callable

import polars as pl
import torch

from ohmshot.adapt.bake import STANDARD_BAKE, Bake
from ohmshot.adapt.tasks import Tasks
from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.cell.equivalence import relaxes_as_long
from ohmshot.cell.log_relaxation_numbers import relaxes_in_log_time
from ohmshot.cell.parameter_set import ParameterSet, load_parameter_set
from ohmshot.foundation.statistics import mean_and_half
from ohmshot.foundation.units import HOUR_S, YEAR_S
from ohmshot.study.lifetime import equivalent_time
from ohmshot.study.study import Size, StudySettings
from ohmshot.study.tasks import adapted_chips

TECHNOLOGIES: dict[Size, tuple[str, ...]] = {
    "default": (
        "leti_hfo2_130nm",
        "leti_with_measured_spreads",
        "skywater_130nm",
        "neurram_40us",
        "leti_all_pessimistic",
    ),
    "small": ("leti_hfo2_130nm", "leti_with_measured_spreads"),
}
STORAGE = Bake(10 * YEAR_S / HOUR_S, 75.0)
"""What the standard bake is said to stand for, simulated as it is."""
TECHNOLOGY = {
    "parameters": pl.String,
    **dict.fromkeys(
        (
            "accuracy_percent",
            "accuracy_ci95_percent",
            "baked_accuracy_percent",
            "baked_accuracy_ci95_percent",
            "stored_accuracy_percent",
            "stored_accuracy_ci95_percent",
            "energy_uj",
            "energy_ci95_uj",
            "loss_ev",
            "loss_low_ev",
            "loss_high_ev",
            "by_loss_years",
            "by_loss_low_years",
            "by_loss_high_years",
            "by_relaxation_years",
        ),
        pl.Float64,
    ),
}
"""Baked: 12 h at 150 degrees; stored: 10 years at 75. The years at 75 degrees are those that the bake equals."""


def technologies_table(settings: StudySettings, tasks: Tasks, step: Callable[[], None]) -> pl.DataFrame:
    """Accuracy and energy on each technology, and the time at 75 degrees that the standard bake ages as much."""
    rows = []
    for name in TECHNOLOGIES[settings.size]:
        known = load_parameter_set(name)
        rows.append([name, *_learned(settings, tasks, known.values), *equivalent_years(known)])
        step()
    return pl.DataFrame(rows, TECHNOLOGY, orient="row")


def _learned(settings: StudySettings, tasks: Tasks, parameters: CellParameters) -> list[float]:
    """Accuracy in per cent as learned, baked and stored, and energy in uJ, each with the half width of its interval."""
    parts = []
    for chips in adapted_chips(settings, tasks, parameters):
        start = chips.crossbar.state.clone()
        aged = []
        for storage in (STANDARD_BAKE, STORAGE):
            chips.crossbar.put_cells(start)
            storage.apply_to(chips.crossbar)
            aged.append(chips.accuracy_now())
        parts.append(torch.stack([100 * chips.learned, *(100 * right for right in aged), 1e6 * chips.spent.joules]))
    return [number for column in torch.cat(parts, 1) for number in mean_and_half(column)]


def equivalent_years(known: ParameterSet) -> list[float | None]:
    """Activation energy of loss in eV with its ends, the years at 75 degrees by it, and those by relaxation.

    Loss is a rate: Arrhenius' law; relaxation in log time: `ohmshot.cell.equivalence.relaxes_as_long`. None where a set
    has no such law.
    """
    name = "loss_activation_energy" if relaxes_in_log_time(known.values) else "retention_activation_energy"
    quantity = known.quantities.get(name)
    if quantity is None or getattr(known.values, name) is None:
        energies: list[float | None] = [None, None, None]
        years: list[float | None] = [None, None, None]
    else:
        ends = quantity.interval or quantity.swept_values or (None, None)
        energies = [None if each is None else float(each) for each in (quantity.value, *ends)]
        years = [None if each is None else _by_loss(each) for each in energies]
    return [*energies, *years, _by_relaxation(known.values)]


def _by_loss(energy_ev: float) -> float:
    return equivalent_time(STANDARD_BAKE.seconds, STANDARD_BAKE.celsius, STORAGE.celsius, energy_ev) / YEAR_S


def _by_relaxation(values: CellParameters) -> float | None:
    if not relaxes_in_log_time(values):
        return None
    return relaxes_as_long(STANDARD_BAKE.seconds, STANDARD_BAKE.celsius, STORAGE.celsius, values) / YEAR_S
