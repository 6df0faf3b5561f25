"""What the page lets a person choose from: settings, sources of examples, studies."""

from typing import Any

from ohmshot.data.source import SIGNAL_SOURCES, SOURCES
from ohmshot.study.registry import STUDIES, study_named
from ohmshot.workbench.settings import Technologies, choices

DRAWINGS = "characters"
"""The initialisation for drawings."""


def offered(technologies: Technologies) -> dict[str, Any]:
    """Settings with their defaults, sources, and studies with the question that each asks."""
    return {
        "choices": choices(technologies),
        "sources": [{"name": name, "bundle": bundle} for name, bundle in sources().items()],
        "studies": [{"name": name, "question": study_named(name).question} for name in STUDIES],
    }


def sources() -> dict[str, str]:
    """Sources of examples, each with the initialisation that its tasks are learned from."""
    drawings = [name for name in SOURCES if name not in ("omniglot-rotations", "omniglot-pairs")]
    people = [name for name in ("emg", "invented-emg") if name in SIGNAL_SOURCES]
    return dict.fromkeys(drawings, DRAWINGS) | {name: name for name in people}
