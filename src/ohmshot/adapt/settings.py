"""The inputs of a run of adaptations."""

from dataclasses import dataclass, field

from ohmshot.adapt.bake import STANDARD_BAKE, Bake
from ohmshot.chip.circuit import Circuit
from ohmshot.data.episodes import EpisodeShape
from ohmshot.host.care.care import REPAIR, Care
from ohmshot.host.learner import LearnerSettings


@dataclass(frozen=True)
class AdaptationSettings:
    """Settings of a run of adaptations.

    Attributes:
        episodes: adaptations in all, spread evenly over the chips.
        chips: different chips.
        seed: seed of all random numbers.
        shape: ways, shots and queries.
        learner: how the host learns.
        circuit: around the array.
        bake: after the updates.
        care: what the host does about faults of the chips.
    """

    episodes: int = 20
    chips: int = 1
    seed: int = 0
    shape: EpisodeShape = field(default_factory=EpisodeShape)
    learner: LearnerSettings = field(default_factory=LearnerSettings)
    circuit: Circuit = field(default_factory=Circuit)
    bake: Bake = STANDARD_BAKE
    care: Care = REPAIR
