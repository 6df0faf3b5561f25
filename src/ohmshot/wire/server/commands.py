"""The commands of the wire (docs/protocol.md): the name, the arguments and the action of each."""

import itertools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias

import torch
from torch import Tensor

from ohmshot.chip.crossbar import ObservedCrossbar
from ohmshot.foundation.errors import ChipError
from ohmshot.programming.policies import POLICIES, plan_named
from ohmshot.programming.policy import Plan
from ohmshot.wire.protocol import parameters as p
from ohmshot.wire.protocol.blocks import ByteOrder
from ohmshot.wire.protocol.descriptions import PROTOCOL, Capabilities, datasheet_json
from ohmshot.wire.protocol.errors import Code, CommandError
from ohmshot.wire.protocol.grammar import Unit, parse
from ohmshot.wire.protocol.parameters import Values
from ohmshot.wire.server.answers import Answer, AnswerFormat
from ohmshot.wire.server.custody import Custody
from ohmshot.wire.server.station import Station
from ohmshot.wire.server.status import StatusRegisters
from ohmshot.wire.server.token_gate import LONGEST_MESSAGE, TokenGate

SCPI_VERSION = "1999.0"
HIGHEST_MASK = 2**15 - 1
"""Of a register of the operation or questionable status: 16 bits, the highest unused (SCPI-99, volume 1, 9.2)."""
FORMATS = {"ASCii": "ASCII", "PACKed": "PACKED"}
ORDERS: Mapping[str, ByteOrder] = {"NORMal": "NORMAL", "SWAPped": "SWAPPED"}


@dataclass(frozen=True)
class Instrument:
    """A chip as one client has it before it.

    Attributes:
        station: the chip in its tester, which all clients share.
        custody: the client's claim on the chip.
        gate: asks the client for the token.
        status: error queue and registers of the client.
        answers: the format that the client has chosen for arrays.
    """

    station: Station
    custody: Custody
    gate: TokenGate
    status: StatusRegisters
    answers: AnswerFormat

    @property
    def chip(self) -> ObservedCrossbar:
        """The chip, or the batch of a simulator."""
        return self.station.crossbar


@dataclass(frozen=True)
class Command(Generic[*Values]):
    """One command or query.

    Attributes:
        pattern: name with its short form in capitals and optional nodes in brackets; a query ends in a question mark.
        parameters: reads its arguments.
        action: carries it out, given their values.
        drives: it changes the chip or what the chip will draw next, so only the writer may send it.
        alone: it must be the only unit of its message, since it changes what the others are read against.
        open: it may be sent before the token.
        simulator: a real chip does not know it.
    """

    pattern: str
    parameters: p.Parameters[*Values]
    action: Callable[[Instrument, *Values], Answer]
    drives: bool = False
    alone: bool = False
    open: bool = False
    simulator: bool = False


@dataclass(frozen=True)
class Call(Generic[*Values]):
    """A command with its values, ready to be carried out."""

    command: Command[*Values]
    values: tuple[*Values]

    def perform(self, instrument: Instrument) -> Answer:
        """Carry it out.

        Raises:
            ChipError: the chip refuses.
        """
        return self.command.action(instrument, *self.values)


AnyCall: TypeAlias = Call[*tuple[Any, ...]]


def _capabilities(instrument: Instrument) -> bytes:
    simulator = instrument.station.simulator
    capabilities = Capabilities(
        protocol=PROTOCOL,
        chips=instrument.chip.chips,
        longest_message=LONGEST_MESSAGE,
        commands=tuple(command.pattern for command in COMMANDS if simulator or not command.simulator),
        supervised=instrument.chip.supervised,
        policies=tuple(name for name in POLICIES if instrument.chip.takes(plan_named(name))),
        simulator=simulator,
    )
    return capabilities.model_dump_json().encode()


def _plan(instrument: Instrument, plan: Plan) -> Tensor:
    """Run a plan; int32 addresses of the cells that missed."""
    if not instrument.chip.takes(plan):
        raise ChipError("This chip takes no plans: drive it pulse by pulse.")
    return instrument.chip.execute(plan).to(torch.int32)


def _self_test(instrument: Instrument) -> int:
    """0 where the wear counters of all cells are there and valid, else 1."""
    wear, chip = instrument.chip.wear(), instrument.chip
    return int(int(wear.min()) < 0 or wear.numel() != chip.chips * chip.datasheet.cells)


def _cells_of_array(instrument: Instrument, array: int) -> Tensor:
    """Addresses of the cells of one array, int64 [n]."""
    sheet = instrument.chip.datasheet
    width = sheet.columns // sheet.arrays
    lines = torch.arange(instrument.chip.chips * sheet.rows)[:, None] * sheet.columns
    return (lines + torch.arange(array * width, (array + 1) * width)).flatten()


def _shape(instrument: Instrument) -> str:
    sheet = instrument.chip.datasheet
    return f"{instrument.chip.chips},{sheet.rows},{sheet.columns}"


def _shortened(names: Mapping[str, str], value: str) -> str:
    """Short form of the name that stands for a value."""
    return next(p.short_form(name) for name in names if names[name] == value)


def _status_commands(name: str) -> tuple[Command[*tuple[Any, ...]], ...]:
    """One of the two status registers that SCPI-99 asks every instrument for (volume 1, 4.2.1)."""
    return (
        Command(f"STATus:{name}[:EVENt]?", p.none, lambda i: 0, open=True),
        Command(f"STATus:{name}:CONDition?", p.none, lambda i: 0, open=True),
        Command(
            f"STATus:{name}:ENABle",
            p.integer(0, HIGHEST_MASK),
            lambda i, mask: i.status.enable_register(name, mask),
            open=True,
        ),
        Command(f"STATus:{name}:ENABle?", p.none, lambda i: i.status.register_enable(name), open=True),
    )


COMMANDS = (
    Command("*IDN?", p.none, lambda i: ",".join(i.station.identity), open=True),
    Command("*RST", p.none, lambda i: i.answers.reset()),
    Command("*CLS", p.none, lambda i: i.status.clear(), open=True),
    Command("*ESE", p.integer(0, 255), lambda i, mask: i.status.enable_events(mask), open=True),
    Command("*ESE?", p.none, lambda i: i.status.event_enable, open=True),
    Command("*ESR?", p.none, lambda i: i.status.take_events(), open=True),
    Command("*OPC", p.none, lambda i: i.status.complete()),
    Command("*OPC?", p.none, lambda i: 1),
    Command("*SRE", p.integer(0, 255), lambda i, mask: i.status.enable_service(mask), open=True),
    Command("*SRE?", p.none, lambda i: i.status.service_enable, open=True),
    Command("*STB?", p.none, lambda i: i.status.status_byte(), open=True),
    Command("*TST?", p.none, _self_test),
    Command("*WAI", p.none, lambda i: None),
    *_status_commands("OPERation"),
    *_status_commands("QUEStionable"),
    Command("STATus:PRESet", p.none, lambda i: i.status.preset(), open=True),
    Command("SYSTem:ERRor[:NEXT]?", p.none, lambda i: i.status.take_error().entry, open=True),
    Command("SYSTem:ERRor:COUNt?", p.none, lambda i: i.status.errors, open=True),
    Command("SYSTem:VERSion?", p.none, lambda i: SCPI_VERSION, open=True),
    Command("SYSTem:CAPability?", p.none, _capabilities),
    Command("SYSTem:TOKen", p.text, lambda i, token: i.gate.give(token), alone=True, open=True),
    Command("SYSTem:LOCK:REQuest?", p.none, lambda i: int(i.custody.take())),
    Command("SYSTem:LOCK:RELease", p.none, lambda i: i.custody.release()),
    Command("SYSTem:LOCK:OWNer?", p.none, lambda i: f'"{i.custody.writer}"'),
    Command("SYSTem:SESSion:BEGin?", p.text, lambda i, key: i.custody.begin(key), alone=True),
    Command("SYSTem:SESSion:RESume?", p.text, lambda i, key: i.custody.resume(key), alone=True),
    Command("SYSTem:FRAMe?", p.content, lambda i, content: i.custody.frame(content), alone=True),
    Command("FORMat[:DATA]", p.choice(FORMATS), lambda i, name: i.answers.use_format(name)),
    Command("FORMat[:DATA]?", p.none, lambda i: _shortened(FORMATS, i.answers.format)),
    Command("FORMat:BORDer", p.choice(ORDERS), lambda i, order: i.answers.use_order(order)),
    Command("FORMat:BORDer?", p.none, lambda i: _shortened(ORDERS, i.answers.order)),
    Command("CELL:FORM", p.cells, lambda i, cells: i.chip.form(cells), drives=True),
    Command("CELL:SET", p.pulses, lambda i, cells, volts: i.chip.set(cells, volts), drives=True),
    Command("CELL:RESet", p.pulses, lambda i, cells, volts: i.chip.reset(cells, volts), drives=True),
    Command("CELL:PLAN?", p.plan, _plan, drives=True),
    Command("CELL:READ?", p.cells, lambda i, cells: i.chip.read(cells).to(torch.float32), drives=True),
    Command("CELL:WEAR?", p.cells_or_all, lambda i, cells: i.chip.wear().view(-1)[cells]),
    Command("CELL:HEALth", p.health_codes, lambda i, cells, codes: i.chip.keep_health(cells, codes), drives=True),
    Command("CELL:HEALth?", p.cells_or_all, lambda i, cells: i.chip.health().view(-1)[cells]),
    Command("CELL:UNPulsed?", p.none, lambda i: i.station.unpulsed),
    Command("ARRay:MULTiply?", p.multiply, lambda i, columns, volts: i.chip.multiply(volts, columns), drives=True),
    Command(
        "ARRay:MULTiply:ROWS?",
        p.multiply_rows,
        lambda i, columns, rows, volts: i.chip.multiply(volts, columns, rows),
        drives=True,
    ),
    Command("ARRay:COUNt?", p.none, lambda i: i.chip.datasheet.arrays),
    Command("ARRay:CELLs?", p.array, _cells_of_array),
    Command("CHIP:DATasheet?", p.none, lambda i: datasheet_json(i.chip.datasheet)),
    Command("CHIP:SHAPe?", p.none, _shape),
    Command("CHIP:WAIT", p.wait, lambda i, seconds, celsius: i.chip.wait(seconds, celsius), drives=True),
    Command("METer:COUNts?", p.none, lambda i: i.chip.meter().counts),
    Command("METer:ENERgy?", p.none, lambda i: i.chip.meter().energy_joules),
    Command("METer:BUSY?", p.none, lambda i: i.chip.meter().busy_seconds),
    Command(
        "SIMulator:FRESh",
        p.chips_and_lives,
        lambda i, pairs: i.station.fresh(pairs),
        drives=True,
        alone=True,
        simulator=True,
    ),
    Command(
        "SIMulator:POWer:CYCLe", p.none, lambda i: i.station.power_cycle(), drives=True, alone=True, simulator=True
    ),
    Command("SIMulator:CONDuctance?", p.none, lambda i: i.chip.true_conductances(), simulator=True),
)
"""Every command of the wire; in an action, i is the instrument."""


def spellings(pattern: str) -> set[tuple[str, ...]]:
    """Every header that a pattern accepts, in capitals and without its question mark."""
    nodes = re.findall(r"\[:(\w+)\]|(\*?\w+)", pattern)
    options = []
    for optional, needed in nodes:
        name = optional or needed
        forms: set[tuple[str, ...]] = {(name.upper(),), (p.short_form(name),)}
        options.append(forms | {()} if optional else forms)
    return {tuple(itertools.chain.from_iterable(parts)) for parts in itertools.product(*options)}


_BY_NAME: dict[tuple[tuple[str, ...], bool], Command[*tuple[Any, ...]]] = {
    (header, command.pattern.endswith("?")): command for command in COMMANDS for header in spellings(command.pattern)
}


def understand(message: bytes, context: p.Context) -> tuple[AnyCall, ...]:
    """Read one program message as a whole.

    Args:
        message: without its newline.
        context: the chip and the byte order that it is read against.

    Raises:
        CommandError: any part of it is wrong; then nothing of it may be carried out.
    """
    units = parse(message)
    calls = tuple(_bound(unit, context) for unit in units)
    for call in calls:
        if call.command.alone and len(calls) > 1:
            raise CommandError(Code.CONFLICT, f"{call.command.pattern} must be alone in its message")
    return calls


def _bound(unit: Unit, context: p.Context) -> AnyCall:
    command = _BY_NAME.get((unit.header, unit.query))
    if command is None:
        raise CommandError(Code.UNDEFINED_HEADER, ":".join(unit.header) + "?" * unit.query)
    arguments = p.Arguments(unit.arguments, context)
    try:
        values = command.parameters(arguments)
        arguments.finish()
    except CommandError as error:
        detail = f"{command.pattern}: {error.detail}" if error.detail else command.pattern
        raise CommandError(error.code, detail) from error
    return Call(command, values)
