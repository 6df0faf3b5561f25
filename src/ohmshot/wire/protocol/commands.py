"""The commands: what each is called, takes and touches; from the bytes of a message to calls."""

import itertools
import re
from dataclasses import dataclass

from ohmshot.wire.protocol import parameters as p
from ohmshot.wire.protocol.errors import Code, CommandError
from ohmshot.wire.protocol.grammar import Unit, parse

PROTOCOL = "1.1"
"""Version of this table: the first number changes when an old client would no longer work."""
SCPI_VERSION = "1999.0"
MOST_CHIPS = 256
"""Of the batch that a simulator holds at once."""
HIGHEST_HEALTH_CODE = 127


@dataclass(frozen=True)
class Command:
    """One command or query.

    Attributes:
        pattern: name with its short form in capitals and optional nodes in brackets; a query ends in a question mark.
        parameters: in order.
        drives: it changes the chip or what the chip will draw next, so only the writer may send it.
        alone: it must be the only unit of its message, since it changes what the others are read against.
        open: it may be sent before the token.
    """

    pattern: str
    parameters: tuple[p.Parameter, ...] = ()
    drives: bool = False
    alone: bool = False
    open: bool = False


COMMANDS = (
    Command("*IDN?", open=True),
    Command("*RST"),
    Command("*CLS", open=True),
    Command("*ESE", (p.integer(0, 255),)),
    Command("*ESE?"),
    Command("*ESR?"),
    Command("*OPC"),
    Command("*OPC?"),
    Command("*SRE", (p.integer(0, 255),)),
    Command("*SRE?"),
    Command("*STB?"),
    Command("*TST?"),
    Command("*WAI"),
    Command("SYSTem:ERRor[:NEXT]?", open=True),
    Command("SYSTem:ERRor:COUNt?", open=True),
    Command("SYSTem:VERSion?", open=True),
    Command("SYSTem:CAPability?"),
    Command("SYSTem:TOKen", (p.text,), alone=True, open=True),
    Command("SYSTem:LOCK:REQuest?"),
    Command("SYSTem:LOCK:RELease"),
    Command("SYSTem:LOCK:OWNer?"),
    Command("SYSTem:SESSion:BEGin?", (p.text,), alone=True),
    Command("SYSTem:SESSion:RESume?", (p.text,), alone=True),
    Command("SYSTem:FRAMe?", (p.content,), alone=True),
    Command("FORMat[:DATA]", (p.choice("ASCii", "PACKed"),)),
    Command("FORMat[:DATA]?"),
    Command("FORMat:BORDer", (p.choice("NORMal", "SWAPped"),)),
    Command("FORMat:BORDer?"),
    Command("CELL:FORM", (p.cells,), drives=True),
    Command("CELL:SET", (p.cells, p.pulse_voltages), drives=True),
    Command("CELL:RESet", (p.cells, p.pulse_voltages), drives=True),
    Command("CELL:READ?", (p.cells,), drives=True),
    Command("CELL:WEAR?", (p.cells_or_all,)),
    Command("CELL:HEALth", (p.cells, p.codes(0, HIGHEST_HEALTH_CODE)), drives=True),
    Command("CELL:HEALth?", (p.cells_or_all,)),
    Command("CELL:UNPulsed?"),
    Command("ARRay:MULTiply?", (p.integer(0, 2**31 - 1), p.integer(1, 2**31 - 1), p.row_voltages), drives=True),
    Command("ARRay:MULTiply:ROWS?", (p.integer(0, 2**31 - 1), p.integer(1, 2**31 - 1), p.driven_rows), drives=True),
    Command("ARRay:COUNt?"),
    Command("ARRay:CELLs?", (p.integer(0, 2**31 - 1),)),
    Command("CHIP:DATasheet?"),
    Command("CHIP:SHAPe?"),
    Command(
        "CHIP:WAIT",
        (
            p.real(p.SECONDS, 0, p.LONGEST_WAIT_S),
            p.real(p.CELSIUS, -p.ZERO_CELSIUS_K + 0.01, p.HIGHEST_CELSIUS, default=25.0),
        ),
        drives=True,
    ),
    Command("METer:COUNts?"),
    Command("METer:ENERgy?"),
    Command("METer:BUSY?"),
    Command("SIMulator:FRESh", (p.chips_and_lives(MOST_CHIPS),), drives=True, alone=True),
    Command("SIMulator:POWer:CYCLe", drives=True, alone=True),
    Command("SIMulator:CONDuctance?"),
)


@dataclass(frozen=True)
class Call:
    """A command with its values, ready to be carried out."""

    command: Command
    values: tuple[object, ...]


def understand(message: bytes, context: p.Context) -> tuple[Call, ...]:
    """Read one program message as a whole.

    Args:
        message: without its newline.
        context: what addresses, counts and bytes are read against.

    Raises:
        CommandError: any part of it is wrong; then nothing of it may be carried out.
    """
    units = parse(message)
    calls = tuple(_bound(unit, context) for unit in units)
    for call in calls:
        if call.command.alone and len(calls) > 1:
            raise CommandError(Code.CONFLICT, f"{call.command.pattern} must be alone in its message")
    return calls


def _bound(unit: Unit, context: p.Context) -> Call:
    command = _NAMES.get((unit.header, unit.query))
    if command is None:
        name = ":".join(unit.header) + "?" * unit.query
        raise CommandError(Code.UNDEFINED_HEADER, name)
    arguments = p.Arguments(unit.arguments, context)
    try:
        values = tuple(parameter(arguments) for parameter in command.parameters)
        arguments.finish()
        if command.pattern.startswith("ARRay:MULTiply"):
            _check_columns(values, context)
    except CommandError as error:
        raise CommandError(error.code, f"{command.pattern}: {str(error).partition('; ')[2]}".rstrip(": ")) from error
    return Call(command, values)


def _check_columns(values: tuple[object, ...], context: p.Context) -> None:
    first, count = values[0], values[1]
    assert isinstance(first, int)
    assert isinstance(count, int)
    if first + count > context.columns:
        raise CommandError(Code.OUT_OF_RANGE, f"columns run from 0 to {context.columns - 1}")


def spellings(pattern: str) -> set[tuple[str, ...]]:
    """Every header that a pattern accepts, in capitals and without its question mark."""
    nodes = re.findall(r"\[:(\w+)\]|(\*?\w+)", pattern)
    options = []
    for optional, needed in nodes:
        name = optional or needed
        forms: set[tuple[str, ...]] = {(name.upper(),), (p.short_form(name),)}
        options.append(forms | {()} if optional else forms)
    return {tuple(itertools.chain.from_iterable(parts)) for parts in itertools.product(*options)}


_NAMES = {
    (header, command.pattern.endswith("?")): command for command in COMMANDS for header in spellings(command.pattern)
}
