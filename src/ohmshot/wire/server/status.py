"""The status registers of one connection (IEEE 488.2, chapter 11; SCPI-99, volume 1, chapter 9, and volume 2, 21.8)."""

from collections import deque

from ohmshot.wire.protocol.errors import Code, CommandError

LONGEST_QUEUE = 32
POWER_ON, COMMAND_ERROR, EXECUTION_ERROR, DEVICE_ERROR, COMPLETE = 128, 32, 16, 8, 1
"""Bits of the event status register (IEEE 488.2, 11.5.1)."""
ERRORS_WAIT, EVENT_SUMMARY, MASTER_SUMMARY = 4, 32, 64
"""Bits of the status byte: SCPI-99, volume 1, chapter 9, for the first; IEEE 488.2, 11.2, for the others."""


class StatusRegisters:
    """The error queue, the event status register, and the status byte that summarises both.

    Attributes:
        event_enable: mask of the events that the status byte summarises.
        service_enable: mask of the bits of the status byte that its master summary takes in.
    """

    def __init__(self) -> None:
        self.event_enable = 0
        self.service_enable = 0
        self._errors: deque[CommandError] = deque()
        self._events = POWER_ON
        self._registers: dict[str, int] = {}

    @property
    def errors(self) -> int:
        """Number of errors in the queue."""
        return len(self._errors)

    def fail(self, error: CommandError) -> None:
        """Queue an error and set its event bit; of a full queue the last entry says so."""
        if len(self._errors) < LONGEST_QUEUE:
            self._errors.append(error)
        else:
            self._errors[-1] = CommandError(Code.QUEUE_OVERFLOW)
        if -199 <= error.code <= -100:
            self._events |= COMMAND_ERROR
        elif -299 <= error.code <= -200:
            self._events |= EXECUTION_ERROR
        else:
            self._events |= DEVICE_ERROR

    def take_error(self) -> CommandError:
        """Return and forget the oldest error, or "No error"."""
        return self._errors.popleft() if self._errors else CommandError(Code.NONE)

    def take_errors(self) -> CommandError:
        """Return the oldest error, or "No error", and forget all of them."""
        first = self.take_error()
        self._errors.clear()
        return first

    def complete(self) -> None:
        """Note that all that was sent before is done."""
        self._events |= COMPLETE

    def take_events(self) -> int:
        """Return the event status register and clear it."""
        events, self._events = self._events, 0
        return events

    def clear(self) -> None:
        """Forget errors and events."""
        self._errors.clear()
        self._events = 0

    def enable_events(self, mask: int) -> None:
        """Choose the events that the status byte summarises."""
        self.event_enable = mask

    def enable_service(self, mask: int) -> None:
        """Choose the bits that the master summary takes in; itself it cannot."""
        self.service_enable = mask & ~MASTER_SUMMARY

    def enable_register(self, name: str, mask: int) -> None:
        """Choose the bits of the operation or the questionable status that would be summarised.

        Both are always 0: a chip carries out message after message and reports what goes wrong as errors.
        """
        self._registers[name] = mask

    def register_enable(self, name: str) -> int:
        """Return the mask of the operation or the questionable status."""
        return self._registers.get(name, 0)

    def preset(self) -> None:
        """Forget both masks (SCPI-99, volume 2, 20.2); the error queue and the event status stay."""
        self._registers.clear()

    def status_byte(self) -> int:
        """Return the status byte; nothing is cleared."""
        status = ERRORS_WAIT * bool(self._errors) | EVENT_SUMMARY * bool(self._events & self.event_enable)
        return status | MASTER_SUMMARY * bool(status & self.service_enable)
