"""The programming strategies compared: precision, stability, cost, wear, and the accuracy they leave."""

from typing import Any

import polars as pl
import torch

from ohmshot.adapt.tasks import Tasks
from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.cell.parameter_set import ParameterSet
from ohmshot.foundation.references import citation_keys
from ohmshot.foundation.statistics import half_interval
from ohmshot.host.learner import LearnerSettings
from ohmshot.host.strategies.registry import STRATEGIES, strategy_named
from ohmshot.host.strategies.strategy import ProgrammingStrategy, settings_of, with_settings
from ohmshot.studies.strategies.findings import findings
from ohmshot.studies.strategies.noise_map import map_rows
from ohmshot.studies.strategies.ranking import ranked, technologies
from ohmshot.studies.strategies.tables import LEVEL_ERROR, MISREAD, USABLE_BITS, WEIGHT_ERROR
from ohmshot.study import programming
from ohmshot.study.moments import through_moments
from ohmshot.study.programming import ProgrammedChips, program_chips
from ohmshot.study.sensitivity import variants
from ohmshot.study.study import Counts, Measurement, Progress, Study, StudySettings, step_counter
from ohmshot.study.tasks import adapted_and_baked, tasks_for

TABLES = ("strategies", "ranking", "crossover", "map", "levels", "quantiles", "front", "attempts", "sweeps")
TOLERANCES = (1.5, 2.5, 4.0, 6.0, 10.0)
"""uS, for the energy-retention front; the settling tolerance is kept above."""
ATTEMPTS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32)
SWEPT = (
    "set_spread",
    "set_device_share",
    "set_pulse_share",
    "reset_log_spread",
    "reset_device_share",
    "reset_pulse_share",
    "reset_conductance",
    "read_noise",
    "relaxation_spread_per_decade",
    "retention_spread",
)
"""Rows that no source backs, each taken to both ends of its range alone."""
SWEPT_OF_LAWS = ("log_relaxation_variance", "reset_state_log_spread", "reset_raise", "reset_break", "set_lowering")
"""Rows of laws that only some technologies have, likewise."""
QUANTILES = 25
CHIPS_A_POINT = {"small": 1, "default": 4}
"""Of the tolerances, the attempts and the sweeps, where a point is a mean over thousands of cells already."""


def measure(settings: StudySettings, progress: Progress) -> Measurement:
    """Program chips by every strategy, let them relax, bake them; then adapt chips with each."""
    cell, few = settings.parameters.values, CHIPS_A_POINT[settings.size]
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
    tasks, compared = tasks_for(settings), technologies(settings)
    step = step_counter(progress, len(STRATEGIES) + len(compared))
    for strategy in map(strategy_named, STRATEGIES):
        chips = program_chips(cell, strategy, settings.chips, settings.seed)
        levels, quantiles, summary = _over_time(strategy.name, chips)
        rows["levels"] += levels
        rows["quantiles"] += quantiles
        rows["strategies"].append({**summary, **_adapted(strategy, tasks, settings)})
        rows["front"] += _front(strategy, cell, few, settings.seed)
        rows["attempts"] += _error_by_attempts(strategy, cell, few, settings.seed)
        rows["sweeps"] += _sweeps(strategy, settings.parameters, few, settings.seed)
        step()
    for name, each in compared.items():
        ranking, crossover = ranked(name, each, tasks, settings)
        rows["ranking"] += ranking
        rows["crossover"] += crossover
        rows["map"] += map_rows(name, each, settings.size, settings.seed)
        step()
    tables = {name: pl.DataFrame(rows[name]) for name in TABLES}
    works = citation_keys(*(strategy_named(name).citations for name in STRATEGIES))
    return Measurement(tables, tuple(findings(tables)), works)


def _cost(chips: ProgrammedChips) -> dict[str, float]:
    return {
        "set_pulses": chips.per_cell("set"),
        "reset_pulses": chips.per_cell("reset"),
        "reads": chips.per_cell("read"),
        "energy_pj": chips.energy_joules * 1e12,
        "busy_microseconds": chips.busy_seconds * 1e6,
        "cycles": float(chips.cycles.double().mean()),
        "most_cycles": float(chips.cycles.max()),
        "missed_share": len(chips.missed) / len(chips.state),
    }


def _over_time(name: str, chips: ProgrammedChips) -> tuple[list[dict[str, Any]], list[dict[str, Any]], dict[str, Any]]:
    """Rows of the levels and of their quantiles at each moment, and the summary of the strategy."""
    levels, quantiles, summary = [], [], {"strategy": name, **_cost(chips)}
    places = programming.probit_positions(QUANTILES)
    carries = chips.state > 0
    for moment in through_moments(chips.crossbar):
        now = chips.crossbar.true_conductances().flatten()
        joint = programming.confusion(now, chips.state, chips.states)
        summary[LEVEL_ERROR[moment]] = programming.root_mean_square(chips.cell_error[carries])
        summary[WEIGHT_ERROR[moment]] = programming.root_mean_square(chips.pair_error)
        summary[MISREAD[moment]] = programming.misread_share(joint)
        summary[USABLE_BITS[moment]] = programming.usable_bits(joint)
        for state, target in enumerate(chips.states.tolist()):
            here = now[chips.state == state].double()
            common = {"strategy": name, "moment": moment, "target_microsiemens": target}
            levels.append(
                common
                | {
                    "mean_microsiemens": float(here.mean()),
                    "sigma_microsiemens": float(here.std()),
                    "misread_share": 1 - float(joint[state, state] / joint[state].sum()),
                    "cells": len(here),
                }
            )
            quantiles += [
                common | {"probability": float(place), "conductance_microsiemens": float(at)}
                for place, at in zip(places, torch.quantile(here, places), strict=True)
            ]
    return levels, quantiles, summary


def _adapted(strategy: ProgrammingStrategy, tasks: Tasks, settings: StudySettings) -> dict[str, float]:
    """Accuracy after five updates and after the bake, with the costs of the updates; equal chips and tasks for all."""
    found = adapted_and_baked(settings, tasks, settings.parameters.values, LearnerSettings(strategy=strategy))
    lost = found.learned - found.accuracy_after_bake
    return found.accuracies() | {
        "lost_by_bake_percent": 100 * float(lost.mean()),
        "lost_by_bake_ci95_percent": 100 * half_interval(lost),
        "adaptation_pulses": float(found.spent.pulses.double().mean()),
        "adaptation_uj": float(found.spent.joules.mean()) * 1e6,
        "most_cycles_of_a_life": float(found.most_cycles.max()),
    }


def _weight_errors(chips: ProgrammedChips) -> dict[str, float]:
    moments = through_moments(chips.crossbar)
    return {WEIGHT_ERROR[moment]: programming.root_mean_square(chips.pair_error) for moment in moments}


def _front(strategy: ProgrammingStrategy, cell: CellParameters, chips: int, seed: int) -> list[dict[str, Any]]:
    """Energy against error as the tolerance grows; a single shot has none and is one point."""
    own, rows = settings_of(strategy), []
    for tolerance in TOLERANCES if own else TOLERANCES[:1]:
        wider = {"tolerance": tolerance, "settle_tolerance": max(tolerance, own["settle_tolerance"])} if own else {}
        written = program_chips(cell, with_settings(strategy, wider), chips, seed)
        rows.append(
            {
                "strategy": strategy.name,
                "tolerance_microsiemens": tolerance,
                **_cost(written),
                **_weight_errors(written),
            }
        )
    return rows


def _error_by_attempts(
    strategy: ProgrammingStrategy, cell: CellParameters, chips: int, seed: int
) -> list[dict[str, Any]]:
    """Error of the cells at levels, and cells still outside their window, when the attempts are cut off."""
    rows, verifies = [], bool(settings_of(strategy))
    for attempts in ATTEMPTS if verifies else ATTEMPTS[:1]:
        fewer = {"most_attempts": attempts, "settle_rounds": 0} if verifies else {}
        written = program_chips(cell, with_settings(strategy, fewer), chips, seed)
        rows.append(
            {
                "strategy": strategy.name,
                "attempts": attempts,
                "level_error_microsiemens": programming.root_mean_square(written.cell_error[written.state > 0]),
                "missed_share": len(written.missed) / len(written.state),
                "energy_pj": written.energy_joules * 1e12,
            }
        )
    return rows


def _sweeps(strategy: ProgrammingStrategy, parameters: ParameterSet, chips: int, seed: int) -> list[dict[str, Any]]:
    """Costs and errors with one row that no source backs at either end of its range."""
    rows = []
    for variant in variants(parameters, (*SWEPT, *SWEPT_OF_LAWS)):
        written = program_chips(variant.parameters, strategy, chips, seed)
        about = {"strategy": strategy.name, "row": variant.row, "end": variant.end, "value": variant.label}
        rows.append({**about, **_cost(written), **_weight_errors(written)})
    return rows


STUDY = Study(
    name="strategies",
    title="Programming strategies",
    question="Which programming strategy gives the best balance of precision, retention, energy, time and wear?",
    measure=measure,
    counts={"default": Counts(50, 500), "small": Counts(1, 4)},
    assumptions=dict.fromkeys(SWEPT, "both ends of its range, for every strategy"),
)
