"""Checks of speed, against limits that the person who runs them sets."""

import statistics
import time

import torch

from ohmshot.wire.conformance.check import Check, Subject, require


def _round_trip(subject: Subject) -> str:
    times = []
    for _ in range(20):
        started = time.perf_counter()
        subject.talk.query(b"*OPC?")
        times.append(time.perf_counter() - started)
    median, limit = statistics.median(times), subject.limits.most_round_trip_s
    return require(median <= limit, f"{1e3 * median:.2f} ms of at most {1e3 * limit:g}")


def _whole_read(subject: Subject) -> str:
    link, cells = subject.talk.link, torch.arange(subject.chip.datasheet.cells)
    received, started = link.received, time.perf_counter()
    subject.chip.read(cells)
    seconds, limit = time.perf_counter() - started, subject.limits.most_read_s
    return require(
        seconds <= limit, f"{1e3 * seconds:.1f} ms of at most {1e3 * limit:g}, {link.received - received} bytes"
    )


def _busy_time(subject: Subject) -> str:
    meter = subject.chip.meter()
    costs = {name: meter.of(name) for name in ("set", "reset", "read")}
    widths = {name: float(cost.seconds.sum() / cost.count.sum()) for name, cost in costs.items() if cost.count.any()}
    return require(
        bool(widths) and all(1e-9 <= width <= 1 for width in widths.values()),
        ", ".join(f"{name} {1e6 * width:.3g} us" for name, width in widths.items()),
    )


TIMING_CHECKS = (
    Check("round-trip", "timing", "a question without work is answered in time", _round_trip),
    Check("whole-read", "timing", "the whole array is read in one transfer, in time", _whole_read),
    Check("busy-time", "timing", "the meter's busy time a pulse is a pulse's width", _busy_time),
)
