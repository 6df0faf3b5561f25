"""Few-shot regression on the chip: sine waves, and the inverse kinematics of an arm that was never seen."""

import hashlib
from dataclasses import dataclass

from ohmshot.adapt.bake import STANDARD_BAKE
from ohmshot.adapt.regression import RegressionAdaptations, adapted_regression, software_predictions
from ohmshot.adapt.source import numbered_chips
from ohmshot.bundle.bundle import Bundle
from ohmshot.data.regression import ARMS, SINES, RegressionFamily, RegressionTasks
from ohmshot.foundation.chunks import in_chunks, usable_cores
from ohmshot.foundation.randomness import generator
from ohmshot.host.array import circuit_for
from ohmshot.host.care.care import NO_CARE
from ohmshot.host.learner import Learner, LearnerSettings
from ohmshot.meta.regression import Learned, RegressionTraining, regression_bundle
from ohmshot.studies.regression.findings import findings
from ohmshot.studies.regression.rivals import best_ridge, mean_predictions, ridge_predictions
from ohmshot.studies.regression.tables import RIDGE, RIDGE_AROUND, Found, rivals_table, shown_table, starts_table
from ohmshot.study.study import Counts, Measurement, Progress, Size, Study, StudySettings, step_counter

QUERIES = 50
"""Questions of a task; Finn et al. 2017 do not say how many theirs has."""
TRAINING_TASKS = 500
"""By which the penalty of least squares is chosen; none of them is judged by."""
AT_ONCE = 100
"""Adaptations of one batch; bounds the memory."""
STARTS: dict[str, Learned] = {"MAML": "maml", "one network for all tasks": "joint", "random": "none"}


@dataclass(frozen=True)
class _Row:
    """A family of tasks, and how many examples of each are learned from."""

    family: RegressionFamily
    shots: int

    @property
    def name(self) -> str:
        return f"{self.family.name}, {self.shots} examples"


ROWS: dict[Size, tuple[_Row, ...]] = {
    "default": (_Row(SINES, 5), _Row(SINES, 10), _Row(ARMS, 10)),
    "small": (_Row(SINES, 10), _Row(ARMS, 10)),
}
ITERATIONS: dict[Size, tuple[int, int]] = {"default": (1200, 80), "small": (30, 2)}
"""Of meta-training, with exact weights and through write errors."""


def measure(settings: StudySettings, progress: Progress) -> Measurement:
    """Train the initialisations, or take them from the cache, and let chips learn the same tasks from each."""
    rows = ROWS[settings.size]
    step = step_counter(progress, len(rows) * len(STARTS))
    found, digests = [], []
    for row in rows:
        for start, learned in STARTS.items():
            bundle = regression_bundle(row.family, _training(row, learned, settings.size))
            digests.append(bundle.digest)
            found.append(_found(settings, row, start, bundle))
            step()
    starts, rivals = starts_table(found), rivals_table(found)
    return Measurement(
        {"starts": starts, "rivals": rivals, "shown": shown_table(found)},
        findings(starts, rivals),
        ("finn2017maml", "antoniou2019train", "raghu2020reuse", "ortner2025rapid"),
        hashlib.sha256("".join(digests).encode()).hexdigest(),
    )


def _training(row: _Row, learned: Learned, size: Size) -> RegressionTraining:
    exact, through = ITERATIONS[size]
    return RegressionTraining(
        family=row.family.name,
        shots=row.shots,
        learned=learned,
        exact_iterations=exact,
        hardware_iterations=through,
    )


def _found(settings: StudySettings, row: _Row, start: str, bundle: Bundle) -> Found:
    """Let chips learn the tasks of a row from one start; the tasks are the same for every start."""
    random = generator(settings.seed, "regression", row.name, "judged")
    tasks = row.family.tasks(settings.episodes, row.shots, QUERIES, random)
    training = row.family.tasks(TRAINING_TASKS, row.shots, QUERIES, generator(settings.seed, "regression", "penalty"))
    rivals = {"mean of the examples": mean_predictions(tasks)}
    for name, around in ((RIDGE, False), (RIDGE_AROUND, True)):
        rivals[name] = ridge_predictions(bundle, tasks, best_ridge(bundle, training, around), around)
    made = _on_chips(settings, bundle, tasks)
    return Found(row.name, row.family, start, tasks, made, software_predictions(bundle, tasks), rivals)


def _on_chips(settings: StudySettings, bundle: Bundle, tasks: RegressionTasks) -> RegressionAdaptations:
    def learn(numbers: range) -> RegressionAdaptations:
        crossbar = numbered_chips(
            settings.parameters.values, circuit_for(bundle), settings.seed, range(settings.chips), numbers
        )
        learner = Learner(crossbar, bundle, LearnerSettings(strategy=settings.strategy))
        return adapted_regression(learner, crossbar, tasks.part(numbers), STANDARD_BAKE, NO_CARE)

    return RegressionAdaptations.cat(in_chunks(learn, len(tasks), AT_ONCE, usable_cores()))


STUDY = Study(
    name="regression",
    title="Functions from a few values",
    question="Can a chip learn a function from a few of its values, and what is the learned start worth?",
    measure=measure,
    counts={"default": Counts(20, 500), "small": Counts(2, 4)},
    assumptions={
        "retention_loss": "not swept here: what the bake takes is in the retention study",
        "compliance_per_conductance": "scales all energies alike; see the energy study",
    },
    own_tasks=True,
)
