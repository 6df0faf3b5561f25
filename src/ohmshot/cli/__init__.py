"""The command `ohmshot`: one module a command; importing it registers the command."""

import contextlib
import importlib
import io
import os
import pkgutil
import sys
from typing import NoReturn

from ohmshot.cli.app import app
from ohmshot.foundation.errors import OhmshotError
from ohmshot.foundation.text import one_line

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")

TOO_MUCH = "This takes more memory than there is. Ask for fewer chips, arrays, classes or examples at a time."


def main() -> None:
    """Run the command line: errors that a person can mend are one line and exit code 2."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal that cannot show a sign shows its number
            stream.reconfigure(errors="backslashreplace")
    try:
        try:
            app()
        finally:
            sys.stdout.flush()  # or a full disk would be noticed only when Python has ended
    except OhmshotError as error:
        _end_with(str(error))
    except MemoryError:
        _end_with(TOO_MUCH)
    except RuntimeError as error:  # PyTorch's allocator has no error of its own
        if "allocate memory" not in str(error) and "not enough memory" not in str(error):
            raise
        _end_with(TOO_MUCH)
    except OSError as error:
        reason = error.strerror or str(error)
        if error.filename is not None:
            _end_with(f"{error.filename} cannot be used: {reason}.")
        _drop_output()
        _end_with(f"The output could not be written: {reason}.")


def _end_with(said: str) -> NoReturn:
    print(f"ohmshot: {one_line(said)}", file=sys.stderr)
    sys.exit(2)


def _drop_output() -> None:
    """Let Python end without a second error of an output that takes no more, such as a file on a full disk."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
