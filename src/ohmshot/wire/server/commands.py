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
from ohmshot.wire.server import cost
from ohmshot.wire.server.answers import Answer, AnswerFormat
from ohmshot.wire.server.cost import Cost
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
        light: it needs neither the cells nor the writer's place, so it need not wait for those who use them.
        cost: what it takes at most, given the chip and its values.
    """

    pattern: str
    parameters: p.Parameters[*Values]
    action: Callable[[Instrument, *Values], Answer]
    drives: bool = False
    alone: bool = False
    open: bool = False
    simulator: bool = False
    light: bool = False
    cost: Callable[[p.Context, *Values], Cost] = cost.free  # type: ignore[assignment]


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

    def cost(self, context: p.Context) -> Cost:
        """What it takes at most.

        Raises:
            CommandError: more than any message may.
        """
        return self.command.cost(context, *self.values)


AnyCommand: TypeAlias = Command[*tuple[Any, ...]]
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
        Command(f"STATus:{name}[:EVENt]?", p.none, lambda i: 0, open=True, light=True),
        Command(f"STATus:{name}:CONDition?", p.none, lambda i: 0, open=True, light=True),
        Command(
            f"STATus:{name}:ENABle",
            p.integer(0, HIGHEST_MASK),
            lambda i, mask: i.status.enable_register(name, mask),
            open=True,
            light=True,
        ),
        Command(f"STATus:{name}:ENABle?", p.none, lambda i: i.status.register_enable(name), open=True, light=True),
    )


_ALL_BUT_STATUS = (
    Command("*IDN?", p.none, lambda i: ",".join(i.station.identity), open=True, light=True),
    Command("*RST", p.none, lambda i: i.answers.reset(), light=True),
    Command("*CLS", p.none, lambda i: i.status.clear(), open=True, light=True),
    Command("*ESE", p.integer(0, 255), lambda i, mask: i.status.enable_events(mask), open=True, light=True),
    Command("*ESE?", p.none, lambda i: i.status.event_enable, open=True, light=True),
    Command("*ESR?", p.none, lambda i: i.status.take_events(), open=True, light=True),
    Command("*OPC", p.none, lambda i: i.status.complete(), light=True),
    Command("*OPC?", p.none, lambda i: 1, light=True),
    Command("*SRE", p.integer(0, 255), lambda i, mask: i.status.enable_service(mask), open=True, light=True),
    Command("*SRE?", p.none, lambda i: i.status.service_enable, open=True, light=True),
    Command("*STB?", p.none, lambda i: i.status.status_byte(), open=True, light=True),
    Command("*TST?", p.none, _self_test, cost=cost.of_all),
    Command("*WAI", p.none, lambda i: None, light=True),
    Command("STATus:PRESet", p.none, lambda i: i.status.preset(), open=True, light=True),
    Command("SYSTem:ERRor[:NEXT]?", p.none, lambda i: i.status.take_error().entry, open=True, light=True),
    Command("SYSTem:ERRor:COUNt?", p.none, lambda i: i.status.errors, open=True, light=True),
    Command("SYSTem:VERSion?", p.none, lambda i: SCPI_VERSION, open=True, light=True),
    Command("SYSTem:CAPability?", p.none, _capabilities, light=True),
    Command("SYSTem:TOKen", p.text, lambda i, token: i.gate.give(token), alone=True, open=True, light=True),
    Command("SYSTem:LOCK:REQuest?", p.none, lambda i: int(i.custody.take())),
    Command("SYSTem:LOCK:RELease", p.none, lambda i: i.custody.release()),
    Command("SYSTem:LOCK:OWNer?", p.none, lambda i: f'"{i.custody.writer}"', light=True),
    Command("SYSTem:SESSion:BEGin?", p.text, lambda i, key: i.custody.begin(key), alone=True),
    Command("SYSTem:SESSion:RESume?", p.text, lambda i, key: i.custody.resume(key), alone=True),
    Command("SYSTem:FRAMe?", p.content, lambda i, content: i.custody.frame(content), alone=True),
    Command("FORMat[:DATA]", p.choice(FORMATS), lambda i, name: i.answers.use_format(name), light=True),
    Command("FORMat[:DATA]?", p.none, lambda i: _shortened(FORMATS, i.answers.format), light=True),
    Command("FORMat:BORDer", p.choice(ORDERS), lambda i, order: i.answers.use_order(order), light=True),
    Command("FORMat:BORDer?", p.none, lambda i: _shortened(ORDERS, i.answers.order), light=True),
    Command("CELL:FORM", p.cells, lambda i, cells: i.chip.form(cells), drives=True, cost=cost.of_cells),
    Command("CELL:SET", p.pulses, lambda i, cells, volts: i.chip.set(cells, volts), drives=True, cost=cost.of_cells),
    Command(
        "CELL:RESet", p.pulses, lambda i, cells, volts: i.chip.reset(cells, volts), drives=True, cost=cost.of_cells
    ),
    Command("CELL:PLAN?", p.plan, _plan, drives=True, cost=cost.of_plan),
    Command(
        "CELL:READ?", p.cells, lambda i, cells: i.chip.read(cells).to(torch.float32), drives=True, cost=cost.of_read
    ),
    Command("CELL:WEAR?", p.cells_or_all, lambda i, cells: i.chip.wear().view(-1)[cells], cost=cost.of_wear),
    Command(
        "CELL:HEALth",
        p.health_codes,
        lambda i, cells, codes: i.chip.keep_health(cells, codes),
        drives=True,
        cost=cost.of_cells,
    ),
    Command("CELL:HEALth?", p.cells_or_all, lambda i, cells: i.chip.health().view(-1)[cells], cost=cost.of_health),
    Command("CELL:UNPulsed?", p.none, lambda i: i.station.unpulsed, cost=cost.of_unpulsed),
    Command(
        "ARRay:MULTiply?",
        p.multiply,
        lambda i, columns, volts: i.chip.multiply(volts, columns),
        drives=True,
        cost=cost.of_multiply,
    ),
    Command(
        "ARRay:MULTiply:ROWS?",
        p.multiply_rows,
        lambda i, columns, rows, volts: i.chip.multiply(volts, columns, rows),
        drives=True,
        cost=cost.of_multiply,
    ),
    Command("ARRay:COUNt?", p.none, lambda i: i.chip.datasheet.arrays, light=True),
    Command("ARRay:CELLs?", p.array, _cells_of_array, cost=cost.of_array),
    Command("CHIP:DATasheet?", p.none, lambda i: datasheet_json(i.chip.datasheet), light=True),
    Command("CHIP:SHAPe?", p.none, _shape, light=True),
    Command(
        "CHIP:WAIT", p.wait, lambda i, seconds, celsius: i.chip.wait(seconds, celsius), drives=True, cost=cost.of_all
    ),
    Command("METer:COUNts?", p.none, lambda i: i.chip.meter().counts, cost=cost.of_meter),
    Command("METer:ENERgy?", p.none, lambda i: i.chip.meter().energy_joules, cost=cost.of_meter),
    Command("METer:BUSY?", p.none, lambda i: i.chip.meter().busy_seconds, cost=cost.of_meter),
    Command(
        "SIMulator:FRESh",
        p.chips_and_lives,
        lambda i, pairs: i.station.fresh(pairs),
        drives=True,
        alone=True,
        simulator=True,
        cost=cost.of_fresh,
    ),
    Command(
        "SIMulator:POWer:CYCLe", p.none, lambda i: i.station.power_cycle(), drives=True, alone=True, simulator=True
    ),
    Command(
        "SIMulator:CONDuctance?",
        p.none,
        lambda i: i.chip.true_conductances(),
        simulator=True,
        cost=cost.of_conductances,
    ),
)
COMMANDS = (*_ALL_BUT_STATUS, *_status_commands("OPERation"), *_status_commands("QUEStionable"))
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


def understand(
    message: bytes,
    context: p.Context,
    permit: Callable[[AnyCommand], None] = lambda command: None,
    as_text: bool = False,
) -> tuple[AnyCall, ...]:
    """Read one program message as a whole.

    Args:
        message: without its newline.
        context: the chip and the byte order that it is read against.
        permit: refuses commands of which not even the arguments shall be read, by CommandError.
        as_text: answers are text, which is longer than blocks.

    Raises:
        CommandError: any part of it is wrong; then nothing of it may be carried out.
    """
    units = parse(message)
    commands = tuple(_named(unit) for unit in units)
    for command in commands:
        permit(command)
        if command.alone and len(commands) > 1:
            raise CommandError(Code.CONFLICT, f"{command.pattern} must be alone in its message")
    calls: list[AnyCall] = []
    for unit, command in zip(units, commands, strict=True):
        calls.append(_bound(unit, command, context))
        cost.require_affordable((call.cost(context) for call in calls), as_text)  # before the next takes more memory
    return tuple(calls)


def is_light(message: bytes) -> bool:
    """Whether a message, as far as it can be read, is of light commands alone."""
    try:
        return all(_named(unit).light for unit in parse(message))
    except CommandError:
        return True  # it only gives an error


def _named(unit: Unit) -> AnyCommand:
    command = _BY_NAME.get((unit.header, unit.query))
    if command is None:
        raise CommandError(Code.UNDEFINED_HEADER, ":".join(unit.header) + "?" * unit.query)
    return command


def _bound(unit: Unit, command: AnyCommand, context: p.Context) -> AnyCall:
    arguments = p.Arguments(unit.arguments, context)
    try:
        values = command.parameters(arguments)
        arguments.finish()
    except CommandError as error:
        detail = f"{command.pattern}: {error.detail}" if error.detail else command.pattern
        raise CommandError(error.code, detail) from error
    return Call(command, values)
