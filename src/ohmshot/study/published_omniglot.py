"""Published accuracies of chips that learn Omniglot characters from a few drawings; ours are shown beside them.

Their splits, networks and protocols differ from ours and from one another: the numbers say in which region chips are,
not which is better. Accuracies are those of the abstracts.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class PublishedAccuracy:
    """An accuracy that was published.

    Attributes:
        work: short name, with chip and technology.
        key: citation key.
        ways: classes.
        shots: drawings of each to learn from.
        accuracy_percent: as stated.
        one_by_one: whether classes came one after another.
        differs: what differs from ours, beside network and split.
    """

    work: str
    key: str
    ways: int
    shots: int
    accuracy_percent: float
    one_by_one: bool
    differs: str


_CHAMELEON = "Chameleon (40 nm CMOS, digital)", "denblanken2025chameleon"
_SAPIENS = "SAPIENS (64-kb RRAM, associative memory)", "li2021sapiens"
PUBLISHED = (
    PublishedAccuracy(*_CHAMELEON, 5, 1, 96.8, False, "drawings as sequences, fixed layers on the chip"),
    PublishedAccuracy(*_CHAMELEON, 5, 5, 98.8, False, "drawings as sequences, fixed layers on the chip"),
    PublishedAccuracy(*_CHAMELEON, 250, 10, 82.2, True, "drawings as sequences, classes one after another"),
    PublishedAccuracy(*_SAPIENS, 32, 1, 79.0, False, "measured on a chip, L1 distance"),
)
