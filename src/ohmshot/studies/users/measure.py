"""Personal devices over the years: user after user learns on a chip that drifts, wears and lives on a battery."""

from typing import Annotated

import polars as pl
from pydantic import Field
from torch import Tensor

from ohmshot.adapt.adapted import tasks_for
from ohmshot.chip.circuit import Circuit
from ohmshot.foundation.statistics import half_interval
from ohmshot.foundation.units import DAY_S, YEAR_S
from ohmshot.studies.fleet.chips import software_by_episode
from ohmshot.studies.users.life import CARES, Life, Visit, lived, wear_a_user
from ohmshot.study.adjustable import Amount, Positive, Share, assumptions_of, assumptions_table
from ohmshot.study.device import DeviceAssumptions, macs_of_features, macs_of_gradients
from ohmshot.study.periphery import chip_parts
from ohmshot.study.study import Counts, Measurement, Progress, Size, Study, StudySettings


class UsersAssumptions(DeviceAssumptions):
    """The device, and how it is used."""

    years: Positive = 10.0
    """Years of use; assumed."""
    users_a_day: Positive = 1.0
    """Users of one of the lives, beside the fixed ones; assumed."""
    celsius: Annotated[float, Field(gt=-273)] = 25.0
    """Temperature of that life in degrees Celsius; assumed."""
    pictures_a_day: Amount = 100.0
    """Pictures that the device classifies in a day; assumed."""
    powered_share: Share = 0.01
    """Share of the time that the chip is powered and idle, at the standby power of the energy study; else it is
    switched off and keeps its weights. Assumed."""


LIVES: dict[Size, tuple[Life, ...]] = {
    "default": (
        Life("a user a month, 25 °C", 12 / 365.25),
        Life("a user a month, 2 h a day at 85 °C", 12 / 365.25, 25.0, 2 / 24, 85.0),
        Life("a user a month, 75 °C", 12 / 365.25, 75.0),
        Life("1,000 users a day, 25 °C", 1000.0),
    ),
    "small": (Life("a user a month, 75 °C", 12 / 365.25, 75.0),),
}
"""The fixed ones; one more is what the assumptions say."""
Lived = list[tuple[Life, str, list[Visit]]]


def measure(settings: StudySettings, progress: Progress) -> Measurement:
    """Let the chips of a study live every life with every care."""
    assumed = assumptions_of(UsersAssumptions, settings.assumed)
    tasks = tasks_for(settings)
    visits = max(1, settings.episodes // settings.chips)
    given = "a user a day" if assumed.users_a_day == 1 else f"{assumed.users_a_day:g} users a day"
    told = Life(f"{given}, {assumed.celsius:g} °C", assumed.users_a_day, assumed.celsius)
    steps = [(life, name) for life in (*LIVES[settings.size], told) for name in CARES]
    wear = {name: wear_a_user(settings, tasks, care) for name, care in CARES.items()}
    found: Lived = []
    for life, name in steps:
        found.append((life, name, lived(settings, tasks, life, CARES[name], wear[name], assumed.years, visits)))
        progress(len(found), len(steps))
    tables = {
        "years": years_table(found, software_by_episode(settings.bundle, tasks), assumed.years),
        "battery": battery_table(found, assumed, settings),
        "wear": _wear_table(wear),
        "assumptions": assumptions_table(assumed),
    }
    return Measurement(tables, tuple(_findings(tables, assumed)))


def years_table(lives: Lived, exact_pct: Tensor, years: float) -> pl.DataFrame:
    """Accuracy, wear and energy at each visit; energy in all is that of one user times the users so far, summed.

    Users differ in how hard their tasks are, so what the hardware costs is shown beside: points lost against exact
    weights on the same tasks.

    Args:
        lives: with what care, and their visits.
        exact_pct: accuracy with exact weights on the tasks, visit after visit.
        years: of use.
    """
    rows = []
    for life, care, visits in lives:
        spent_j = 0.0
        for number, visit in enumerate(visits, 1):
            users = years * YEAR_S / DAY_S * life.users_a_day / len(visits)
            spent_j += users * float((visit.learning_j + visit.again_j).mean())
            row: dict[str, float] = {"year": years * number / len(visits)}
            for name in ("fresh", "drifted", "again"):
                values = 100 * getattr(visit, name)
                row |= {f"{name}_pct": float(values.mean()), f"{name}_ci95_pct": half_interval(values)}
            exact = exact_pct[(number - 1) * len(visit.fresh) : number * len(visit.fresh)]
            for name in ("fresh", "drifted", "again"):
                lost = exact - 100 * getattr(visit, name)
                row |= {f"{name}_loss_pct": float(lost.mean()), f"{name}_loss_ci95_pct": half_interval(lost)}
            row |= {
                "users": users * number,
                "most_cycles": float(visit.most_cycles.mean()),
                "worn_out_pct": 100 * float(visit.stuck.mean()),
                "chip_mj": 1e3 * spent_j,
            }
            rows.append({"life": life.name, "care": care, **row})
    return pl.DataFrame(rows)


def battery_table(lives: Lived, assumed: UsersAssumptions, settings: StudySettings) -> pl.DataFrame:
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
        total = sum(parts.values())
        named = {f"{name}_mj_a_day": 1e3 * joules for name, joules in parts.items()}
        chip = sum(joules for name, joules in parts.items() if "chip" in name)
        days = {
            "battery_days": assumed.battery_days(total),
            "chip_alone_battery_days": assumed.battery_days(chip),
        }
        whole = named | {"device_mj_a_day": 1e3 * total} | days
        rows.append({"life": life.name, "care": care, **whole})
    return pl.DataFrame(rows)


def _wear_table(wear: dict[str, Tensor]) -> pl.DataFrame:
    rows = [
        (care, float(cells.mean()), float(cells.quantile(0.99)), float(cells.max())) for care, cells in wear.items()
    ]
    columns = ["care", "mean_cycles_a_user", "p99_cycles_a_user", "most_cycles_a_user"]
    return pl.DataFrame(rows, columns, orient="row")


def _findings(tables: dict[str, pl.DataFrame], assumed: UsersAssumptions) -> list[str]:
    years, battery = tables["years"], tables["battery"]
    found = []
    for life in years["life"].unique(maintain_order=True):
        said, users = [], 0.0
        for care in years["care"].unique(maintain_order=True):
            rows = years.filter(pl.col("life") == life, pl.col("care") == care)
            first, last = rows.row(0, named=True), rows.row(-1, named=True)
            users = last["users"]
            said.append(
                f"{care}: {last['fresh_pct']:.2f} ± {last['fresh_ci95_pct']:.2f} % of a new user after "
                f"{last['year']:.2g} years, of which the hardware costs {last['fresh_loss_pct']:.2f} ± "
                f"{last['fresh_loss_ci95_pct']:.2f} points ({first['fresh_loss_pct']:.2f} ± "
                f"{first['fresh_loss_ci95_pct']:.2f} at {first['year']:.2g} years), half of the stay later "
                f"{last['drifted_loss_pct']:.2f} and after learning again {last['again_loss_pct']:.2f}; "
                f"{last['most_cycles']:.2g} cycles of the most worn cell, {last['worn_out_pct']:.2g} % worn out, "
                f"{last['chip_mj']:.3g} mJ on the chip"
            )
        found.append(f"{life[0].upper()}{life[1:]}, {users:.3g} users: {'; '.join(said)}.")
    least = battery.sort("battery_days").row(0, named=True)
    most = battery.sort("battery_days").row(-1, named=True)
    alone = battery["chip_alone_battery_days"].to_numpy().min()
    found.append(
        f"With {assumed.pictures_a_day:g} pictures a day a coin cell lasts {least['battery_days']:.0f} days "
        f"({least['life']}, {least['care']}) to {most['battery_days']:.0f} days ({most['life']}); for the chip alone "
        f"at least {alone:.0f}, its shelf life being {365.25 * assumed.shelf_life_years:.0f}."
    )
    return found


STUDY = Study(
    name="users",
    title="Personal devices over the years: user after user on one chip",
    question="How well does a chip learn its next user after years of use, and what wears out first, cells or battery?",
    measure=measure,
    counts={"default": Counts(100, 500), "small": Counts(4, 8)},
    assumptions={
        "retention_loss": "not swept here; see the retention study",
        "retention_activation_energy": "not swept here; lives at three temperatures",
        "relaxation_saturation": "not swept here; see the retention study",
        "endurance_cycles": "not swept here; 1,000 users a day reach into it, see the endurance study",
        "endurance_shape": "not swept",
        "endurance_closure_start": "not swept",
        "compliance_per_conductance": "not swept: it scales all energies of the chip alike",
    },
    adjustable=UsersAssumptions,
)
