"""The option --limit: budgets of writing, wear and energy by name."""

from typing import TYPE_CHECKING, Annotated

import typer

from ohmshot.foundation.errors import SettingsError

if TYPE_CHECKING:  # it brings PyTorch along
    from ohmshot.host.limits import Limits

LIMITS = {
    "session-cells": ("session_cells", 1.0),
    "session-pulses": ("session_pulses", 1.0),
    "session-cycles": ("session_cycles", 1.0),
    "session-microjoules": ("session_joules", 1e-6),
    "life-pulses": ("life_pulses", 1.0),
    "life-cycles": ("life_cycles", 1.0),
    "life-microjoules": ("life_joules", 1e-6),
}
"""Name on the command line to attribute of `ohmshot.host.limits.Limits` and the unit in which it is given."""

LimitOption = Annotated[
    list[str] | None,
    typer.Option(
        "--limit",
        help=f"NAME=NUMBER, may be repeated: a write that could exceed it is refused. Names: {', '.join(LIMITS)}.",
    ),
]


def limits_of(given: list[str] | None) -> "Limits | None":
    """Read the limits that a person gave; None where nothing was given.

    Raises:
        SettingsError: no such limit, no number, or the same limit twice.
    """
    from ohmshot.host.limits import Limits

    limits: dict[str, float] = {}
    for text in given or []:
        name, _, number = text.partition("=")
        if name not in LIMITS:
            raise SettingsError(f"There is no limit '{name}'. Give NAME=NUMBER with one of {', '.join(LIMITS)}.")
        attribute, unit = LIMITS[name]
        if attribute in limits:
            raise SettingsError(f"The limit {name} is given twice.")
        try:
            limits[attribute] = float(number) * unit if unit != 1.0 else int(number)
        except ValueError as error:
            raise SettingsError(f"The limit {text} is no number: give for example {name}=1000.") from error
    return Limits(**limits) if limits else None  # type: ignore[arg-type]
