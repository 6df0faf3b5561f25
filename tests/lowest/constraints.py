"""Constraints for pip that hold every requirement of pyproject.toml at its lower bound: `make test-lowest`.

Printed as lines of a constraints file. What a requirement itself needs stays as pip chooses it, as on the machine of a
person who holds one old library.
"""

import argparse
import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement

PROJECT = Path(__file__).parents[2] / "pyproject.toml"


def lowest(requirement: Requirement) -> str:
    """Return ``name==version`` of the lower bound of a requirement; ``==3.8.*`` stays as it is.

    Raises:
        ValueError: it has no lower bound.
    """
    for specifier in requirement.specifier:
        if specifier.operator == ">=":
            return f"{requirement.name}=={specifier.version}"
        if specifier.operator == "==":
            return f"{requirement.name}{specifier}"
    raise ValueError(f"{requirement} has no lower bound")


def constraints(project: Path, extras: list[str], instead: dict[str, str]) -> list[str]:
    """Return a line for every requirement of the package and of some of its extras.

    Args:
        project: the pyproject.toml.
        extras: names of optional groups.
        instead: versions by the name of a requirement that take the place of its lower bound.

    Raises:
        ValueError: a requirement has no lower bound, or one of ``instead`` is no requirement.
    """
    table = tomllib.loads(project.read_text("utf-8"))["project"]
    named = [*table["dependencies"]]
    for extra in extras:
        named += table["optional-dependencies"][extra]
    found: dict[str, str] = {}
    for each in map(Requirement, named):
        line = f"{each.name}=={instead[each.name]}" if each.name in instead else lowest(each)
        if found.setdefault(each.name, line) != line:
            raise ValueError(f"{each.name} has two lower bounds: {found[each.name]} and {line}")
    if unknown := set(instead) - set(found):
        raise ValueError(f"no requirement: {', '.join(sorted(unknown))}")
    return sorted(found.values())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--extra", action="append", default=[], help="an optional group; may be repeated")
    parser.add_argument("--instead", action="append", default=[], help="NAME==VERSION in place of a lower bound")
    given = parser.parse_args()
    instead = dict(each.split("==", 1) for each in given.instead)
    sys.stdout.write("\n".join(constraints(PROJECT, given.extra, instead)) + "\n")


if __name__ == "__main__":
    main()
