"""The option --limit: budgets of writing, wear and energy by name."""

import dataclasses
from typing import Annotated

import typer

from ohmshot.foundation.errors import SettingsError
from ohmshot.host.limits import Limits

LIMITS = {
    field.name.replace("_joules", "_microjoules").replace("_", "-"): field.name for field in dataclasses.fields(Limits)
}
"""Name on the command line to attribute of `ohmshot.host.limits.Limits`; energies are given in microjoules."""

LimitOption = Annotated[
    list[str] | None,
    typer.Option(
        "--limit",
        help=f"NAME=NUMBER, may be repeated: a write that could exceed it is refused. Names: {', '.join(LIMITS)}.",
    ),
]


def limits_of(given: list[str] | None) -> Limits | None:
    """Read the limits that a person gave; None where nothing was given.

    Raises:
        SettingsError: no such limit, no number, or the same limit twice.
    """
    limits: dict[str, float] = {}
    for text in given or []:
        name, _, number = text.partition("=")
        if name not in LIMITS:
            raise SettingsError(f"There is no limit '{name}'. Give NAME=NUMBER with one of {', '.join(LIMITS)}.")
        attribute = LIMITS[name]
        if attribute in limits:
            raise SettingsError(f"The limit {name} is given twice.")
        try:
            limits[attribute] = 1e-6 * float(number) if attribute.endswith("_joules") else int(number)
        except ValueError as error:
            raise SettingsError(f"The limit {text} is no number: give for example {name}=1000.") from error
    return Limits(**limits) if limits else None  # type: ignore[arg-type]
