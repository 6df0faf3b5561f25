"""The checks pass on the simulator, and each fault that is put into a copy of it is found."""

import dataclasses
import time
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from torch import Tensor

from ohmshot.cell.parameter_set import ParameterSet
from ohmshot.chip.meter import OPERATIONS, MeterReading
from ohmshot.wire.client.crossbar import RemoteCrossbar
from ohmshot.wire.client.links import Link
from ohmshot.wire.conformance.check import AcceptanceLimits, ConformanceReport
from ohmshot.wire.conformance.run import run_conformance
from ohmshot.wire.loopback import LoopbackLink
from ohmshot.wire.protocol.blocks import array_bytes
from ohmshot.wire.protocol.frames import Frame, Reply
from ohmshot.wire.server.kept_session import KeptSession
from ohmshot.wire.server.session import Session
from ohmshot.wire.server.simulated_station import SimulatedStation

LIMITS = AcceptanceLimits(most_round_trip_s=5.0, most_read_s=60.0)  # wide: the machine that runs tests may be busy


def report_on(station: SimulatedStation, limits: AcceptanceLimits = LIMITS) -> ConformanceReport:
    names = iter(["sim", "other"])

    def link() -> Link:
        return LoopbackLink(station, next(names, "another"))

    chip = RemoteCrossbar(link())

    def power_cycle() -> bool:
        chip.power_cycle()
        return True

    return run_conformance(chip, link, power_cycle, limits)


def test_the_simulator_passes(station: SimulatedStation) -> None:
    report = report_on(station)
    assert report.failed == ()
    assert {each.verdict for each in report.outcomes} == {"passed"}
    assert len(report.outcomes) == 29


Crossbar = Any
Make = Callable[[Crossbar, Callable[..., Any]], Callable[..., Any]]


def wrong_polarity(chip: Crossbar, sound: Callable[..., Any]) -> Callable[..., Any]:
    return lambda cells, volts: chip.reset(cells, volts)


def next_cells(chip: Crossbar, sound: Callable[..., Any]) -> Callable[..., Any]:
    return lambda plan: sound(dataclasses.replace(plan, cells=plan.cells + 1)) - 1


def next_cell(chip: Crossbar, sound: Callable[..., Any]) -> Callable[..., Any]:
    return lambda cells, volts: sound(cells + 1, volts)


def at_low_gate(chip: Crossbar, sound: Callable[..., Any]) -> Callable[..., Any]:
    return lambda cells, volts: sound(cells, torch.full_like(volts, 1.4))


def noisy(chip: Crossbar, sound: Callable[..., Any]) -> Callable[..., Any]:
    random = torch.Generator().manual_seed(0)
    return lambda cells: sound(cells) + 5 * torch.randn(len(cells), generator=random)


def disturbing(chip: Crossbar, sound: Callable[..., Any]) -> Callable[..., Any]:
    def read(cells: Tensor) -> Tensor:
        chip.reset(cells, torch.full(cells.shape, 1.35))
        result: Tensor = sound(cells)
        return result

    return read


def forming_again(chip: Crossbar, sound: Callable[..., Any]) -> Callable[..., Any]:
    def form(cells: Tensor) -> None:
        sound(cells)
        chip.reset(cells, torch.full(cells.shape, 2.6))

    return form


def half_selected(chip: Crossbar, sound: Callable[..., Any]) -> Callable[..., Any]:
    def pulse(cells: Tensor, volts: Tensor) -> None:
        sound(cells, volts)
        beside = cells[~torch.isin(cells + 1, cells) & (cells < 2047)] + 1
        chip.form(beside)
        sound(beside, torch.full(beside.shape, 1.7))

    return pulse


def spoilt(kind: str, **changes: Callable[[Tensor], Tensor]) -> Callable[..., Any]:
    def make(chip: Crossbar, sound: Callable[..., Any]) -> Callable[..., Any]:
        def meter() -> MeterReading:
            reading: MeterReading = sound()
            for field, change in changes.items():
                row: Tensor = getattr(reading, field)[OPERATIONS.index(kind)]
                row.copy_(change(row))
            return reading

        return meter

    return make


CHIP_FAULTS: dict[str, tuple[str, Make, str]] = {
    "SET has the wrong polarity": (
        "set",
        wrong_polarity,
        "set-raises",
    ),
    "SET ignores the gate voltage": ("set", at_low_gate, "set-follows-gate"),
    "SET disturbs its neighbour": ("set", half_selected, "addressing"),
    "SET addresses the next cell": (
        "set",
        next_cell,
        "set-raises",
    ),
    "RESET does nothing": ("reset", lambda chip, sound: lambda cells, volts: None, "reset-lowers"),
    "FORM resets a formed cell": ("form", forming_again, "form-is-once"),
    "the read amplifier is noisy": ("read", noisy, "read-noise"),
    "reading disturbs": ("read", disturbing, "read-noise"),
    "the multiply loses the sign": ("multiply", lambda chip, sound: lambda *given: sound(*given).abs(), "multiply"),
    "the multiply reads the rows upside down": (
        "multiply",
        lambda chip, sound: lambda volts, columns: sound(volts.flip(-1), columns),
        "multiply",
    ),
    "a plan is not carried out": ("execute", lambda chip, sound: lambda plan: plan.cells[:0], "plan"),
    "a plan goes to the next cells": ("execute", next_cells, "plan"),
    "the meter does not count RESET": ("meter", spoilt("reset", counts=torch.zeros_like), "meter"),
    "the meter runs backwards": ("meter", spoilt("set", energy_joules=torch.neg), "meter"),
    "the wear counters stand still": ("wear", lambda chip, sound: lambda: torch.zeros_like(sound()), "wear"),
    "levels are lost in a minute": ("wait", lambda chip, sound: lambda *given: sound(1e12, 400.0), "short-wait"),
}
"""Name: the operation, what takes its place given the crossbar and the sound operation, the check that finds it."""


@pytest.mark.parametrize("name", CHIP_FAULTS)
def test_a_fault_of_the_chip_is_found(name: str, station: SimulatedStation, monkeypatch: pytest.MonkeyPatch) -> None:
    operation, make, check = CHIP_FAULTS[name]
    sound = getattr(station.crossbar, operation)
    monkeypatch.setattr(station.crossbar, operation, make(station.crossbar, sound))
    monkeypatch.setattr(station, "power_cycle", lambda: None)  # it would bring a sound chip
    assert check in report_on(station).failed


class ForgetfulStation(SimulatedStation):
    def power_cycle(self) -> None:
        self.fresh(self.chips_and_lives)


def test_a_volatile_chip_is_found(parameters: ParameterSet) -> None:
    assert report_on(ForgetfulStation(parameters, 5)).failed == ("power-cycle",)


def piecemeal(session: Session, message: bytes) -> Iterator[bytes]:
    """Carries out each unit by itself: an error leaves the units before it done."""
    if message.startswith(b"CELL:FORM (@") and b";" in message:
        for part in message.replace(b";SET", b"\nCELL:SET").replace(b";:", b"\n").split(b"\n"):
            yield from SOUND(session, part)
    else:
        yield from SOUND(session, message)


def silent(session: Session, message: bytes) -> Iterator[bytes]:
    yield from SOUND(session, message)
    if not message.startswith(b"SYST:ERR"):
        session.instrument.status.clear()


def slow(session: Session, message: bytes) -> Iterator[bytes]:
    time.sleep(0.02 * message.startswith(b"*OPC?"))
    yield from SOUND(session, message)


def capitals_only(session: Session, message: bytes) -> Iterator[bytes]:
    if not message[:5].islower():
        yield from SOUND(session, message)


def everybody_writes(session: Session, message: bytes) -> Iterator[bytes]:
    station = session.instrument.station
    writer, station.writer = station.writer, session
    yield from SOUND(session, message)
    station.writer = writer if b"LOCK" not in message else station.writer


SOUND = Session.carry_out

SESSION_FAULTS = {
    "a message is carried out piece by piece": (piecemeal, "no-partial-effect"),
    "errors are forgotten": (silent, "error-queue"),
    "the firmware knows no lower case": (capitals_only, "spelling"),
    "everybody may write": (everybody_writes, "second-writer"),
    "answers are late": (slow, "round-trip"),
}


@pytest.mark.parametrize("name", SESSION_FAULTS)
def test_a_fault_of_the_firmware_is_found(
    name: str, station: SimulatedStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    fault, check = SESSION_FAULTS[name]
    monkeypatch.setattr(Session, "carry_out", fault)
    limits = AcceptanceLimits(most_round_trip_s=0.015, most_read_s=60.0) if name == "answers are late" else LIMITS
    assert check in report_on(station, limits).failed


def test_firmware_that_carries_a_message_out_again_is_found(
    station: SimulatedStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forgetful(kept: KeptSession, frame: Frame, remember: Callable[[Frame], bytes]) -> Reply:
        return kept.act(frame)

    monkeypatch.setattr(KeptSession, "take", forgetful)
    assert "numbered" in report_on(station).failed


def test_firmware_that_checks_no_sum_is_found(station: SimulatedStation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zlib, "crc32", lambda data: 0)
    assert "numbered" in report_on(station).failed


def test_firmware_that_ignores_the_byte_order_is_found(
    station: SimulatedStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ohmshot.wire.server.answers.array_bytes", lambda values, order: array_bytes(values, "SWAPPED"))
    assert "formats" in report_on(station).failed
