"""The command `ohmshot`: one module a command; importing it registers the command."""

import sys

from ohmshot.cli import (
    adapt,
    bundle,
    cite,
    conformance,
    demo,
    example_files,
    fleet,
    meta_train,
    parameters,
    serve,
    show,
    study,
    sweep,
)
from ohmshot.cli.app import app
from ohmshot.foundation.errors import OhmshotError

__all__ = [
    "adapt",
    "app",
    "bundle",
    "cite",
    "conformance",
    "demo",
    "example_files",
    "fleet",
    "main",
    "meta_train",
    "parameters",
    "serve",
    "show",
    "study",
    "sweep",
]


def main() -> None:
    """Run the command line: errors that a person can mend are one line and exit code 2."""
    try:
        app()
    except OhmshotError as error:
        print(f"ohmshot: {error}", file=sys.stderr)
        sys.exit(2)
    except OSError as error:
        if error.filename is None:
            raise
        print(f"ohmshot: {error.filename} cannot be used: {error.strerror}.", file=sys.stderr)
        sys.exit(2)
