"""A batch of simulated chips behind the `Crossbar` interface."""

import contextlib
import math
from collections.abc import Callable, Iterator, Mapping, Sequence

import torch
from torch import Tensor

from ohmshot.cell import ageing, disturb, energy, noise, switching, temperature
from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.cell.state import CellState, fresh_cells
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.crossbar import ALL_ROWS
from ohmshot.chip.datasheet import Datasheet, simulated_datasheet
from ohmshot.chip.meter import Meter, MeterReading
from ohmshot.chip.multiply import column_noise, drive_power, effective_conductance, quantised
from ohmshot.chip.selection import Addresses, Selection, half_selected, tiles
from ohmshot.chip.snapshot import joined, part_of
from ohmshot.chip.streams import NoiseStreams
from ohmshot.chip.telegraph import TelegraphNoise
from ohmshot.chip.wafer import has_levels, shared_offsets
from ohmshot.foundation.devices import to_default_device
from ohmshot.foundation.errors import ChipError
from ohmshot.foundation.products import product
from ohmshot.foundation.randomness import generator
from ohmshot.foundation.units import ROOM_CELSIUS, ZERO_CELSIUS_K


class SimulatedCrossbar:
    """Simulated chips of one technology.

    Args:
        parameters: the cell technology.
        circuit: size, lines and converters.
        seed: of the run.
        chip_numbers: which chips; a number's devices (offsets, endurance, stuck cells) depend on the seed and
            the number alone, so a number given twice is the same chip living two lives. It also says on which wafer
            the chip was made (`ohmshot.chip.wafer`).
        lives: one number a chip of the batch that tells such lives apart (default: all 0); switching and
            reading draw from a stream of (seed, chip, life).
        dtype: of the state; float64 only to check arithmetic.
    """

    def __init__(
        self,
        parameters: CellParameters,
        circuit: Circuit,
        seed: int,
        chip_numbers: Sequence[int],
        lives: Sequence[int] | None = None,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        self.parameters = parameters
        self.circuit = circuit
        lives = [0] * len(chip_numbers) if lives is None else lives
        cells = self._cells = circuit.rows * circuit.columns
        devices = {number: _device_draws(seed, number, cells) for number in sorted(set(chip_numbers))}
        normals = torch.cat([devices[number][0] for number in chip_numbers], dim=1).to(dtype)
        uniforms = torch.cat([devices[number][1] for number in chip_numbers], dim=1).to(dtype)
        if has_levels(parameters):
            normals += shared_offsets(parameters, seed, chip_numbers).to(dtype).repeat_interleave(cells, dim=1)
        self._state = fresh_cells(normals, uniforms, parameters)
        names = [("chip", number, "life", life) for number, life in zip(chip_numbers, lives, strict=True)]
        # In stock: one SET of every cell of a chip at least.
        self._streams = NoiseStreams(seed, names, block=4 * cells)
        self._telegraph = (
            TelegraphNoise(parameters, seed, chip_numbers, names, cells) if parameters.telegraph_share > 0 else None
        )
        self._switching = temperature.switching_at_operation(parameters)
        self._datasheet = simulated_datasheet(parameters, self._switching, circuit)
        self._ageing = parameters
        self._waited = 0.0
        self._chips = len(chip_numbers)
        self._dtype = dtype
        self._addresses = Addresses(self._chips, cells)
        self._meter = Meter(self._chips, _widths(parameters, circuit))
        self._matrix: Tensor | None = None
        self._health = torch.zeros(self._chips * cells, dtype=torch.int8)

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
        return self._state

    def form(self, cells: Tensor) -> None:
        """Form cells, int64 [n]; see `ohmshot.cell.switching.form_pulse`."""
        for selected in self._pulsed(cells):
            before, normals = self.state.at(selected.cells), self._normals(selected, switching.NORMALS_PER_SET)
            spent = energy.form_energy(before.conductance, self.parameters)
            switching.form_pulse(before, normals, self._switching).put_back()
            self._meter.charge_cells("form", selected, spent)

    def set(self, cells: Tensor, gate_voltage: Tensor) -> None:
        """Apply SET pulses to cells, int64 [n], at gate voltages in V, [n]; see `ohmshot.cell.switching.set_pulse`."""
        amplitudes = self._amplitudes(cells, gate_voltage)
        for selected in self._pulsed(cells):
            before, normals = self.state.at(selected.cells), self._normals(selected, switching.NORMALS_PER_SET)
            volts = amplitudes[selected.places]
            switching.set_pulse(before, volts, normals, self._switching).put_back()
            self._meter.charge_cells("set", selected, energy.set_energy(volts, self._switching))
        if self.parameters.set_disturb > 0:
            self._disturb(cells, disturb.set_disturbed)

    def reset(self, cells: Tensor, source_voltage: Tensor) -> None:
        """Apply RESET pulses to cells, int64 [n], at source voltages in V, [n]; see `switching.reset_pulse`."""
        amplitudes = self._amplitudes(cells, source_voltage)
        for selected in self._pulsed(cells):
            before, normals = self.state.at(selected.cells), self._normals(selected, switching.NORMALS_PER_RESET)
            volts = amplitudes[selected.places]
            after = switching.reset_pulse(before, volts, normals, self._switching)
            spent = energy.reset_energy(volts, before.conductance, after.conductance, self.parameters)
            after.put_back()
            self._meter.charge_cells("reset", selected, spent)
        if self.parameters.reset_disturb > 0:
            self._disturb(cells, disturb.reset_disturbed)

    def read(self, cells: Tensor) -> Tensor:
        """Read cells, int64 [n], one by one through a converter; uS, [n]."""
        parts = self._addresses.select(cells)
        seen = self._seen(_addressed(parts, self._chips)) if self._reading_differs else self.state.conductance
        answers = [torch.empty(0, dtype=self._dtype)]
        for selected in parts:
            conductance, state = seen[selected.cells], self.state.at(selected.cells)
            spent = energy.read_energy(conductance, self.parameters).add_(self.circuit.conversion_energy_j)
            self._meter.charge_cells("read", selected, spent)
            normals = self._normals(selected, 1)[0]
            answers.append(noise.noisy_read(state, conductance, normals, self.parameters))
        return torch.cat(answers)

    def multiply(self, row_voltages: Tensor, columns: slice, rows: slice = ALL_ROWS) -> Tensor:
        """Multiply row voltages in V, [chips, inputs, driven rows], by currents in uA, [chips, inputs, columns].

        See `ohmshot.chip.crossbar.Crossbar.multiply` and the laws in `ohmshot.chip.multiply`.
        """
        chips, inputs, driven = row_voltages.shape
        wanted = len(range(self.circuit.rows)[rows])
        if (chips, driven) != (self._chips, wanted):
            raise ChipError(
                f"A multiply takes row voltages for {self._chips} chips and {wanted} rows, not {chips} and {driven}."
            )
        matrix = self._effective_matrix()[:, rows, columns]
        seconds = self._by_rows(self.state.relaxation_time)[:, rows, columns]
        outputs = matrix.shape[2]
        currents, power_uw = (
            torch.empty(chips, inputs, outputs, dtype=self._dtype),
            torch.empty(chips, dtype=torch.float64),
        )
        for part in tiles(chips, chips * inputs * outputs):
            volts = quantised(row_voltages[part].to(self._dtype), self.parameters.read_voltage, self.circuit.input_bits)
            squared = volts.square()
            measured = product(volts, matrix[part])
            if noise.is_noisy(self.parameters):
                spread = noise.read_spread(matrix[part], seconds[part], self.parameters)
                normals = self._streams.draw_all(inputs * outputs, part).view(-1, inputs, outputs).to(self._dtype)
                measured.add_(column_noise(squared, spread, normals))
            currents[part] = quantised(measured, self.circuit.output_range_ua, self.circuit.output_bits)
            power_uw[part] = drive_power(squared, matrix[part])
        self._charge_multiply(power_uw, inputs, outputs)
        return currents

    def wait(self, seconds: float, celsius: float = ROOM_CELSIUS) -> None:
        """Let time pass; see `ohmshot.cell.ageing.wait`."""
        if seconds < 0 or celsius <= -ZERO_CELSIUS_K:
            raise ChipError("A wait needs a time of at least 0 s and a temperature above -273.15 degrees Celsius.")
        for chips in tiles(self._chips, self._chips * self._cells):
            cells = slice(chips.start * self._cells, chips.stop * self._cells)
            drawn = self._streams.draw_all(ageing.NORMALS_PER_WAIT * self._cells, chips).to(self._dtype)
            normals = drawn.view(-1, ageing.NORMALS_PER_WAIT, self._cells).transpose(0, 1).flatten(1)
            ageing.wait(self.state.at(cells), seconds, celsius, normals, self._ageing).put_back()
        self._waited += seconds
        self._matrix = None

    def wear_in(self, cycles: Tensor) -> None:
        """Let cells go through SET/RESET cycles at once, [chips, cells]; not metered; see `switching.worn`."""
        self._state = switching.worn(self._state, cycles.reshape(-1), self.parameters)
        self._matrix = None

    @property
    def supervised(self) -> bool:
        """False: these chips have a supply that does not break down."""
        return False

    def confirm(self) -> None:
        """Nothing to wait for: pulses are given at once."""

    def put_cells(self, state: CellState) -> None:
        """Put all cells into a state, such as an earlier `CellState.clone` of theirs; the meter goes on counting."""
        self._state = state.clone()
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
        return self._by_rows(self.state.cycles).to(torch.int64)

    def health(self) -> Tensor:
        """The host's codes that are kept with the chips, int8 [chips, rows, columns]; 0 where nothing was kept."""
        return self._health.view(self._chips, self.circuit.rows, self.circuit.columns).clone()

    def keep_health(self, cells: Tensor, codes: Tensor) -> None:
        """Keep the host's codes of some cells; int8 [n]."""
        self._addresses.select(cells)
        self._health[cells] = codes.to(torch.int8)

    def true_conductances(self) -> Tensor:
        """Conductance without read noise, which no tester can see, uS [chips, rows, columns]; for pictures."""
        return self._by_rows(self.state.conductance).clone()

    def snapshot(self) -> dict[str, Tensor]:
        """Cells, noise, meter and clock as tensors by name: with them these chips go on exactly as they would."""
        meter = {**self._meter.tensors(), "waited": torch.tensor(self._waited, dtype=torch.float64)}
        parts = {"cells": self.state.tensors(), "noise": self._streams.snapshot(), "meter": meter}
        parts["health"] = {"codes": self._health}
        if self._telegraph:
            parts["telegraph"] = self._telegraph.snapshot()
        return {name: values.clone() for name, values in joined(parts).items()}

    def restore(self, snapshot: Mapping[str, Tensor]) -> None:
        """Go on from the snapshot of as many chips of the same technology and circuit.

        Raises:
            ValueError: it is of other chips; these are as they were.
        """
        own = self.snapshot()
        if set(own) != set(snapshot) or any(own[name].shape != snapshot[name].shape for name in own):
            raise ValueError("the snapshot is of other chips")
        kept = {name: values.to(own[name].dtype).clone() for name, values in snapshot.items()}
        self._state = CellState(**part_of(kept, "cells"))
        self._streams.restore(part_of(kept, "noise"))
        self._meter.restore(part_of(kept, "meter"))
        self._waited = float(kept["meter.waited"])
        self._health = kept["health.codes"]
        if self._telegraph:
            self._telegraph.restore(part_of(kept, "telegraph"))
        self._matrix = None

    def _by_rows(self, cells: Tensor) -> Tensor:
        return cells.view(self._chips, self.circuit.rows, self.circuit.columns)

    def _pulsed(self, cells: Tensor) -> Iterator[Selection]:
        """Cells that get a pulse, in tiles of chips."""
        yield from self._addresses.select(cells)
        self._matrix = None

    def _amplitudes(self, cells: Tensor, amplitudes: Tensor) -> Tensor:
        if amplitudes.shape != cells.shape:
            raise ChipError(f"{cells.numel()} cells need {cells.numel()} amplitudes, not {tuple(amplitudes.shape)}.")
        if not math.isfinite(amplitudes.sum()):
            raise ChipError("Amplitudes must be finite voltages.")
        return amplitudes.to(self._dtype)

    def _normals(self, selected: Selection, each: int) -> Tensor:
        return self._streams.draw(selected.counts, each, selected.chips).to(self._dtype)

    def _disturb(self, cells: Tensor, disturbed: Callable[[Tensor, Tensor, CellParameters], Tensor]) -> None:
        pulses = half_selected(cells, self._chips, self.circuit.rows, self.circuit.columns).to(self._dtype)
        self._state = ageing.moved(self._state, disturbed(self._state.conductance, pulses, self._switching))
        self._matrix = None

    @property
    def _reading_differs(self) -> bool:
        return self._telegraph is not None or not temperature.conducts_as_at_room(self.parameters)

    def _seen(self, chips: Tensor) -> Tensor:
        """Conductance of all cells as reads of some chips, bool [chips], see it: at their temperature, with traps."""
        now = self.state.conductance
        if not temperature.conducts_as_at_room(self.parameters):
            now = now * temperature.conductance_factor(now, self.parameters)
        if self._telegraph is None:
            return now
        return self._telegraph.seen(now, self._meter.busy_seconds() + self._waited, chips)

    def _effective_matrix(self) -> Tensor:
        if self._matrix is None or self._telegraph is not None:
            now = self._by_rows(self._seen(torch.ones(self._chips, dtype=torch.bool)))
            parts = (now[chips] for chips in tiles(self._chips, now.numel()))
            self._matrix = torch.cat([effective_conductance(part, self.circuit.line_resistance_ohm) for part in parts])
        return self._matrix

    def _charge_multiply(self, power_uw: Tensor, inputs: int, outputs: int) -> None:
        """Charge a multiply whose inputs take so much power together, float64 [chips]."""
        lines = inputs * self.circuit.rows * energy.line_energy(self.parameters.read_voltage, self.parameters)
        converted = inputs * outputs * self.circuit.conversion_energy_j
        joules = power_uw * (1e-6 * self.parameters.read_width) + (converted + lines)
        self._meter.charge("multiply", slice(None), inputs, joules)


def _addressed(parts: Sequence[Selection], chips: int) -> Tensor:
    """Which chips have a cell in a selection, bool [chips]."""
    addressed = torch.zeros(chips, dtype=torch.bool)
    for part in parts:
        addressed[part.chips] = part.counts > 0
    return addressed


def _widths(parameters: CellParameters, circuit: Circuit) -> dict[str, float]:
    """How many seconds one operation of each kind takes."""
    converted_read = parameters.read_width + circuit.conversion_s
    return {
        "form": parameters.form_width,
        "set": parameters.set_width,
        "reset": parameters.reset_width,
        "read": converted_read,
        "multiply": converted_read,
    }


def _device_draws(seed: int, number: int, cells: int) -> tuple[Tensor, Tensor]:
    random = generator(seed, "chip", number, "devices")
    normals = torch.randn(2, cells, generator=random, device="cpu")
    return to_default_device(normals), to_default_device(torch.rand(2, cells, generator=random, device="cpu"))
