"""One initialisation for all chips, or one fine-tuned for the wafer that a chip comes from, or gates trimmed for it.

A wafer is measured on a few of its dies by programming all levels: what the writes miss by, in the mean and in spread,
is the error model with which MAML fine-tunes the head on training characters. Other dies of it are then judged.
"""

import dataclasses
from dataclasses import dataclass

import polars as pl
import torch

from ohmshot.adapt.tasks import Tasks
from ohmshot.bundle.bundle import Bundle
from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.chip.wafer import WAFERS_OF_A_LOT, dies_of_a_wafer, shared_offsets
from ohmshot.foundation.column_names import named_with
from ohmshot.foundation.randomness import generator
from ohmshot.foundation.statistics import half_interval
from ohmshot.host.care.care import NO_CARE
from ohmshot.host.measure.calibration import measured_datasheet
from ohmshot.host.strategies.strategy import ProgrammingStrategy
from ohmshot.studies.fleet.chips import Fleet, adaptation_rows
from ohmshot.study.initialisations import Training, maml_through_hardware
from ohmshot.study.write_errors import write_errors_of

TESTED_DIES = 8
SHIPPED, FOR_ALL, FOR_THE_WAFER = "as shipped", "fine-tuned for all wafers", "fine-tuned for its wafer"
TRIMMED = "as shipped, gate voltages trimmed for its wafer"


@dataclass(frozen=True)
class WaferComparison:
    """Sizes of the comparison.

    Attributes:
        wafers: number of wafers, each of another lot.
        chips: judged chips on each wafer.
        tasks_each: tasks of a chip.
        strategies: programming strategies.
    """

    wafers: int
    chips: int
    tasks_each: int
    strategies: tuple[ProgrammingStrategy, ...]


def compared_wafers(
    comparison: WaferComparison, training: Training, tasks: Tasks, parameters: CellParameters, seed: int
) -> pl.DataFrame:
    """Judge the initialisations on wafers of different lots, on equal tasks; one row a wafer, strategy, initialisation.

    Args:
        comparison: sizes of the comparison.
        training: material of fine-tuning; its bundle is the one shipped.
        tasks: tasks with unseen characters, enough for all tasks of a wafer.
        parameters: cell parameters, with the spread of lots, wafers and dies.
        seed: seed of the study.
    """
    rows = []
    everywhere = _one_die_each(seed, comparison.wafers)
    for strategy in comparison.strategies:
        for_all = _fine_tuned(training, parameters, strategy, everywhere, seed)
        for number in range(comparison.wafers):
            tested, judged = wafer_dies(number, comparison.chips, seed)
            own = _fine_tuned(training, parameters, strategy, tested, seed)
            offered = {SHIPPED: training.bundle, FOR_ALL: for_all, FOR_THE_WAFER: own}
            shift = shared_offsets(parameters, seed, judged).mean(1)
            fleets = {
                name: Fleet(judged, comparison.tasks_each, seed, parameters, strategy, bundle, NO_CARE)
                for name, bundle in offered.items()
            }
            sheet = measured_datasheet(SimulatedCrossbar(parameters, Circuit(), seed, tested))
            fleets[TRIMMED] = dataclasses.replace(fleets[SHIPPED], datasheet=sheet)
            found = {name: adaptation_rows(fleet, tasks) for name, fleet in fleets.items()}
            rows += [
                {"wafer": number, "strategy": strategy.name, "initialisation": name}
                | {"set_shift_sd": float(shift[0]), "reset_shift_sd": float(shift[1])}
                | _judged(each, found[SHIPPED])
                for name, each in found.items()
            ]
    return pl.DataFrame(rows)


def _judged(rows: pl.DataFrame, shipped: pl.DataFrame) -> dict[str, float]:
    """Means with intervals, and the gain over the bundle as shipped, pair by pair."""
    found: dict[str, float] = {}
    for name in ("accuracy_percent", "baked_percent"):
        values = torch.from_numpy(rows[name].to_numpy().copy())
        gain = torch.from_numpy((rows[name] - shipped[name]).to_numpy().copy())
        found[name] = float(values.mean())
        found[named_with(name, "ci95")] = half_interval(values)
        found[named_with(name, "gain")] = float(gain.mean())
        found[named_with(name, "gain_ci95")] = half_interval(gain)
    return found | {"pulses": float(rows["pulses"].mean()), "updates_nj": float(rows["updates_nj"].mean())}  # type: ignore[arg-type]


def _fine_tuned(
    training: Training, parameters: CellParameters, strategy: ProgrammingStrategy, dies: tuple[int, ...], seed: int
) -> Bundle:
    """Measure the write errors of some dies and let MAML fine-tune the head with them."""
    full_scale = training.bundle.header.mapping.weight_full_scale
    model = write_errors_of(SimulatedCrossbar(parameters, Circuit(), seed, dies), strategy, full_scale, seed)
    return maml_through_hardware(training, model)


def wafer_dies(number: int, judged: int, seed: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Dies of a wafer to be tested, and others to be judged, spread over it by chance."""
    first = _wafer(number) * dies_of_a_wafer()
    order = torch.randperm(dies_of_a_wafer(), generator=generator(seed, "dies", number)).tolist()
    chosen = tuple(first + die for die in order)
    return chosen[:TESTED_DIES], chosen[TESTED_DIES : TESTED_DIES + judged]


def _one_die_each(seed: int, judged_wafers: int) -> tuple[int, ...]:
    """One die of each of as many wafers, all of lots that are not judged."""
    numbers = range(judged_wafers, judged_wafers + TESTED_DIES)
    return tuple(wafer_dies(number, 0, seed)[0][0] for number in numbers)


def _wafer(number: int) -> int:
    """Wafer of its own lot."""
    return number * WAFERS_OF_A_LOT + number % WAFERS_OF_A_LOT
