"""Tables of the study of users: what they find over the years, and what a day takes from the battery."""

from collections.abc import Mapping

import polars as pl
from torch import Tensor

from ohmshot.chip.circuit import Circuit
from ohmshot.foundation.statistics import mean_and_half
from ohmshot.foundation.units import DAY_S, YEAR_S
from ohmshot.studies.users.assumptions import UsersAssumptions
from ohmshot.studies.users.life import Life, Visit
from ohmshot.study.device import macs_of_features, macs_of_gradients
from ohmshot.study.periphery import chip_parts
from ohmshot.study.study import StudySettings

_ACCURACIES = ("fresh", "drifted", "again", "fresh_loss", "drifted_loss", "again_loss")
YEARS = (
    *("life", "care", "year"),
    *(f"{name}_{kind}" for name in _ACCURACIES for kind in ("percent", "ci95_percent")),
    *("users", "most_cycles", "worn_out_percent", "chip_mj"),
)
PARTS = {
    "learning_on_chip": "chip: learning",
    "classifying_on_chip": "chip: classifying",
    "chip_idle": "chip: idle",
    "learning_on_processor": "processor: learning",
    "classifying_on_processor": "processor: classifying",
    "processor_asleep": "processor: asleep",
}
"""Consumers of energy, with their labels in figures."""
PART_COLUMNS = {part: f"{part}_mj_a_day" for part in PARTS}
BATTERY = ("life", "care", *PART_COLUMNS.values(), "device_mj_a_day", "battery_days", "chip_alone_battery_days")
WEAR = ("care", "mean_cycles_a_user", "p99_cycles_a_user", "most_cycles_a_user")
SimulatedLives = list[tuple[Life, str, list[Visit]]]
"""Lives with the name of the handover and the visits."""


def years_table(lives: SimulatedLives, exact_percent: Tensor, years: float) -> pl.DataFrame:
    """Accuracy, wear and energy at each visit; energy in all is that of one user times the users so far, summed.

    Users differ in how hard their tasks are, so what the hardware costs is shown beside: points lost against exact
    weights on the same tasks.

    Args:
        lives: every life with its handover and its visits.
        exact_percent: accuracy with exact weights on the tasks, visit after visit, [visits * chips].
        years: length of each life in years.
    """
    rows = []
    for life, care, visits in lives:
        spent_j = 0.0
        for number, visit in enumerate(visits, 1):
            users = years * YEAR_S / DAY_S * life.users_a_day / len(visits)
            spent_j += users * float((visit.learning_j + visit.again_j).mean())
            exact = exact_percent[(number - 1) * len(visit.fresh) : number * len(visit.fresh)]
            reached = [100 * right for right in (visit.fresh, visit.drifted, visit.again)]
            rows.append(
                (
                    life.name,
                    care,
                    years * number / len(visits),
                    *(part for right in reached for part in mean_and_half(right)),
                    *(part for right in reached for part in mean_and_half(exact - right)),
                    users * number,
                    float(visit.most_cycles.mean()),
                    100 * float(visit.stuck.mean()),
                    1e3 * spent_j,
                )
            )
    return pl.DataFrame(rows, YEARS, orient="row")


def battery_table(lives: SimulatedLives, assumed: UsersAssumptions, settings: StudySettings) -> pl.DataFrame:
    """Energy of a day by part, mean over the life, and how long a cell lasts."""
    support = 5 * settings.bundle.header.network.ways
    macs, gradients = macs_of_features(settings.bundle), macs_of_gradients(settings.bundle, support)
    standby_w = 1e-9 * chip_parts(Circuit().rows * Circuit().columns)[-1].standby_nw[0]
    rows = []
    for life, care, visits in lives:
        learning = sum(float((each.learning_j + each.again_j).mean()) for each in visits) / len(visits)
        classification = sum(float(each.classification_j.mean()) for each in visits) / len(visits)
        parts = {
            "learning_on_chip": life.users_a_day * learning,
            "classifying_on_chip": assumed.pictures_a_day * classification,
            "chip_idle": assumed.powered_share * standby_w * DAY_S,
            # The support pictures pass the fixed layers once, their gradients are taken twice.
            "learning_on_processor": life.users_a_day * (support * macs + 2 * gradients) * assumed.joules_per_mac,
            "classifying_on_processor": assumed.pictures_a_day * macs * assumed.joules_per_mac,
            "processor_asleep": assumed.sleep_joules_a_day,
        }
        total, chip = sum(parts.values()), sum(joules for part, joules in parts.items() if "chip" in part)
        days = assumed.battery_days(total), assumed.battery_days(chip)
        rows.append((life.name, care, *(1e3 * parts[part] for part in PARTS), 1e3 * total, *days))
    return pl.DataFrame(rows, BATTERY, orient="row")


def wear_table(wear: Mapping[str, Tensor]) -> pl.DataFrame:
    """SET/RESET cycles that a user costs a cell, by handover; ``wear`` holds those of every cell, [cells]."""
    rows = [
        (care, float(cells.mean()), float(cells.quantile(0.99)), float(cells.max())) for care, cells in wear.items()
    ]
    return pl.DataFrame(rows, WEAR, orient="row")
