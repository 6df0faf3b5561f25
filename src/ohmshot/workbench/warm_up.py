"""What a page will ask for first, done once before it does: machine code and examples are then in memory."""

import contextlib
from typing import Any

from ohmshot.foundation.errors import OhmshotError
from ohmshot.workbench.operations import done
from ohmshot.workbench.sessions import Session
from ohmshot.workbench.shared import Workbench

SOURCE = "invented"
"""The source that needs no file."""


def warm_up(bench: Workbench) -> None:
    """Draw a task, learn it on a chip, ask, age and wear it, on a bench that no page sees; nothing where that fails.

    A chip behind a wire is left alone: what is done here is done to simulated ones.
    """
    session = Session("warm-up")
    chips = Workbench(bench.technologies, data=bench.data, bundles=bench.bundles)

    def do(operation: str, **message: Any) -> dict[str, Any]:
        return done(chips, session, operation, message)

    with contextlib.suppress(OhmshotError):
        task = {"classes": do("source", name=SOURCE)["classes"]}
        do("learn", task=task)
        do("ask", example=task["classes"][0]["queries"][0])
        do("compare", task=task)
        do("preview", hours=12, celsius=150)
        do("bake", hours=12, celsius=150)
        do("repair", value=0.05)
        do("wear", value=1000)
