"""Chips that learn group after group of classes and keep no drawing: what they still know at each stage."""

import dataclasses
import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ohmshot.adapt.adaptation import updates
from ohmshot.adapt.adaptations import adapted
from ohmshot.adapt.source import numbered_chips
from ohmshot.adapt.tasks import TaskBatch, Tasks
from ohmshot.bundle.bundle import Bundle
from ohmshot.bundle.nearest_mean import nearest_mean_logits
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.foundation.chunks import in_chunks, usable_cores
from ohmshot.host.array import arrays_for
from ohmshot.host.care.care import NO_CARE
from ohmshot.host.learner import Learner, LearnerSettings
from ohmshot.study.study import StudySettings

AT_ONCE = 20
"""Chips of one batch; bounds the memory."""

Rule = Callable[[Learner, Tensor, Tensor], Tensor]
"""Lets chips learn new classes: features [chips, examples, features] and columns, int64 [examples]; returns how many
cells it wrote, int64 [chips]."""
OWN_COLUMN = "own column"


def _then_updates(learner: Learner, features: Tensor, labels: Tensor) -> Tensor:
    """Write the columns, then let the new drawings move all columns in five updates.

    The softmax is over all columns of the chip, those that hold no class yet among them.
    """
    written = learner.learn_classes(features, labels)
    return sum((step.changed for step in updates(learner, features, labels, NO_CARE)), written)


RULES: dict[str, Rule] = {OWN_COLUMN: Learner.learn_classes, "own column, then five updates": _then_updates}
"""The first was chosen on background characters alone, in software: updates of the new column alone, with the softmax
over the classes so far, forget less than updates of all columns and far more than a column that is written once."""
JOINT = "all classes at once"
"""Not a rule: fresh chips make five updates on the drawings of all classes so far."""


@dataclass(frozen=True)
class Stage:
    """What chips know after some classes; one number a chip, [n].

    Attributes:
        right: share of right answers about all classes so far, among these.
        first: the same, about the classes of the first group.
        first_alone: about the first group, among the first group alone: what was learned first and is still held.
        cells: cells written so far to learn, the initialisation not counted.
        joules: energy of learning so far.
    """

    right: Tensor
    first: Tensor
    first_alone: Tensor
    cells: Tensor
    joules: Tensor

    @staticmethod
    def cat(parts: Sequence["Stage"]) -> "Stage":
        """Put the chips of several batches together."""
        names = [field.name for field in dataclasses.fields(Stage)]
        return Stage(**{name: torch.cat([getattr(part, name) for part in parts]) for name in names})


@dataclass(frozen=True)
class Course:
    """The order of events.

    Attributes:
        classes: how many are learned in all.
        group: how many come at a time.
        stages: after how many classes chips are examined, rising.
    """

    classes: int
    group: int
    stages: tuple[int, ...]


def learned_in_groups(settings: StudySettings, tasks: Tasks, course: Course, rule: Rule) -> list[Stage]:
    """Let chips learn the classes of their episode group by group; one record a stage of the course.

    Args:
        settings: inputs of the study, with a bundle for any number of ways.
        tasks: episodes of all the classes.
        course: order of events.
        rule: how chips learn a group.
    """
    bundle = _for_groups(settings.bundle, course)

    def learn(numbers: range) -> list[Stage]:
        task, (learner, _) = tasks.batch(numbers), _host(settings, bundle, numbers)
        learner.initialise()
        cells = torch.zeros(len(numbers), dtype=torch.int64)
        joules, found = torch.zeros(len(numbers), dtype=torch.float64), []
        for known in range(course.group, course.classes + 1, course.group):
            new = (task.support_labels >= known - course.group) & (task.support_labels < known)
            before = learner.crossbar.meter()
            cells = cells + rule(learner, task.support[:, new], task.support_labels[new])
            joules = joules + (learner.crossbar.meter() - before).joules
            if known in course.stages:
                found.append(_examined(learner, task, known, course.group, cells, joules))
        return found

    batches = in_chunks(learn, settings.episodes, AT_ONCE, usable_cores())
    return [Stage.cat(parts) for parts in zip(*batches, strict=True)]


def learned_at_once(settings: StudySettings, tasks: Tasks, course: Course) -> list[Stage]:
    """Let fresh chips learn all classes so far at once, by five updates; one record a stage of the course."""

    def learn(numbers: range, known: int) -> Stage:
        bundle, whole = settings.bundle.for_ways(known), tasks.batch(numbers)
        support, query = whole.support_labels < known, whole.query_labels < known
        task = TaskBatch(
            whole.support[:, support], whole.support_labels[support], whole.query[:, query], whole.query_labels[query]
        )
        made = adapted(*_host(settings, bundle, numbers), task, NO_CARE)
        cells, joules = made.cells_written.sum(1), made.spent.joules
        return _examined(made.learner, task, known, course.group, cells, joules)

    return [
        Stage.cat(in_chunks(functools.partial(learn, known=known), settings.episodes, AT_ONCE, usable_cores()))
        for known in course.stages
    ]


def nearest_mean_of_stages(tasks: Tasks, course: Course) -> list[Tensor]:
    """Share of right answers of the nearest class mean in software at every stage, float64 [episodes] each.

    A common origin and size of the features would change no answer, so they are left as they are.
    """
    right = []
    for number in range(len(tasks.episodes)):
        task = tasks.batch(range(number, number + 1))
        logits = nearest_mean_logits(task.support, task.support_labels, task.query, tasks.episodes.shape.ways)[0]
        asked = [task.query_labels < known for known in course.stages]
        found = [logits[of, :known].argmax(-1) for of, known in zip(asked, course.stages, strict=True)]
        right.append([float((a == task.query_labels[of]).double().mean()) for a, of in zip(found, asked, strict=True)])
    return list(torch.tensor(right, dtype=torch.float64).T)


def _for_groups(bundle: Bundle, course: Course) -> Bundle:
    """The bundle with a column for every class, and the rates of a task of one group."""
    wide, rates = bundle.for_ways(course.classes), bundle.for_ways(course.group).header.rates
    return dataclasses.replace(wide, header=wide.header.model_copy(update={"rates": rates}))


def _host(settings: StudySettings, bundle: Bundle, numbers: range) -> tuple[Learner, SimulatedCrossbar]:
    """Fresh chips with as many arrays as the head takes, and their host."""
    circuit = Circuit().arrays(arrays_for(bundle, Circuit()))
    chips = numbered_chips(settings.parameters.values, circuit, settings.seed, range(settings.chips), numbers)
    return Learner(chips, bundle, LearnerSettings(strategy=settings.strategy)), chips


def _examined(learner: Learner, task: TaskBatch, known: int, group: int, cells: Tensor, joules: Tensor) -> Stage:
    """Ask chips about all classes so far; a column that holds no class yet has no say."""
    asked = task.query_labels < known
    labels, logits = task.query_labels[asked], learner.forward(task.query[:, asked]).logits
    of_first = labels < group
    right = (logits[..., :known].argmax(-1) == labels).double()
    alone = (logits[:, of_first, :group].argmax(-1) == labels[of_first]).double()
    return Stage(right.mean(1), right[:, of_first].mean(1), alone.mean(1), cells, joules)
