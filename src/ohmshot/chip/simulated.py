"""A batch of simulated chips behind the `Crossbar` interface."""

import contextlib
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
from ohmshot.cell.technology import relaxation, retention_time_constant, technology
from ohmshot.chip import kernels, log_time
from ohmshot.chip.addresses import edges_of
from ohmshot.chip.circuit import UNCONVERTED, Circuit
from ohmshot.chip.converters import bit_planes, column_errors, converted_currents, converted_reads
from ohmshot.chip.crossbar import ALL_ROWS, MultipliesPairs
from ohmshot.chip.datasheet import Datasheet, simulated_datasheet
from ohmshot.chip.meter import Meter, MeterReading
from ohmshot.chip.multiply import Periphery, multiply, multiply_pairs
from ohmshot.chip.one_cell import ENERGY_UNIT_J
from ohmshot.chip.operation_costs import conversions, periphery, widths
from ohmshot.chip.snapshot import joined, part_of
from ohmshot.chip.summary import chips_summary
from ohmshot.chip.wafer import has_levels, shared_offsets
from ohmshot.chip.write import write_by
from ohmshot.foundation.compiled import F32
from ohmshot.foundation.errors import ChipError
from ohmshot.foundation.randomness import derived_seed
from ohmshot.foundation.summary import Summarised, Summary
from ohmshot.foundation.units import ROOM_CELSIUS, ZERO_CELSIUS_K
from ohmshot.programming.policy import Plan, settings_record


class SimulatedCrossbar(MultipliesPairs, Summarised):
    """Simulated chips of one technology.

    What a cell draws depends on (seed, chip, life, cell, how many numbers it has had) alone (`ohmshot.chip.draws`): not
    on the batch, the order of the cells, the threads, or on who decides its pulses. Chips live in the processor's
    memory; what they are asked and answer may be tensors of the default device.

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
        device = np.array([derived_seed(seed, "chip", number, "devices") for number in chip_numbers], np.uint64)
        names = zip(chip_numbers, lives, strict=True)
        self._life = np.array([derived_seed(seed, "chip", number, "life", life) for number, life in names], np.uint64)
        shared = torch.zeros(2, self._chips)
        if has_levels(parameters):
            shared = shared_offsets(parameters, seed, chip_numbers)
        self._records = np.zeros((self._chips, self._cells), CELL)
        kernels.fabricate(self._records, device, shared.cpu().numpy(), self._technology)
        self._traps = np.zeros((self._chips, self._cells if parameters.telegraph_share > 0 else 0), TRAP)
        kernels.make_traps(self._traps, device, self._life, self._technology)
        self._multiplies = np.zeros(self._chips, np.uint32)
        self._device = torch.get_default_device()
        self._column_errors = column_errors(circuit, seed, chip_numbers)
        self._periphery = periphery(parameters, circuit, converts=self._column_errors is None)
        self._datasheet = simulated_datasheet(parameters, circuit)
        self._waited = 0.0
        self._meter = Meter(self._chips, widths(parameters, circuit), conversions(circuit))
        self._matrix: tuple[np.ndarray, np.ndarray] | None = None
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
        """State of all cells, [chips * rows * columns], as it is at any time; `put_cells` changes it."""
        return CellState(self._records.reshape(-1))

    def form(self, cells: Tensor) -> None:
        """Form cells, int64 [n]; see `ohmshot.cell.switching.form_pulse`."""
        addresses, edges = self._addressed(cells)
        spent = self._meter.spent("form", np.diff(edges))
        kernels.form(self._records, addresses, edges, self._life, self._technology, spent)
        self._matrix = None

    def set(self, cells: Tensor, gate_voltage: Tensor) -> None:
        """Apply SET pulses to cells, int64 [n], at gate voltages in V, [n]; see `ohmshot.cell.switching.set_pulse`."""
        addresses, edges = self._addressed(cells)
        volts = _amplitudes(cells, gate_voltage)
        spent = self._meter.spent("set", np.diff(edges))
        kernels.set_cells(self._records, addresses, volts, edges, self._life, self._technology, spent)
        if self.parameters.set_disturb > 0:
            self._disturb(addresses, edges, True)
        self._matrix = None

    def reset(self, cells: Tensor, source_voltage: Tensor) -> None:
        """Apply RESET pulses to cells, int64 [n], at source voltages in V, [n]; see `switching.reset_pulse`."""
        addresses, edges = self._addressed(cells)
        volts = _amplitudes(cells, source_voltage)
        spent = self._meter.spent("reset", np.diff(edges))
        kernels.reset_cells(self._records, addresses, volts, edges, self._life, self._technology, spent)
        if self.parameters.reset_disturb > 0:
            self._disturb(addresses, edges, False)
        self._matrix = None

    def read(self, cells: Tensor) -> Tensor:
        """Read cells, int64 [n], one by one through a converter; uS, [n]."""
        addresses, edges = self._addressed(cells)
        clock, answers = self._clock(), np.empty(len(addresses), F32)
        spent = self._meter.spent("read", np.diff(edges))
        kernels.read(self._records, self._traps, clock, addresses, answers, edges, self._life, self._technology, spent)
        if self._reads_are_converted:
            places = addresses // self._cells, addresses % self.circuit.columns
            answers = converted_reads(answers, self.circuit, self._column_errors, places, self.parameters)
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
        targets = _amplitudes(plan.cells, plan.targets)
        missed = np.empty(len(addresses), np.bool_)
        counts, spent = np.zeros((3, self._chips), np.int64), np.zeros((3, self._chips), np.int64)
        write = write_by(type(plan.policy).decide)
        sheet, settings = self._datasheet.numbers, settings_record(plan.policy)
        write(
            self._records, addresses, targets, edges, self._life, self._technology, sheet, plan.verification, settings,
            missed, counts, spent,
        )  # fmt: skip
        for row, operation in enumerate(("reset", "set", "read")):
            self._meter.spent(operation, counts[row])[:] += spent[row]
        self._matrix = None
        return plan.cells[self._answered(missed)]

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
        converted, volts = range(self.circuit.columns)[columns], _numbers(row_voltages)
        if self.circuit.input_scheme == "levels":
            currents = self._multiplied(volts, self._periphery, converted, rows)
        else:
            currents = self._bit_by_bit(volts, converted, rows)
        return self._answered(currents).narrow(2, 0, inputs).mT

    def _bit_by_bit(self, volts: np.ndarray, converted: range, rows: slice) -> np.ndarray:
        """As `_multiplied`, each bit of the inputs a multiply of its own, whose rows without a bit float."""
        of_bit, total = self._periphery._replace(drivers=UNCONVERTED, line_joules=0.0), np.zeros(0, F32)
        arrays = len({column // self.circuit.width for column in converted})
        for weight, plane in bit_planes(volts, self.parameters.read_voltage, self.circuit.input_bits or 0):
            currents = weight * self._multiplied(plane, of_bit, converted, rows)
            total = total + currents if total.size else currents
            joules = np.count_nonzero(plane, axis=(1, 2)) * arrays * self._periphery.line_joules
            self._meter.spent("multiply", 0)[:] += np.rint(joules / ENERGY_UNIT_J).astype(np.int64)
        return total

    def _multiplied(self, volts: np.ndarray, around: Periphery, converted: range, rows: slice) -> np.ndarray:
        """Currents in uA, [chips, columns, inputs and more], of volts, [chips, inputs, driven rows]; metered."""
        chips, inputs, _ = volts.shape
        matrix, variances = self._effective_matrix()
        out = np.empty((chips, len(converted), -(-inputs // 16) * 16), F32)
        first_row, spent = range(self.circuit.rows)[rows].start, self._meter.spent("multiply", inputs)
        multiply(matrix, variances, volts, first_row, converted.start, self._life, self._multiplies, around, out, spent)
        if self._column_errors is None:
            return out
        return converted_currents(out, self.circuit, self._column_errors, converted)

    def multiply_pairs(self, row_voltages: Tensor, blocks: np.ndarray) -> Tensor:
        """Multiply by several blocks of pairs at once; see `ohmshot.chip.crossbar.MultipliesPairs`."""
        chips, inputs, _ = row_voltages.shape
        out = np.empty((chips, inputs, int((blocks[:, 4] + blocks[:, 5]).max())), F32)
        if self._column_errors is not None or self.circuit.input_scheme != "levels":
            return self._pairs_block_by_block(row_voltages, blocks, self._answered(np.zeros_like(out)))
        matrix, variances = self._effective_matrix()
        spent = self._meter.spent("multiply", inputs * len(blocks))
        multiply_pairs(
            matrix, variances, _numbers(row_voltages), blocks, self._life, self._multiplies, self._periphery, out, spent
        )
        return self._answered(out)

    def _pairs_block_by_block(self, row_voltages: Tensor, blocks: np.ndarray, total: Tensor) -> Tensor:
        """`multiply_pairs` by as many multiplies; adds to zeros [chips, inputs, pairs]."""
        for first, height, row, column, at, pairs in blocks.tolist():
            volts = row_voltages[:, :, first : first + height]
            currents = self.multiply(volts, slice(column, column + 2 * pairs), slice(row, row + height))
            total[:, :, at : at + pairs] += currents[..., ::2] - currents[..., 1::2]
        return total

    def wait(self, seconds: float, celsius: float = ROOM_CELSIUS) -> None:
        """Let time pass; see `ohmshot.cell.ageing.aged`, or `ohmshot.cell.log_relaxation` where cells relax so."""
        if seconds < 0 or celsius <= -ZERO_CELSIUS_K:
            raise ChipError("A wait needs a time of at least 0 s and a temperature above -273.15 degrees Celsius.")
        if relaxes_in_log_time(self._ageing):
            lost = F32(loss_within(seconds, celsius, self._ageing))
            numbers = log_relaxation(self._ageing)
            log_time.wait(self._records, self._life, F32(seconds), F32(warmth(celsius)), lost, numbers)
        else:
            equivalent = seconds * ageing.acceleration(celsius, self._ageing)
            share = equivalent / retention_time_constant(self._ageing)
            kept, gained = F32(math.exp(-share)), F32(-math.expm1(-2 * share))
            aged = relaxation(self._ageing)
            kernels.wait(self._records, self._life, F32(seconds), F32(equivalent), kept, gained, aged)
        self._waited += seconds
        self._matrix = None

    def wear_in(self, cycles: Tensor) -> None:
        """Let cells go through SET/RESET cycles at once, [chips, cells]; not metered; see `switching.worn`."""
        more = cycles.cpu().reshape(self._chips, self._cells).round().to(torch.int32).numpy()
        kernels.wear_in(self._records, more, self._technology)
        self._matrix = None

    @property
    def supervised(self) -> bool:
        """False: these chips have a supply that does not break down."""
        return False

    def confirm(self) -> None:
        """Nothing to wait for: pulses are given at once."""

    def put_cells(self, state: CellState) -> None:
        """Put all cells into a state, such as an earlier `CellState.clone` of theirs; the meter goes on counting."""
        self._records[:] = state.records.reshape(self._records.shape)
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
        streams = {"life": torch.from_numpy(self._life.view(np.int64)), "multiplies": _signed(self._multiplies)}
        parts = {"cells": self.state.tensors(), "streams": streams, "meter": meter, "health": {"codes": self._health}}
        if self._traps.size:
            parts["telegraph"] = {name: _signed(self._traps[name]) for name in TRAP.names or ()}
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
        self._records[:] = CellState.of_tensors(part_of(kept, "cells")).records.reshape(self._records.shape)
        self._life = kept["streams.life"].clone().numpy().view(np.uint64)
        self._multiplies = kept["streams.multiplies"].clone().numpy().view(np.uint32)
        self._meter.restore(part_of(kept, "meter"))
        self._waited = float(kept["meter.waited"])
        self._health = kept["health.codes"].clone()
        for name, values in part_of(kept, "telegraph").items():
            self._traps[name] = values.numpy().view(self._traps[name].dtype)
        self._matrix = None

    def _by_rows(self, cells: Tensor) -> Tensor:
        return cells.reshape(self._chips, self.circuit.rows, self.circuit.columns)

    def _addressed(self, cells: Tensor) -> tuple[np.ndarray, np.ndarray]:
        """Addresses as an array, and where those of each chip begin, int64 [chips + 1]."""
        return edges_of(cells, self._chips, self._cells)

    def _disturb(self, addresses: np.ndarray, edges: np.ndarray, by_set: bool) -> None:
        columns, width = self.circuit.columns, self.circuit.width
        kernels.disturb(self._records, addresses, edges, columns, width, by_set, self._technology)

    def _clock(self) -> np.ndarray:
        """Seconds that each chip has lived, [chips]."""
        return self._meter.busy_seconds() + self._waited

    def _effective_matrix(self) -> tuple[np.ndarray, np.ndarray]:
        """Conductances that a multiply meets, lines and temperature included, uS, and the variance of a read, uS^2.

        Both are column by column, [chips, columns, rows]; the second has no columns where reads have no noise.
        """
        if self._matrix is None or self._traps.size:
            now = np.empty((self._chips, self._cells), F32)
            kernels.conductances(self._records, self._traps, self._clock(), self._life, self._technology, now)
            matrix = now.reshape(self._chips, self.circuit.rows, self.circuit.columns)
            if self.circuit.line_resistance_ohm > 0:
                kernels.through_lines(matrix, self.circuit.width, F32(self.circuit.line_resistance_ohm * 1e-6))
            variances = np.empty((self._chips, 0, self.circuit.rows), F32)
            if noise.is_noisy(self.parameters):
                of_reads = np.empty_like(now)
                kernels.read_variances(now, self._records, self._technology, of_reads)
                variances = _by_columns(of_reads.reshape(matrix.shape))
            self._matrix = _by_columns(matrix), variances
        return self._matrix

    def _answered(self, answers: np.ndarray) -> Tensor:
        """Answers as a tensor on the device where these chips were made."""
        tensor = torch.from_numpy(answers)
        return tensor if self._device.type == "cpu" else tensor.to(self._device)


def _by_columns(matrices: np.ndarray) -> np.ndarray:
    """Matrices [chips, rows, columns] with each column's numbers side by side, [chips, columns, rows]."""
    return np.ascontiguousarray(matrices.swapaxes(1, 2))


def _numbers(values: Tensor) -> np.ndarray:
    """Numbers as the kernels take them: float32, in order, in the processor's memory."""
    numbers: np.ndarray = values.to(torch.float32).cpu().contiguous().numpy()
    return numbers


def _signed(values: np.ndarray) -> Tensor:
    """A tensor of numbers that PyTorch has a type for; unsigned ones by their bits."""
    return torch.from_numpy(np.ascontiguousarray(values).view(np.int32) if values.dtype == np.uint32 else values)


def _amplitudes(cells: Tensor, amplitudes: Tensor) -> np.ndarray:
    if amplitudes.shape != cells.shape:
        raise ChipError(f"{cells.numel()} cells need {cells.numel()} amplitudes, not {tuple(amplitudes.shape)}.")
    if not math.isfinite(amplitudes.sum()):
        raise ChipError("Amplitudes must be finite voltages.")
    return _numbers(amplitudes)
