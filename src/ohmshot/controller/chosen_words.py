"""Word lengths by bundle, as the study `controller` chose them on training classes (docs/controller.md)."""

from ohmshot.bundle.bundle import Bundle
from ohmshot.controller.formats import WordLengths

CHOSEN: dict[tuple[str, str], WordLengths] = {}
"""By what the examples are and whether the support set brings features to a standard."""


def word_lengths_for(bundle: Bundle) -> WordLengths:
    """Word lengths of the controller that learns with a bundle; `WordLengths()` where none were chosen."""
    header = bundle.header
    return CHOSEN.get((header.preprocessing.kind, header.standard), WordLengths())
