"""Personal devices over the years: user after user learns on a chip that drifts, wears and lives on a battery."""

from ohmshot.studies.users.assumptions import UsersAssumptions
from ohmshot.studies.users.findings import findings
from ohmshot.studies.users.life import HANDOVERS, Life, simulate_life, wear_a_user
from ohmshot.studies.users.tables import SimulatedLives, battery_table, wear_table, years_table
from ohmshot.study.assumptions import assumptions_of, assumptions_table
from ohmshot.study.study import Counts, Measurement, Progress, Size, Study, StudySettings
from ohmshot.study.tasks import software_percent, tasks_for

LIVES: dict[Size, tuple[Life, ...]] = {
    "default": (
        Life("a user a month, 25 °C", 12 / 365.25),
        Life("a user a month, 2 h a day at 85 °C", 12 / 365.25, 25.0, 2 / 24, 85.0),
        Life("a user a month, 75 °C", 12 / 365.25, 75.0),
        Life("1,000 users a day, 25 °C", 1000.0),
    ),
    "small": (Life("a user a month, 75 °C", 12 / 365.25, 75.0),),
}
"""Fixed lives; the assumptions add one more."""


def measure(settings: StudySettings, progress: Progress) -> Measurement:
    """Simulate every life with every handover."""
    assumed = assumptions_of(UsersAssumptions, settings.assumed)
    tasks = tasks_for(settings)
    visits = max(1, settings.episodes // settings.chips)
    rate = "a user a day" if assumed.users_a_day == 1 else f"{assumed.users_a_day:g} users a day"
    assumed_life = Life(f"{rate}, {assumed.celsius:g} °C", assumed.users_a_day, assumed.celsius)
    steps = [(life, name) for life in (*LIVES[settings.size], assumed_life) for name in HANDOVERS]
    wear = {name: wear_a_user(settings, tasks, handover) for name, handover in HANDOVERS.items()}
    found: SimulatedLives = []
    for life, name in steps:
        found.append(
            (life, name, simulate_life(settings, tasks, life, HANDOVERS[name], wear[name], assumed.years, visits))
        )
        progress(len(found), len(steps))
    tables = {
        "years": years_table(found, software_percent(settings.bundle, tasks), assumed.years),
        "battery": battery_table(found, assumed, settings),
        "wear": wear_table(wear),
        "assumptions": assumptions_table(assumed),
    }
    return Measurement(tables, tuple(findings(tables, assumed)))


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
