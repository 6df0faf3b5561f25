"""What other packages add to ohmshot, by entry points.

A package names its strategies, data sources and parameter sets in the groups below (docs/extending.md). Names are known
without importing anything; an object is imported when its name is asked for.
"""

import functools
import sys
from collections.abc import Collection
from importlib.metadata import EntryPoint, entry_points
from typing import Literal

from ohmshot.foundation.errors import SettingsError

Group = Literal["ohmshot.strategies", "ohmshot.sources", "ohmshot.parameters"]


def names_of_plugins(group: Group) -> tuple[str, ...]:
    """Names that installed packages add to a group, sorted."""
    return tuple(sorted({entry.name for entry in _entries(group)}))


def _entries(group: Group) -> tuple[EntryPoint, ...]:
    return _installed(group, tuple(sys.path))


@functools.lru_cache
def _installed(group: Group, path: tuple[str, ...]) -> tuple[EntryPoint, ...]:
    """Entry points of all packages on a path; looking through them takes some 10 ms, so it is done once."""
    return tuple(entry_points(group=group))


def plugin(group: Group, name: str, own: Collection[str]) -> object | None:
    """Load the object that a package adds under a name.

    Args:
        group: group of the entry points.
        name: of the object.
        own: names that ohmshot has itself, which no package may take.

    Returns:
        The object; None where no package adds one of this name.

    Raises:
        SettingsError: the name is ohmshot's own, two packages add it, or it cannot be imported.
    """
    found = tuple(entry for entry in _entries(group) if entry.name == name)
    if not found:
        return None
    packages = " and ".join(sorted(map(package_of, found)))
    if name in own:
        raise SettingsError(
            f"The package {packages} adds '{name}' to {group}, a name that ohmshot has itself. Uninstall it, or have "
            "its entry point renamed."
        )
    if len(found) > 1:
        raise SettingsError(f"The packages {packages} all add '{name}' to {group}. Uninstall all but one.")
    try:
        loaded: object = found[0].load()
    except Exception as error:  # whatever a foreign module does when it is imported
        raise SettingsError(
            f"'{name}' of the package {packages} cannot be loaded ({found[0].value}): {type(error).__name__}: {error}. "
            "Mend or uninstall the package."
        ) from error
    return loaded


def refused(group: Group, name: str, wanted: str) -> SettingsError:
    """An error for an object of a package that is not what its group is for; ``wanted`` says what would be."""
    (found,) = (entry for entry in _entries(group) if entry.name == name)
    return SettingsError(f"'{name}' of the package {package_of(found)} ({found.value}) is not {wanted}.")


def package_of(entry: EntryPoint) -> str:
    """Name and version of the package that has an entry point."""
    return "without a name" if entry.dist is None else f"{entry.dist.name} {entry.dist.version}"
