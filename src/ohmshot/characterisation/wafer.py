"""A wafer test on simulated chips: the measurements that a fit needs, made by pulses, reads and waits.

The tester sees what a real one would: it forms, SETs, RESETs, waits and reads through the `Crossbar` interface, and
writes down reads. Each experiment has chips of its own, as a test plan would give it; a bake heats its whole chip.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl
import torch
from torch import Tensor

from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.characterisation.measurements import EXPERIMENTS
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.crossbar import Crossbar
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.foundation.units import HOUR_S, ROOM_CELSIUS


@dataclass(frozen=True)
class WaferTest:
    """The test plan.

    Attributes:
        experiments: experiments to run; ramps, which stand for single RESETs, only where they are named.
        devices: number of devices of each experiment, and of each bake temperature.
        cycles: SET and RESET readings of a device at each amplitude.
        amplitudes: gate and source voltages.
        reads: repeated reads of a device.
        relaxation_times: s after programming.
        bake_celsius: one lot of devices each.
        bake_hours: read points, cumulative.
        tolerance: uS, cells for relaxation and bakes are programmed to within plus and minus this of a level.
        attempts: most RESET-SET pairs to get there.
        relaxed_after: s from programming to the first bake.
    """

    experiments: tuple[str, ...] = tuple(name for name in EXPERIMENTS if name != "ramp")
    devices: int = 64
    cycles: int = 4
    amplitudes: int = 9
    reads: int = 40
    relaxation_times: tuple[float, ...] = (1, 3, 10, 30, 60, 120, 300, 900, 1800, 3600)
    bake_celsius: tuple[float, ...] = (125, 150, 175, 200)
    bake_hours: tuple[float, ...] = (1, 3, 10, 30, 100)
    tolerance: float = 3.0
    attempts: int = 60
    relaxed_after: float = 7200.0


def simulated_wafer(parameters: CellParameters, seed: int, test: WaferTest) -> pl.DataFrame:
    """Measure a simulated wafer.

    Args:
        parameters: parameters of its cells.
        seed: equal seeds give equal wafers.
        test: the plan.

    Returns:
        One long table, columns as `ohmshot.characterisation.measurements` documents them.
    """
    run: dict[str, Callable[[CellParameters, int, WaferTest], pl.DataFrame]] = {
        "set": _set_sweep,
        "reset": _reset_sweep,
        "ramp": _reset_ramps,
        "read": _repeated_reads,
        "relaxation": _relaxation,
        "retention": _bakes,
    }
    return pl.concat([run[name](parameters, seed, test) for name in test.experiments], how="diagonal")


def _formed(parameters: CellParameters, seed: int, number: int, devices: int) -> tuple[Crossbar, Tensor]:
    """Return a formed chip, one column of devices, and the addresses of its cells."""
    crossbar = SimulatedCrossbar(parameters, Circuit(rows=devices, columns=1), seed, [number])
    addresses = torch.arange(devices)
    crossbar.form(addresses)
    return crossbar, addresses


def _set_sweep(parameters: CellParameters, seed: int, test: WaferTest) -> pl.DataFrame:
    """Full RESET, one SET, one read: each gate voltage, each cycle."""
    chip, cells = _formed(parameters, seed, 0, test.devices)
    low, high = parameters.set_gate_voltages
    amplitudes = torch.linspace(low, high, test.amplitudes, dtype=torch.float64).tolist()
    parts = []
    for cycle in range(test.cycles):
        for place, gate in enumerate(amplitudes):
            chip.reset(cells, torch.full(cells.shape, parameters.reset_source_voltages[1]))
            chip.set(cells, torch.full(cells.shape, gate))
            number = cycle * test.amplitudes + place
            parts.append(_rows("set", "S", chip.read(cells), cycle=number, gate_voltage_v=gate))
    return pl.concat(parts)


def _reset_sweep(parameters: CellParameters, seed: int, test: WaferTest) -> pl.DataFrame:
    """SET to the highest level, read, one RESET, read: each source voltage, each cycle."""
    chip, cells = _formed(parameters, seed, 1, test.devices)
    low, high = parameters.reset_source_voltages
    # A little above the onset: below it nothing happens.
    amplitudes = torch.linspace(low + 0.05 * (high - low), high, test.amplitudes, dtype=torch.float64).tolist()
    parts = []
    for cycle in range(test.cycles):
        for place, source in enumerate(amplitudes):
            chip.reset(cells, torch.full(cells.shape, high))
            chip.set(cells, torch.full(cells.shape, parameters.set_gate_voltages[1]))
            before = chip.read(cells)
            chip.reset(cells, torch.full(cells.shape, source))
            rows = _rows("reset", "R", chip.read(cells), cycle=cycle * test.amplitudes + place, source_voltage_v=source)
            parts.append(rows.with_columns(pl.Series("conductance_before_microsiemens", before.double().numpy())))
    return pl.concat(parts)


def _reset_ramps(parameters: CellParameters, seed: int, test: WaferTest) -> pl.DataFrame:
    """SET to the highest level, then RESETs of rising amplitude with a read after each: each cycle."""
    chip, cells = _formed(parameters, seed, 99, test.devices)
    low, high = parameters.reset_source_voltages
    steps = 4 * test.amplitudes
    amplitudes = torch.linspace(low - 0.1 * (high - low), high, steps, dtype=torch.float64).tolist()
    parts = []
    for cycle in range(test.cycles):
        chip.reset(cells, torch.full(cells.shape, high))
        chip.set(cells, torch.full(cells.shape, parameters.set_gate_voltages[1]))
        for source in amplitudes:
            before = chip.read(cells)
            chip.reset(cells, torch.full(cells.shape, source))
            rows = _rows("ramp", "P", chip.read(cells), cycle=cycle, source_voltage_v=source)
            parts.append(rows.with_columns(pl.Series("conductance_before_microsiemens", before.double().numpy())))
    return pl.concat(parts)


def _repeated_reads(parameters: CellParameters, seed: int, test: WaferTest) -> pl.DataFrame:
    """Many reads of cells at all levels, a thousandth of a second apart."""
    chip, cells = _formed(parameters, seed, 2, test.devices)
    _program(chip, cells, _levels(parameters, test.devices), test)
    chip.wait(test.relaxed_after)
    parts = []
    for number in range(test.reads):
        parts.append(_rows("read", "N", chip.read(cells), time_s=number * 1e-3))
        chip.wait(1e-3)
    return pl.concat(parts)


def _relaxation(parameters: CellParameters, seed: int, test: WaferTest) -> pl.DataFrame:
    """Program to the levels with verification, then read at the times."""
    count = len(parameters.level_conductances)
    chip, cells = _formed(parameters, seed, 3, test.devices * count)
    targets = _levels(parameters, len(cells))
    _program(chip, cells, targets, test)
    return _watched(chip, cells, "relaxation", "L", test.relaxation_times, ROOM_CELSIUS).with_columns(
        pl.Series("target_microsiemens", targets.double().repeat(len(test.relaxation_times) + 1).numpy()),
        pl.lit(0.0).alias("cycle"),
    )


def _bakes(parameters: CellParameters, seed: int, test: WaferTest) -> pl.DataFrame:
    """Program, let relaxation end, then bake and read, again and again: one chip for each temperature."""
    parts = []
    for number, celsius in enumerate(test.bake_celsius, 4):
        chip, cells = _formed(parameters, seed, number, test.devices)
        _program(chip, cells, _levels(parameters, test.devices), test)
        chip.wait(test.relaxed_after)
        hours = [HOUR_S * each for each in test.bake_hours]
        parts.append(_watched(chip, cells, "retention", f"B{celsius:g}-", hours, celsius))
    return pl.concat(parts).with_columns(pl.lit(0.0).alias("cycle"))


def _watched(
    chip: Crossbar, cells: Tensor, experiment: str, prefix: str, times: Sequence[float], celsius: float
) -> pl.DataFrame:
    parts, now = [_rows(experiment, prefix, chip.read(cells), time_s=0.0)], 0.0
    for time in times:
        chip.wait(time - now, celsius)
        parts.append(_rows(experiment, prefix, chip.read(cells), time_s=time))
        now = time
    return pl.concat(parts).with_columns(pl.lit(float(celsius)).alias("temperature_celsius"))


def _program(chip: Crossbar, cells: Tensor, targets: Tensor, test: WaferTest) -> None:
    """RESET and SET until the read lies near the target (Bonnet et al., Nat. Commun. 14, 2023, Algorithm 1)."""
    sheet = chip.datasheet
    for _ in range(test.attempts):
        off = (chip.read(cells) - targets).abs() > test.tolerance
        cells, targets = cells[off], targets[off]
        if not cells.numel():
            return
        chip.reset(cells, torch.full(cells.shape, sheet.reset_source_voltages[1]))
        chip.set(cells, sheet.gate_voltage_for(targets))


def _levels(parameters: CellParameters, cells: int) -> Tensor:
    """The levels in turn, uS [cells]."""
    levels = torch.tensor(parameters.level_conductances)
    return levels[torch.arange(cells) % len(levels)]


def _rows(experiment: str, prefix: str, conductance: Tensor, **constant: float) -> pl.DataFrame:
    """Rows of one read of every device, from conductances in uS [devices]."""
    return pl.DataFrame(
        {
            "experiment": [experiment] * len(conductance),
            "device": [f"{prefix}{number:04d}" for number in range(len(conductance))],
            "conductance_microsiemens": conductance.double().numpy(),
        }
    ).with_columns(pl.lit(float(value)).alias(name) for name, value in constant.items())
