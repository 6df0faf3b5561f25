"""Word lengths by bundle, as they were chosen on training classes (docs/controller.md)."""

from ohmshot.bundle.bundle import Bundle
from ohmshot.controller.formats import WordLengths

CHOSEN: dict[str, WordLengths] = {"emg": WordLengths(feature=10, probability=8, error=9)}
"""By the kind of examples. Electromyograms: rates are large, so an error of 7 bits is coarse, and features reach to
eight standard deviations, so 8 bits are."""


def word_lengths_for(bundle: Bundle) -> WordLengths:
    """Word lengths of the controller that learns with a bundle; `WordLengths()` where none were chosen."""
    return CHOSEN.get(bundle.header.preprocessing.kind, WordLengths())
