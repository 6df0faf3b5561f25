"""A chip's life: user after user learns on it, it drifts, it wears."""

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ohmshot.adapt.adaptation import updates
from ohmshot.adapt.adaptations import answers, right_share
from ohmshot.adapt.tasks import TaskBatch, Tasks
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.foundation.chunks import in_chunks, usable_cores
from ohmshot.foundation.randomness import derived_seed
from ohmshot.foundation.units import DAY_S, YEAR_S
from ohmshot.host.care.care import NO_CARE
from ohmshot.host.care.repair import rewrite_worst
from ohmshot.host.learner import Learner, LearnerSettings
from ohmshot.study.study import StudySettings

CHIPS_AT_ONCE = 50
WEAR_CHIPS, WEAR_USERS = 10, 10
"""On which the wear of a user is measured, cell by cell."""

Handover = Callable[[Learner], None]
"""Action of the host before a new user."""


@dataclass(frozen=True)
class Life:
    """Use and storage conditions of a chip.

    Attributes:
        name: name in tables.
        users_a_day: new users a day, one after another.
        celsius: temperature of storage and use in degrees Celsius.
        hot_share: share of the time spent at ``hot_celsius`` instead.
        hot_celsius: the higher temperature in degrees Celsius.
    """

    name: str
    users_a_day: float
    celsius: float = 25.0
    hot_share: float = 0.0
    hot_celsius: float = 25.0


@dataclass(frozen=True)
class Visit:
    """One user on every chip, at one time of its life; all tensors [chips].

    Attributes:
        fresh: share of right answers after the five updates.
        drifted: share of right answers half of the user's stay later.
        again: share of right answers after five more updates on the support set of this user.
        learning_j: energy in J of restoring the initialisation and learning this user.
        again_j: energy in J of the five more updates.
        classification_j: energy in J of classifying one picture.
        most_cycles: SET/RESET cycles of the most worn cell so far.
        stuck: share of the cells that have worn out.
    """

    fresh: Tensor
    drifted: Tensor
    again: Tensor
    learning_j: Tensor
    again_j: Tensor
    classification_j: Tensor
    most_cycles: Tensor
    stuck: Tensor


def forget(learner: Learner) -> None:
    """Write the initialisation back where the last user has changed it; cells that nobody changed drift on."""
    learner.restart()


def forget_and_verify(learner: Learner) -> None:
    """Write the initialisation back, then read every cell and write those anew that have left their window."""
    learner.restart()
    rewrite_worst(learner, 1.0)


HANDOVERS: dict[str, Handover] = {"forget": forget, "forget and verify all": forget_and_verify}


def wear_a_user(settings: StudySettings, tasks: Tasks, handover: Handover) -> Tensor:
    """SET/RESET cycles that a user costs each cell, learning again included; mean of users and chips, [cells]."""
    chips = min(WEAR_CHIPS, settings.chips)
    users = max(1, min(WEAR_USERS, settings.episodes // chips))
    learner, crossbar = _initialised(settings, range(chips), derived_seed(settings.seed, "wear of a user"))
    before = crossbar.wear()
    for user in range(users):
        task = tasks.batch(range(user * chips, (user + 1) * chips))
        _learn(learner, task)
        _learn(learner, task)
        handover(learner)
    return ((crossbar.wear() - before).double().flatten(1) / users).mean(0)


def simulate_life(
    settings: StudySettings, tasks: Tasks, life: Life, handover: Handover, wear: Tensor, years: float, visits: int
) -> list[Visit]:
    """Simulate the life of chips: users at evenly spaced visits learn, all users between them only wear the cells.

    Args:
        settings: inputs of the study.
        tasks: one for each chip and visit.
        life: use and storage conditions of every chip.
        handover: action of the host before a new user.
        wear: SET/RESET cycles that one user costs each cell, [cells].
        years: length of the life in years.
        visits: number of visits.
    """
    interval = years * YEAR_S / visits
    stay = min(DAY_S / life.users_a_day, interval / 2)
    others = max(0.0, interval / DAY_S * life.users_a_day - 2)

    def batch(numbers: range) -> list[Visit]:
        learner, crossbar = _initialised(settings, numbers, settings.seed)
        found = []
        for visit in range(visits):
            crossbar.wear_in((others * wear).expand(len(numbers), -1))
            _store(crossbar, life, interval - 2 * stay)
            # A user before the one who is watched, so that what is to be forgotten is as old as it would be.
            last, watched = (
                tasks.batch(range(first, first + len(numbers)))
                for first in (each % visits * settings.chips + numbers.start for each in (visit - 1, visit))
            )
            handover(learner)
            _learn(learner, last)
            _store(crossbar, life, stay)
            found.append(_watched(learner, crossbar, watched, life, handover, stay))
        return found

    batches = in_chunks(batch, settings.chips, CHIPS_AT_ONCE, usable_cores())
    return [_joined([each[visit] for each in batches]) for visit in range(visits)]


def _watched(
    learner: Learner, crossbar: SimulatedCrossbar, user: TaskBatch, life: Life, handover: Handover, stay: float
) -> Visit:
    meters = [crossbar.meter()]
    handover(learner)
    _learn(learner, user)
    meters.append(crossbar.meter())
    fresh = right_share(answers(learner, user.query), user)
    meters.append(crossbar.meter())
    _store(crossbar, life, stay / 2)
    drifted = right_share(answers(learner, user.query), user)
    meters.append(crossbar.meter())
    _learn(learner, user)
    meters.append(crossbar.meter())
    again = right_share(answers(learner, user.query), user)
    _store(crossbar, life, stay / 2)
    cycles = crossbar.wear().double().flatten(1)
    failed = cycles >= crossbar.state.cycles_to_failure.reshape(cycles.shape)
    return Visit(
        fresh=fresh,
        drifted=drifted,
        again=again,
        learning_j=(meters[1] - meters[0]).joules,
        again_j=(meters[4] - meters[3]).joules,
        classification_j=(meters[2] - meters[1]).joules / user.query.shape[1],
        most_cycles=cycles.amax(1),
        stuck=failed.double().mean(1),
    )


def _initialised(settings: StudySettings, numbers: Sequence[int], seed: int) -> tuple[Learner, SimulatedCrossbar]:
    crossbar = SimulatedCrossbar(settings.parameters.values, Circuit(), seed, list(numbers))
    learner = Learner(crossbar, settings.bundle, LearnerSettings(strategy=settings.strategy))
    learner.initialise()
    return learner, crossbar


def _learn(learner: Learner, user: TaskBatch) -> None:
    for _ in updates(learner, user.support, user.support_labels, NO_CARE):
        pass


def _store(crossbar: SimulatedCrossbar, life: Life, seconds: float) -> None:
    if seconds > 0:
        crossbar.wait(seconds * (1 - life.hot_share), life.celsius)
        if life.hot_share > 0:
            crossbar.wait(seconds * life.hot_share, life.hot_celsius)


def _joined(parts: Sequence[Visit]) -> Visit:
    names = [each.name for each in dataclasses.fields(Visit)]
    return Visit(**{name: torch.cat([getattr(part, name) for part in parts]) for name in names})
