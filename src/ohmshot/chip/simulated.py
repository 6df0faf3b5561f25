"""A batch of simulated chips behind the `Crossbar` interface."""

import contextlib
import functools
import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from ohmshot.cell import ageing, noise
from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.cell.log_relaxation_numbers import log_relaxation, loss_within, relaxes_in_log_time, warmth
from ohmshot.cell.noise import TRAP
from ohmshot.cell.state import CELL, CellState
from ohmshot.cell.technology import Relaxation, relaxation, retention_time_constant, technology
from ohmshot.chip.addresses import edges_of
from ohmshot.chip.circuit import UNCONVERTED, Circuit
from ohmshot.chip.converters import bit_planes, column_errors, converted_currents, converted_reads
from ohmshot.chip.crossbar import ALL_ROWS, MultipliesPairs, PairBlocks, currents_of_pairs
from ohmshot.chip.datasheet import Datasheet, simulated_datasheet
from ohmshot.chip.engine import Memory, engine_on
from ohmshot.chip.meter import Meter, MeterReading
from ohmshot.chip.multiply import Host, Periphery
from ohmshot.chip.one_cell import ENERGY_UNIT_J
from ohmshot.chip.operation_costs import conversions, periphery, widths
from ohmshot.chip.row_voltages import Units, row_voltages
from ohmshot.chip.snapshot import joined, part_of
from ohmshot.chip.summary import chips_summary
from ohmshot.chip.wafer import has_levels, shared_offsets
from ohmshot.foundation.compiled import F32
from ohmshot.foundation.devices import tensor_on
from ohmshot.foundation.errors import ChipError
from ohmshot.foundation.randomness import derived_seed
from ohmshot.foundation.summary import Summarised, Summary
from ohmshot.foundation.units import ROOM_CELSIUS, ZERO_CELSIUS_K
from ohmshot.foundation.vectors import filled_up
from ohmshot.programming.policy import Plan, settings_record


class SimulatedCrossbar(MultipliesPairs, Summarised):
    """Simulated chips of one technology.

    What a cell draws depends on (seed, chip, life, cell, how many numbers it has had) alone (`ohmshot.chip.draws`): not
    on the batch, the order of the cells, the threads, the device, or on who decides its pulses. Chips live in the
    processor's memory, or in that of a GPU where that is the default device (`ohmshot.chip.engine`); they are asked and
    answer by tensors of the default device.

    Args:
        parameters: the cell technology.
        circuit: size, lines and converters.
        seed: seed of the run.
        chip_numbers: which chips; a number's devices (offsets, endurance, stuck cells) depend on the seed and
            the number alone, so a number given twice is the same chip living two lives. It also says on which wafer
            the chip was made (`ohmshot.chip.wafer`).
        lives: one number a chip of the batch that tells such lives apart (default: all 0); switching and
            reading draw from a stream of (seed, chip, life).
    """

    def __init__(
        self,
        parameters: CellParameters,
        circuit: Circuit,
        seed: int,
        chip_numbers: Sequence[int],
        lives: Sequence[int] | None = None,
    ) -> None:
        self.parameters = parameters
        self.circuit = circuit
        lives = [0] * len(chip_numbers) if lives is None else lives
        self._chips, self._cells = len(chip_numbers), circuit.rows * circuit.columns
        self._technology, self._ageing = technology(parameters), parameters
        self._device = torch.get_default_device()
        self._engine = engine_on(self._device)
        device = np.array([derived_seed(seed, "chip", number, "devices") for number in chip_numbers], np.uint64)
        names = zip(chip_numbers, lives, strict=True)
        life = np.array([derived_seed(seed, "chip", number, "life", life) for number, life in names], np.uint64)
        shared = torch.zeros(2, self._chips)
        if has_levels(parameters):
            shared = shared_offsets(parameters, seed, chip_numbers)
        bring = self._engine.array
        self._life, made = bring(life), bring(device)
        self._records = bring(np.zeros((self._chips, self._cells), CELL))
        self._engine.fabricate(self._records, made, shared.cpu().numpy(), self._technology)
        self._traps = bring(np.zeros((self._chips, self._cells if parameters.telegraph_share > 0 else 0), TRAP))
        self._engine.make_traps(self._traps, made, self._life, self._technology)
        self._multiplies = bring(np.zeros(self._chips, np.uint32))
        self._column_errors = column_errors(circuit, seed, chip_numbers)
        self._periphery = periphery(parameters, circuit, converts=self._column_errors is None)
        self._datasheet = simulated_datasheet(parameters, circuit)
        self._waited, self._no_clock = 0.0, np.zeros(self._chips)
        self._meter = Meter(self._chips, widths(parameters, circuit), conversions(circuit))
        self._matrix: tuple[Memory, Memory] | None = None
        self._health = torch.zeros(self._chips * self._cells, dtype=torch.int8)

    def _summary(self) -> Summary:
        return chips_summary(self.chips, self.datasheet)

    @property
    def chips(self) -> int:
        """Number of chips in the batch."""
        return self._chips

    @property
    def datasheet(self) -> Datasheet:
        """Datasheet with the medians of the parameter set."""
        return self._datasheet

    @property
    def state(self) -> CellState:
        """State of all cells, [chips * rows * columns]; `put_cells` changes it."""
        return CellState(self._engine.fetched(self._records).reshape(-1))

    def form(self, cells: Tensor) -> None:
        """Form cells, int64 [n]; see `ohmshot.cell.switching.form_pulse`."""
        addresses, edges = self._addressed(cells)
        spent = self._meter.spent("form", np.diff(edges))
        self._engine.form(self._records, addresses, edges, self._life, self._technology, spent)
        self._matrix = None

    def set(self, cells: Tensor, gate_voltage: Tensor) -> None:
        """Apply SET pulses to cells, int64 [n], at gate voltages in V, [n]; see `ohmshot.cell.switching.set_pulse`."""
        addresses, edges = self._addressed(cells)
        volts = self._amplitudes(cells, gate_voltage)
        spent = self._meter.spent("set", np.diff(edges))
        self._engine.set_cells(self._records, addresses, volts, edges, self._life, self._technology, spent)
        if self.parameters.set_disturb > 0:
            self._disturb(addresses, edges, True)
        self._matrix = None

    def reset(self, cells: Tensor, source_voltage: Tensor) -> None:
        """Apply RESET pulses to cells, int64 [n], at source voltages in V, [n]; see `switching.reset_pulse`."""
        addresses, edges = self._addressed(cells)
        volts = self._amplitudes(cells, source_voltage)
        spent = self._meter.spent("reset", np.diff(edges))
        self._engine.reset_cells(self._records, addresses, volts, edges, self._life, self._technology, spent)
        if self.parameters.reset_disturb > 0:
            self._disturb(addresses, edges, False)
        self._matrix = None

    def read(self, cells: Tensor) -> Tensor:
        """Read cells, int64 [n], one by one through a converter; uS, [n]."""
        addresses, edges = self._addressed(cells)
        clock, answers = self._clock(), self._engine.empty((len(addresses),), F32)
        spent = self._meter.spent("read", np.diff(edges))
        where = self._records, self._traps, clock, addresses, answers, edges
        self._engine.read(*where, self._life, self._technology, spent)
        if self._reads_are_converted:
            places, seen = (addresses // self._cells, addresses % self.circuit.columns), self._engine.fetched(answers)
            seen = converted_reads(seen, self.circuit, self._column_errors, places, self.parameters)
            answers = self._engine.array(seen)
        return self._answered(answers)

    @property
    def _reads_are_converted(self) -> bool:
        """Whether a read of a single cell is anything but its conductance and noise."""
        return self._column_errors is not None or self.circuit.verify_bits is not None

    def takes(self, plan: Plan) -> bool:
        """Whether `execute` gives what driving gives.

        Not where cells feel pulses on others, or traps the time, and not where reads go through a converter.
        """
        disturbed = self.parameters.set_disturb > 0 or self.parameters.reset_disturb > 0
        return not disturbed and self.parameters.telegraph_share == 0 and not self._reads_are_converted

    def execute(self, plan: Plan) -> Tensor:
        """Write cells by a plan, each cell's whole pulse train at once; returns the addresses that missed, rising."""
        addresses, edges = self._addressed(plan.cells)
        targets = self._amplitudes(plan.cells, plan.targets)
        missed = self._engine.empty((len(addresses),), np.bool_)
        write = self._engine.write_by(type(plan.policy).decide)
        sheet, settings = self._datasheet.numbers, settings_record(plan.policy)
        write(
            self._records, addresses, targets, edges, self._life, self._technology, sheet, plan.verification, settings,
            missed, *self._meter.spent_by_writing(),
        )  # fmt: skip
        self._matrix = None
        return tensor_on(addresses[self._engine.fetched(missed)], self._device)

    def multiply(self, row_voltages: Tensor, columns: slice, rows: slice = ALL_ROWS) -> Tensor:
        """Multiply row voltages in V, [chips, inputs, driven rows], by currents in uA, [chips, inputs, columns].

        See `ohmshot.chip.crossbar.Crossbar.multiply` and `ohmshot.chip.multiply`.
        """
        chips, inputs, driven = row_voltages.shape
        wanted = len(range(self.circuit.rows)[rows])
        if (chips, driven) != (self._chips, wanted):
            raise ChipError(
                f"A multiply takes row voltages for {self._chips} chips and {wanted} rows, not {chips} and {driven}."
            )
        converted, volts = range(self.circuit.columns)[columns], self._engine.numbers(row_voltages)
        if self.circuit.input_scheme == "levels":
            currents = self._multiplied(volts, self._periphery, converted, rows)
        else:
            currents = self._engine.array(self._bit_by_bit(self._engine.fetched(volts), converted, rows))
        return self._answered(currents).narrow(2, 0, inputs).mT

    def _bit_by_bit(self, volts: np.ndarray, converted: range, rows: slice) -> np.ndarray:
        """As `_multiplied`, each bit of the inputs a multiply of its own, whose rows without a bit float."""
        of_bit, total = self._periphery._replace(drivers=UNCONVERTED, line_joules=0.0), np.zeros(0, F32)
        arrays = len({column // self.circuit.width for column in converted})
        for weight, plane in bit_planes(volts, self.parameters.read_voltage, self.circuit.input_bits or 0):
            of_plane = self._multiplied(self._engine.array(plane), of_bit, converted, rows)
            currents = weight * self._engine.fetched(of_plane)
            total = total + currents if total.size else currents
            joules = np.count_nonzero(plane, axis=(1, 2)) * arrays * self._periphery.line_joules
            self._meter.spent("multiply", 0)[:] += np.rint(joules / ENERGY_UNIT_J).astype(np.int64)
        return total

    def _multiplied(self, volts: Memory, around: Periphery, converted: range, rows: slice) -> Memory:
        """Currents in uA, [chips, columns, inputs and more], of volts, [chips, inputs, driven rows]; metered."""
        chips, inputs, _ = volts.shape
        matrix, variances = self._effective_matrix()
        out = self._engine.empty((chips, len(converted), filled_up(inputs)), F32)
        first_row, spent = range(self.circuit.rows)[rows].start, self._meter.spent("multiply", inputs)
        chips_now = self._life, self._multiplies, around
        self._engine.multiply(matrix, variances, volts, first_row, converted.start, *chips_now, out, spent)
        if self._column_errors is None:
            return out
        currents = converted_currents(self._engine.fetched(out), self.circuit, self._column_errors, converted)
        return self._engine.array(currents)

    def multiply_pairs(self, inputs: Tensor, blocks: PairBlocks, units: Units) -> Tensor:
        """Multiply by several blocks of pairs at once; see `ohmshot.chip.crossbar.MultipliesPairs`."""
        (chips, examples, given), circuit = inputs.shape, self.circuit
        if chips != self._chips or given > blocks.inputs:
            wanted = f"{self._chips} chips and at most {blocks.inputs} rows"
            raise ChipError(f"These blocks take inputs for {wanted}, not {chips} and {given}.")
        if blocks.rows > circuit.rows or blocks.columns > circuit.columns:
            size = f"{circuit.rows} x {circuit.columns}"
            raise ChipError(f"Blocks reach to {blocks.rows} x {blocks.columns} cells; the array has {size}.")
        if self._column_errors is not None or circuit.input_scheme != "levels":
            volts = row_voltages(inputs, blocks.inputs, units.full_scale, self.parameters.read_voltage)
            return currents_of_pairs(self, volts, blocks).mul_(units.per_ua)
        out = self._engine.empty((chips, examples, blocks.pairs), F32)
        matrix, variances = self._effective_matrix()
        spent = self._meter.spent("multiply", examples * len(blocks.numbers))
        numbers, chips_now = self._engine.numbers(inputs), (self._life, self._multiplies, self._periphery)
        host = Host(F32(units.full_scale), F32(self.parameters.read_voltage), F32(units.per_ua), blocks.inputs)
        self._engine.multiply_pairs(matrix, variances, numbers, host, blocks.numbers, *chips_now, out, spent)
        return self._answered(out)

    def wait(self, seconds: float, celsius: float = ROOM_CELSIUS) -> None:
        """Let time pass; see `ohmshot.cell.ageing.aged`, or `ohmshot.cell.log_relaxation` where cells relax so."""
        if seconds < 0 or celsius <= -ZERO_CELSIUS_K:
            raise ChipError("A wait needs a time of at least 0 s and a temperature above -273.15 degrees Celsius.")
        if relaxes_in_log_time(self._ageing):
            lost = F32(loss_within(seconds, celsius, self._ageing))
            numbers = log_relaxation(self._ageing)
            self._engine.wait_in_log_time(self._records, self._life, F32(seconds), F32(warmth(celsius)), lost, numbers)
        else:
            self._engine.wait(self._records, self._life, *_numbers_of_a_wait(seconds, celsius, self._ageing))
        self._waited += seconds
        self._matrix = None

    def wear_in(self, cycles: Tensor) -> None:
        """Let cells go through SET/RESET cycles at once, [chips, cells]; not metered; see `switching.worn`."""
        more = cycles.cpu().reshape(self._chips, self._cells).round().to(torch.int32).numpy()
        self._engine.wear_in(self._records, more, self._technology)
        self._matrix = None

    @property
    def supervised(self) -> bool:
        """False: these chips have a supply that does not break down."""
        return False

    def confirm(self) -> None:
        """Nothing to wait for: pulses are given at once."""

    def put_cells(self, state: CellState) -> None:
        """Put all cells into a state, such as an earlier `CellState.clone` of theirs; the meter goes on counting."""
        self._engine.put(self._records, state.records)
        self._matrix = None

    @contextlib.contextmanager
    def ageing_as(self, parameters: CellParameters) -> Iterator[None]:
        """Let the cells age by the rows of other parameters within a ``with`` block; they switch as before."""
        self._ageing = parameters
        try:
            yield
        finally:
            self._ageing = self.parameters

    def meter(self) -> MeterReading:
        """Return the costs since the chips were made."""
        return self._meter.reading()

    def wear(self) -> Tensor:
        """SET/RESET cycles that each cell has seen, int64 [chips, rows, columns]."""
        return self._by_rows(self.state.cycles).to(self._device, torch.int64)

    def health(self) -> Tensor:
        """The host's codes that are kept with the chips, int8 [chips, rows, columns]; 0 where nothing was kept."""
        return self._by_rows(self._health).clone().to(self._device)

    def keep_health(self, cells: Tensor, codes: Tensor) -> None:
        """Keep the host's codes of some cells; int8 [n]."""
        self._addressed(cells)
        self._health[cells.cpu()] = codes.cpu().to(torch.int8)

    def true_conductances(self) -> Tensor:
        """Conductance without read noise, which no tester can see, uS [chips, rows, columns]; for pictures."""
        return self._by_rows(self.state.conductance).clone().to(self._device)

    def snapshot(self) -> dict[str, Tensor]:
        """Cells, counters, meter and clock as tensors by name: with them these chips go on exactly as they would."""
        meter = {**self._meter.tensors(), "waited": torch.tensor(self._waited, dtype=torch.float64)}
        life, multiplies = (self._engine.fetched(each) for each in (self._life, self._multiplies))
        streams = {"life": torch.from_numpy(life.view(np.int64)), "multiplies": _signed(multiplies)}
        parts = {"cells": self.state.tensors(), "streams": streams, "meter": meter, "health": {"codes": self._health}}
        if self._traps.size:
            traps = self._engine.fetched(self._traps)
            parts["telegraph"] = {name: _signed(traps[name]) for name in TRAP.names or ()}
        return {name: values.clone().contiguous() for name, values in joined(parts).items()}

    def restore(self, snapshot: Mapping[str, Tensor]) -> None:
        """Go on from the snapshot of as many chips of the same technology and circuit.

        Raises:
            ValueError: it is of other chips; these are as they were.
        """
        own = self.snapshot()
        if any(name.startswith("noise.") for name in snapshot):
            raise ValueError("the snapshot was made by an earlier ohmshot, whose chips drew other random numbers")
        if set(own) != set(snapshot) or any(own[name].shape != snapshot[name].shape for name in own):
            raise ValueError("the snapshot is of other chips")
        kept = {name: values.to(own[name].dtype) for name, values in snapshot.items()}
        self._engine.put(self._records, CellState.of_tensors(part_of(kept, "cells")).records)
        self._life = self._engine.array(kept["streams.life"].clone().numpy().view(np.uint64))
        self._multiplies = self._engine.array(kept["streams.multiplies"].clone().numpy().view(np.uint32))
        self._meter.restore(part_of(kept, "meter"))
        self._waited = float(kept["meter.waited"])
        self._health = kept["health.codes"].clone()
        traps = self._engine.fetched(self._traps)
        for name, values in part_of(kept, "telegraph").items():
            traps[name] = values.numpy().view(traps[name].dtype)
        self._engine.put(self._traps, traps)
        self._matrix = None

    def _by_rows(self, cells: Tensor) -> Tensor:
        return cells.reshape(self._chips, self.circuit.rows, self.circuit.columns)

    def _addressed(self, cells: Tensor) -> tuple[np.ndarray, np.ndarray]:
        """Addresses as an array, and where those of each chip begin, int64 [chips + 1]."""
        return edges_of(cells, self._chips, self._cells)

    def _disturb(self, addresses: np.ndarray, edges: np.ndarray, by_set: bool) -> None:
        columns, width = self.circuit.columns, self.circuit.width
        self._engine.disturb(self._records, addresses, edges, columns, width, by_set, self._technology)

    def _clock(self) -> np.ndarray:
        """Seconds that each chip has lived, [chips]."""
        return self._meter.busy_seconds() + self._waited

    def _effective_matrix(self) -> tuple[Memory, Memory]:
        """Conductances that a multiply meets, lines and temperature included, uS, and the variance of a read, uS^2.

        Both are column by column, [chips, columns, rows]; the second has no columns where reads have no noise.
        """
        if self._matrix is None or self._traps.size:
            circuit, per_us = self.circuit, F32(self.circuit.line_resistance_ohm * 1e-6)
            clock = self._clock() if self._traps.size else self._no_clock
            cells = self._records, self._traps, clock, self._life, self._technology
            size = circuit.rows, circuit.columns, circuit.width
            self._matrix = self._engine.matrix(*cells, size, per_us, noise.is_noisy(self.parameters))
        return self._matrix

    def _answered(self, answers: Memory) -> Tensor:
        """Answers as a tensor on the device where these chips were made."""
        return self._engine.answers(answers, self._device)

    def _amplitudes(self, cells: Tensor, amplitudes: Tensor) -> Memory:
        """One amplitude a cell, uS or V, as the engine takes them."""
        if amplitudes.shape != cells.shape:
            raise ChipError(f"{cells.numel()} cells need {cells.numel()} amplitudes, not {tuple(amplitudes.shape)}.")
        if not math.isfinite(amplitudes.sum()):
            raise ChipError("Amplitudes must be finite voltages.")
        return self._engine.numbers(amplitudes)


@functools.lru_cache(128)
def _numbers_of_a_wait(seconds: float, celsius: float, parameters: CellParameters) -> tuple[ageing.Wait, Relaxation]:
    """A wait of cells of a technology, and the technology, as the law of ageing takes them."""
    equivalent = seconds * ageing.acceleration(celsius, parameters)
    share = equivalent / retention_time_constant(parameters)
    wait = ageing.Wait(F32(seconds), F32(equivalent), F32(math.exp(-share)), F32(-math.expm1(-2 * share)))
    return wait, relaxation(parameters)


def _signed(values: np.ndarray) -> Tensor:
    """A tensor of numbers that PyTorch has a type for; unsigned ones by their bits."""
    return torch.from_numpy(np.ascontiguousarray(values).view(np.int32) if values.dtype == np.uint32 else values)
