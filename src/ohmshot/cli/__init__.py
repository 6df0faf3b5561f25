"""The command `ohmshot`: one module a command; importing it registers the command."""

import importlib
import io
import pkgutil
import sys

from ohmshot.cli.app import app
from ohmshot.foundation.errors import OhmshotError
from ohmshot.foundation.text import printable

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")


def main() -> None:
    """Run the command line: errors that a person can mend are one line and exit code 2."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal that cannot show a sign shows its number
            stream.reconfigure(errors="backslashreplace")
    try:
        app()
    except OhmshotError as error:
        print(f"ohmshot: {printable(str(error))}", file=sys.stderr)
        sys.exit(2)
    except OSError as error:
        if error.filename is None:
            raise
        print(f"ohmshot: {printable(str(error.filename))} cannot be used: {error.strerror}.", file=sys.stderr)
        sys.exit(2)
