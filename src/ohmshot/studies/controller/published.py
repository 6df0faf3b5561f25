"""What was published of chips that learn, to stand beside the controller: figures of abstracts, each with its source.

None is like for like: they differ in the task, in what is on the chip, and in whether a number was measured on silicon.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class PublishedChip:
    """A chip.

    Attributes:
        work: short name, with technology.
        source: DOI or arXiv number.
        learns: what it learns, and how.
        stated: figures as its abstract states them.
        differs: what is in it and not in ours, or the other way round.
    """

    work: str
    source: str
    learns: str
    stated: str
    differs: str


PUBLISHED = (
    PublishedChip(
        "MAML on ReRAM with a computer in the loop, 130 nm HfO2 (VLSI 2025)",
        "pallo2025vlsi",
        "Omniglot, five updates of a head",
        "below 10 uJ for the updates",
        "the computer in the loop is not counted",
    ),
    PublishedChip(
        "Chameleon, 40 nm CMOS",
        "denblanken2025chameleon",
        "Omniglot, prototypes of a temporal network",
        "98.8 % (5-way 5-shot), 96.8 % (5-way 1-shot); learning adds 0.5 % of area",
        "all layers on the chip; digital, no resistive memory",
    ),
    PublishedChip(
        "FSL-HDnn, 40 nm CMOS",
        "arXiv 2409.10918",
        "10-way 5-shot, hyperdimensional classes behind a convolutional network",
        "6 mJ an image in training, 28 images/s",
        "its large convolutional network is counted",
    ),
    PublishedChip(
        "SAPIENS, 64-kb RRAM",
        "li2021sapiens",
        "Omniglot, 32-way 1-shot, associative memory",
        "79 % measured; 118 GOPS/W at 200 MHz",
        "features made elsewhere; no update of weights",
    ),
    PublishedChip(
        "STELLAR, about 160,000 memristors",
        "10.1126/science.ade3483",
        "on-chip learning by signs and thresholds, without verification",
        "learning energy three orders of magnitude below a processor's",
        "silicon, larger; not few-shot",
    ),
)
