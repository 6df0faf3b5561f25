"""A chip behind a wire, as a `Crossbar`.

Commands without an answer are sent and not waited for; the chip carries messages out in order, so whatever went wrong
with them surfaces at the next question. Every question is followed by one for the oldest error, in the same write.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

import torch
from torch import Tensor

from ohmshot.chip.crossbar import ALL_ROWS, every_cell
from ohmshot.chip.meter import OPERATIONS, MeterReading
from ohmshot.chip.summary import chips_summary
from ohmshot.foundation.errors import BrownOutError, ChipError, OverTemperatureError
from ohmshot.foundation.summary import Summarised, Summary
from ohmshot.foundation.units import ROOM_CELSIUS
from ohmshot.programming.policies import plan_description, policy_described
from ohmshot.programming.policy import Plan
from ohmshot.wire.client import checked
from ohmshot.wire.client.conversation import Conversation, RefusedError, introduced
from ohmshot.wire.client.links import Link
from ohmshot.wire.client.numbered import NumberedConversation, RetryPolicy
from ohmshot.wire.protocol.blocks import array_bytes, array_from_bytes, block
from ohmshot.wire.protocol.descriptions import PROTOCOL, Capabilities, capabilities_from_json, datasheet_from_json
from ohmshot.wire.protocol.errors import Code
from ohmshot.wire.protocol.frames import FRAME_ROOM
from ohmshot.wire.protocol.parameters import check_addresses


class RemoteCrossbar(Summarised):
    """A chip that listens at the other end of a link.

    Args:
        link: to the chip; it is closed with `close`.
        token: the token that the server asks for; None where it asks for none, or for the one that the link has found.
        reconnect: opens a link to the same chip once more. With it, and where the chip can, messages are numbered and
            checked, and a connection that breaks is made anew without anything lost or done twice.
        retries: attempts to get a lost connection back.

    Attributes:
        conversation: questions and answers over the link.
        identity: manufacturer, model, serial number and firmware, divided by commas.
        capabilities: what the chip can do.
        chips: number of chips in the batch.
        supervised: whether the chip reports brown-outs and over-temperatures.
        datasheet: datasheet of these chips, as the maker gives it.

    Raises:
        ChipError: the other end is no ohmshot chip, speaks another protocol, or another writer drives it.
    """

    def __init__(
        self,
        link: Link,
        token: str | None = None,
        reconnect: Callable[[], Link] | None = None,
        retries: RetryPolicy | None = None,
    ) -> None:
        self._token = token
        self._metered: MeterReading | None = None
        plain = self._introduced(link)
        numbered = self._numbered(plain, reconnect, retries) if reconnect is not None else None
        self.conversation: Conversation | NumberedConversation = numbered or plain
        self.identity = self.conversation.query(b"*IDN?")
        self.conversation.send(b"FORM PACK;:FORM:BORD SWAP")
        self._learn()
        if numbered is None:
            owner = plain.query(b"SYST:LOCK:OWN?")
            if plain.query(b"SYST:LOCK:REQ?") != "1":
                raise ChipError(f"The chip at {link.name} is driven by {owner}; wait until it has gone.")

    def _numbered(
        self, plain: Conversation, reconnect: Callable[[], Link], retries: RetryPolicy | None
    ) -> NumberedConversation | None:
        """Number the messages, where the chip can."""
        try:
            return NumberedConversation(plain, lambda: self._introduced(reconnect()), retries)
        except RefusedError as error:
            if error.code == Code.UNDEFINED_HEADER:
                return None
            raise

    def _introduced(self, link: Link) -> Conversation:
        return introduced(link, self._token)

    def _learn(self) -> None:
        capabilities, sheet = self.conversation.query_blocks(b"SYST:CAP?;:CHIP:DAT?", 2)
        self.capabilities: Capabilities = capabilities_from_json(capabilities)
        if self.capabilities.protocol.split(".")[0] != PROTOCOL.split(".")[0]:
            raise ChipError(f"The chip speaks protocol {self.capabilities.protocol}; this ohmshot speaks {PROTOCOL}.")
        checked.check_capabilities(self._name, self.capabilities)
        self.chips, self.supervised = self.capabilities.chips, self.capabilities.supervised
        self.datasheet = datasheet_from_json(sheet)
        checked.check_datasheet(self._name, self.datasheet, self.chips)
        self._metered = None  # perhaps other chips

    def _summary(self) -> Summary:
        return chips_summary(self.chips, self.datasheet, self.identity)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if kind is None:
            self.close()
        else:
            self.conversation.link.close()  # the error under way would be raised again

    def fresh(self, chip_numbers: Sequence[int], lives: Sequence[int]) -> None:
        """Put fresh chips into a simulated station; see `ohmshot.chip.simulated.SimulatedCrossbar`.

        Raises:
            ChipError: the chip is real, or there are too many.
        """
        if self.capabilities.simulator is None:
            raise ChipError("Only a simulator has fresh chips at hand; change the real one by hand.")
        pairs = torch.tensor([chip_numbers, lives], dtype=torch.int32).T
        self.conversation.send(b"SIM:FRES " + _packed(pairs))
        self._learn()

    def form(self, cells: Tensor) -> None:
        """Form cells, once in their life; int64 addresses [n]."""
        self._send(b"CELL:FORM " + self._cells(cells))

    def set(self, cells: Tensor, gate_voltage: Tensor) -> None:
        """Apply one SET pulse to each cell; gate voltage in V, [n]."""
        self._send(b"CELL:SET " + self._cells(cells) + self._amplitudes(cells, gate_voltage))

    def reset(self, cells: Tensor, source_voltage: Tensor) -> None:
        """Apply one RESET pulse to each cell; source voltage in V, [n]."""
        self._send(b"CELL:RES " + self._cells(cells) + self._amplitudes(cells, source_voltage))

    def takes(self, plan: Plan) -> bool:
        """Whether the chip says that it runs plans of this policy, and of the policies that it is made of."""
        described = policy_described(plan.policy)
        return described is not None and _policies_in(described) <= set(self.capabilities.policies)

    def execute(self, plan: Plan) -> Tensor:
        """Write cells by a plan that the chip runs by itself; returns the addresses that missed, rising."""
        description = plan_description(plan)
        if description is None or plan.targets.shape != plan.cells.shape:
            raise ChipError("A plan needs a policy that the chip knows by name, and one target a cell.")
        text = f"CELL:PLAN? '{description}',".encode()
        question = text + self._cells(plan.cells) + b"," + _packed(plan.targets.float())
        missed = self._addresses(self._short(question), torch.int32, len(plan.cells))
        checked.check_some_of(self._name, "answer to a plan", missed, plan.cells)
        return missed

    def confirm(self) -> None:
        """Wait until all pulses have been given.

        Raises:
            BrownOutError: the last train broke off.
            OverTemperatureError: the last train was refused.
            ChipError: something else was refused.
        """
        try:
            self.conversation.query(b"*OPC?")
        except RefusedError as error:
            if error.code == Code.BROWN_OUT:
                unpulsed = self._addresses(b"CELL:UNP?", torch.int64, self.chips * self.datasheet.cells)
                checked.check_some_of(self._name, "list of cells without a pulse", unpulsed, every_cell(self))
                raise BrownOutError(unpulsed) from error
            if error.code == Code.OVER_TEMPERATURE:
                raise OverTemperatureError(str(error)) from error
            raise

    def read(self, cells: Tensor) -> Tensor:
        """Read the conductance of each cell in uS, [n], with the noise of one read."""
        values = self._query(b"CELL:READ? " + self._cells(cells), torch.float32, cells.shape)
        checked.check_reads(self._name, values)
        return values

    def multiply(self, row_voltages: Tensor, columns: slice, rows: slice = ALL_ROWS) -> Tensor:
        """Drive some rows at once; V, [chips, inputs, driven rows] to uA, [chips, inputs, columns]."""
        chips, inputs, driven = row_voltages.shape
        wanted = len(range(self.datasheet.rows)[rows])
        if (chips, driven) != (self.chips, wanted):
            raise ChipError(
                f"A multiply takes row voltages for {self.chips} chips and {wanted} rows, not {chips} and {driven}."
            )
        first, last, _ = columns.indices(self.datasheet.columns)
        row = range(self.datasheet.rows)[rows].start
        if driven < self.datasheet.rows and "ARRay:MULTiply:ROWS?" in self.capabilities.commands:
            question, volts = f"ARR:MULT:ROWS? {first},{last - first},{row},{driven},", row_voltages.float()
        else:
            question, volts = f"ARR:MULT? {first},{last - first},", torch.zeros(chips, inputs, self.datasheet.rows)
            volts[:, :, rows] = row_voltages
        currents = self._query(question.encode() + _packed(volts), torch.float32, (chips, inputs, last - first))
        checked.check_currents(self._name, currents, self.datasheet.rows)
        return currents

    def wait(self, seconds: float, celsius: float = ROOM_CELSIUS) -> None:
        """Let time pass: storage, or a bake."""
        self._send(f"CHIP:WAIT {float(seconds)!r},{float(celsius)!r}".encode())

    def meter(self) -> MeterReading:
        """Return the costs since the chips were made."""
        shape = (len(OPERATIONS), self.chips)
        most = 8 * len(OPERATIONS) * self.chips
        counts, energy, busy = self.conversation.query_blocks(b"MET:COUN?;ENER?;BUSY?", 3, most)
        reading = MeterReading(
            _shaped(counts, torch.int64, shape),
            _shaped(energy, torch.float64, shape),
            _shaped(busy, torch.float64, shape),
        )
        checked.check_meter(self._name, reading, self._metered)
        self._metered = reading
        return reading

    def wear(self) -> Tensor:
        """SET/RESET cycles that each cell has seen, int64 [chips, rows, columns]."""
        cycles = self._query(b"CELL:WEAR?", torch.int64, self._shape)
        checked.check_counters(self._name, "wear", cycles)
        return cycles

    def health(self) -> Tensor:
        """The host's codes that are kept with the chip, int8 [chips, rows, columns]."""
        codes = self._query(b"CELL:HEAL?", torch.int8, self._shape)
        checked.check_counters(self._name, "health", codes)
        return codes

    def keep_health(self, cells: Tensor, codes: Tensor) -> None:
        """Keep the host's codes of some cells with the chip; int8 [n], at least 0."""
        self._send(b"CELL:HEAL " + self._cells(cells) + b"," + _packed(codes.to(torch.int32)))

    def true_conductances(self) -> Tensor:
        """Conductance of every cell in uS, [chips, rows, columns], for pictures: a real chip's is read."""
        if self.capabilities.simulator is None:
            return self.read(every_cell(self)).view(self._shape)
        values = self._query(b"SIM:COND?", torch.float32, self._shape)
        checked.check_reads(self._name, values)
        return values

    def power_cycle(self) -> None:
        """Take a simulated chip's power off and put it on again."""
        self._send(b"SIM:POW:CYCL")
        self._learn()

    def close(self) -> None:
        """Let go of the chip, when all that was sent is done.

        Raises:
            ChipError: an earlier command was refused.
        """
        try:
            self.conversation.query(b"*OPC?")
        finally:
            self.conversation.link.close()

    def _send(self, message: bytes) -> None:
        self.conversation.send(self._short(message))

    def _query(self, question: bytes, dtype: torch.dtype, shape: Sequence[int]) -> Tensor:
        most = dtype.itemsize * torch.Size(shape).numel()
        (content,) = self.conversation.query_blocks(self._short(question), 1, most)
        return _shaped(content, dtype, shape)

    def _addresses(self, question: bytes, dtype: torch.dtype, most: int) -> Tensor:
        """Addresses that answer a question, at most so many; int64 [n]."""
        (content,) = self.conversation.query_blocks(question, 1, dtype.itemsize * most)
        return array_from_bytes(content, dtype, "SWAPPED").to(torch.int64)

    @property
    def _name(self) -> str:
        return self.conversation.link.name

    def _short(self, message: bytes) -> bytes:
        longest = self.capabilities.longest_message - FRAME_ROOM
        if len(message) > longest:
            raise ChipError(f"The chip takes messages of at most {longest} bytes, not {len(message)}.")
        return message

    def _cells(self, cells: Tensor) -> bytes:
        check_addresses(cells, self.chips * self.datasheet.cells)
        return _packed(cells.to(torch.int32))

    def _amplitudes(self, cells: Tensor, amplitudes: Tensor) -> bytes:
        if amplitudes.shape != cells.shape:
            raise ChipError(f"{cells.numel()} cells need {cells.numel()} amplitudes, not {tuple(amplitudes.shape)}.")
        if not bool(torch.isfinite(amplitudes).all()):
            raise ChipError("Amplitudes must be finite voltages.")
        return b"," + _packed(amplitudes.float())

    @property
    def _shape(self) -> tuple[int, int, int]:
        return self.chips, self.datasheet.rows, self.datasheet.columns


def _policies_in(described: Mapping[str, Any]) -> set[str]:
    """Names of a policy and of those within its settings."""
    parts = [value for value in described["settings"].values() if isinstance(value, Mapping)]
    return {described["policy"], *(name for part in parts for name in _policies_in(part))}


def _packed(values: Tensor) -> bytes:
    return block(array_bytes(values, "SWAPPED"))


def _shaped(content: bytes, dtype: torch.dtype, shape: Sequence[int]) -> Tensor:
    values = array_from_bytes(content, dtype, "SWAPPED")
    if values.numel() != torch.Size(shape).numel():
        raise ChipError(f"The chip answered {values.numel()} numbers where {tuple(shape)} belong.")
    return values.view(*shape)
