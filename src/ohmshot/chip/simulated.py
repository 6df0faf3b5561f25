"""A batch of simulated chips behind the `Crossbar` interface."""

import math
from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

from ohmshot.cell import ageing, disturb, energy, reading, switching, temperature
from ohmshot.cell.parameter_set import CellParameters
from ohmshot.cell.state import CellState, fresh_cells
from ohmshot.cell.wear import worn
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.crossbar import OPERATIONS, Datasheet, MeterReading
from ohmshot.chip.lines import half_selected
from ohmshot.chip.multiply import column_currents, effective_conductance, quantised
from ohmshot.chip.noise import NoiseStreams
from ohmshot.chip.telegraph import TelegraphNoise
from ohmshot.chip.wafer import has_levels, shared_offsets
from ohmshot.chip.worst_energies import worst_energies
from ohmshot.foundation.errors import ChipError
from ohmshot.foundation.randomness import generator


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
        self.state: CellState = fresh_cells(normals, uniforms, parameters)
        names = [("chip", number, "life", life) for number, life in zip(chip_numbers, lives, strict=True)]
        # In stock: one SET of every cell of a chip at least.
        self._streams = NoiseStreams(seed, names, block=4 * cells)
        self._telegraph = (
            TelegraphNoise(parameters, seed, chip_numbers, names, cells) if parameters.telegraph_share > 0 else None
        )
        self._switching = temperature.switching_at_operation(parameters)
        self._worst_energies = worst_energies(self._switching, circuit)
        self._waited = 0.0
        self._chips = len(chip_numbers)
        self._dtype = dtype
        self._counts = torch.zeros(len(OPERATIONS), self._chips, dtype=torch.int64)
        self._energy = torch.zeros(len(OPERATIONS), self._chips, dtype=torch.float64)
        self._busy = torch.zeros(len(OPERATIONS), self._chips, dtype=torch.float64)
        self._matrix: Tensor | None = None

    @property
    def chips(self) -> int:
        """Number of chips in the batch."""
        return self._chips

    @property
    def datasheet(self) -> Datasheet:
        """What the maker says of these chips: the medians of the parameter set."""
        p = self.parameters
        return Datasheet(
            rows=self.circuit.rows,
            columns=self.circuit.columns,
            reset_conductance=p.reset_conductance,
            level_conductances=p.level_conductances,
            set_gate_voltages=(p.set_gate_voltages[0], p.set_gate_voltages[1]),
            set_conductances=(p.set_conductances[0], p.set_conductances[1]),
            reset_source_voltages=(p.reset_source_voltages[0], p.reset_source_voltages[1]),
            read_voltage=p.read_voltage,
            worst_energies=self._worst_energies,
        )

    def form(self, cells: Tensor) -> None:
        """Form cells; see `ohmshot.cell.switching.form_pulse`."""
        part = self._part(cells)
        before, normals = self.state.at(cells), self._normals(part, switching.NORMALS_PER_SET)
        self._put(cells, switching.form_pulse(before, normals, self._switching))
        self._charge("form", part, energy.form_energy(before.conductance, self.parameters), self.parameters.form_width)

    def set(self, cells: Tensor, gate_voltage: Tensor) -> None:
        """Apply SET pulses; see `ohmshot.cell.switching.set_pulse`."""
        part, gate_voltage = self._part(cells), self._amplitudes(cells, gate_voltage)
        before, normals = self.state.at(cells), self._normals(part, switching.NORMALS_PER_SET)
        self._put(cells, switching.set_pulse(before, gate_voltage, normals, self._switching))
        self._charge("set", part, energy.set_energy(gate_voltage, self._switching), self.parameters.set_width)
        if self.parameters.set_disturb > 0:
            self._disturb(cells, disturb.set_disturbed)

    def reset(self, cells: Tensor, source_voltage: Tensor) -> None:
        """Apply RESET pulses; see `ohmshot.cell.switching.reset_pulse`."""
        part, source_voltage = self._part(cells), self._amplitudes(cells, source_voltage)
        before, normals = self.state.at(cells), self._normals(part, switching.NORMALS_PER_RESET)
        after = switching.reset_pulse(before, source_voltage, normals, self._switching)
        self._put(cells, after)
        spent = energy.reset_energy(source_voltage, before.conductance, after.conductance, self.parameters)
        self._charge("reset", part, spent, self.parameters.reset_width)
        if self.parameters.reset_disturb > 0:
            self._disturb(cells, disturb.reset_disturbed)

    def read(self, cells: Tensor) -> Tensor:
        """Read cells one by one through a converter; uS, [n]."""
        part, state = self._part(cells), self.state.at(cells)
        conductance = self._seen()[cells] if self._is_seen_otherwise else state.conductance
        spent = energy.read_energy(conductance, self.parameters) + self.circuit.conversion_energy_j
        self._charge("read", part, spent, self.parameters.read_width + self.circuit.conversion_s)
        return reading.noisy_read(state, conductance, self._normals(part, 1)[0], self.parameters)

    def multiply(self, row_voltages: Tensor, columns: slice) -> Tensor:
        """Multiply by analog currents; see `ohmshot.chip.multiply`."""
        chips, inputs, rows = row_voltages.shape
        if (chips, rows) != (self._chips, self.circuit.rows):
            raise ChipError(
                f"A multiply takes row voltages for {self._chips} chips and {self.circuit.rows} rows, "
                f"not {chips} and {rows}."
            )
        limit = self.parameters.read_voltage
        driven = quantised(row_voltages.to(self._dtype), limit, self.circuit.input_bits)
        matrix = self._effective_matrix()[:, :, columns]
        outputs = matrix.shape[2]
        normals = torch.zeros(1, dtype=self._dtype)
        if reading.is_noisy(self.parameters):
            normals = self._streams.draw_all(inputs * outputs).view(chips, inputs, outputs).to(self._dtype)
        seconds = self.state.relaxation_time.view(chips, rows, self.circuit.columns)[:, :, columns]
        currents = column_currents(driven, matrix, reading.read_spread(matrix, seconds, self.parameters), normals)
        self._charge_multiply(driven, matrix, inputs, outputs)
        return quantised(currents, self.circuit.output_range_ua, self.circuit.output_bits)

    def wait(self, seconds: float, celsius: float = 25.0) -> None:
        """Let time pass; see `ohmshot.cell.ageing.wait`."""
        if seconds < 0 or celsius <= -ageing.ZERO_CELSIUS_K:
            raise ChipError("A wait needs a time of at least 0 s and a temperature above -273.15 degrees Celsius.")
        drawn = self._streams.draw_all(ageing.NORMALS_PER_WAIT * self._cells).view(self._chips, -1, self._cells)
        normals = drawn.transpose(0, 1).reshape(ageing.NORMALS_PER_WAIT, -1).to(self._dtype)
        self.state = ageing.wait(self.state, seconds, celsius, normals, self.parameters)
        self._waited += seconds
        self._matrix = None

    def wear_in(self, cycles: Tensor) -> None:
        """Let cells go through SET/RESET cycles at once, [chips, cells]; not metered; see `ohmshot.cell.wear`."""
        self.state = worn(self.state, cycles.reshape(-1), self.parameters)
        self._matrix = None

    def meter(self) -> MeterReading:
        """Return the costs since the chips were made."""
        return MeterReading(
            {name: self._counts[i].clone() for i, name in enumerate(OPERATIONS)},
            {name: self._energy[i].clone() for i, name in enumerate(OPERATIONS)},
            {name: self._busy[i].clone() for i, name in enumerate(OPERATIONS)},
        )

    def wear(self) -> Tensor:
        """SET/RESET cycles that each cell has seen, int64 [chips, rows, columns]."""
        return self.state.cycles.view(self._chips, self.circuit.rows, self.circuit.columns).to(torch.int64)

    def true_conductances(self) -> Tensor:
        """What no tester can see: conductance without read noise, uS [chips, rows, columns]; for pictures."""
        return self.state.conductance.view(self._chips, self.circuit.rows, self.circuit.columns).clone()

    def snapshot(self) -> dict[str, Tensor]:
        """Everything that these chips need to go on exactly as they would: cells, noise, meter and clock."""
        parts = {"cells": self.state.tensors(), "noise": self._streams.snapshot(), "meter": self._meter_tensors()}
        if self._telegraph:
            parts["telegraph"] = self._telegraph.snapshot()
        return {f"{part}.{name}": values.clone() for part, all_ in parts.items() for name, values in all_.items()}

    def restore(self, snapshot: Mapping[str, Tensor]) -> None:
        """Go on from the snapshot of as many chips of the same technology and circuit.

        Raises:
            ValueError: it is of other chips; these are as they were.
        """
        own = self.snapshot()
        if set(own) != set(snapshot) or any(own[name].shape != snapshot[name].shape for name in own):
            raise ValueError("the snapshot is of other chips")
        kept: dict[str, dict[str, Tensor]] = {}
        for name, values in snapshot.items():
            part, _, rest = name.partition(".")
            kept.setdefault(part, {})[rest] = values.to(own[name].dtype).clone()
        self.state = CellState(kept["cells"])
        self._streams.restore(kept["noise"])
        meter = kept["meter"]
        self._counts, self._energy, self._busy = meter["counts"], meter["energy"], meter["busy"]
        self._waited = float(meter["waited"])
        if self._telegraph:
            self._telegraph.restore(kept["telegraph"])
        self._matrix = None

    def _meter_tensors(self) -> dict[str, Tensor]:
        waited = torch.tensor(self._waited, dtype=torch.float64)
        return {"counts": self._counts, "energy": self._energy, "busy": self._busy, "waited": waited}

    def _part(self, cells: Tensor) -> Tensor:
        """How many of the cells at some addresses each chip has, int64 [chips]."""
        places = torch.searchsorted(cells, torch.arange(0, (self._chips + 1) * self._cells, self._cells))
        if int(places[0]) != 0 or int(places[-1]) != len(cells):
            raise ChipError(f"Cell addresses run from 0 to {self._chips * self._cells - 1}; one lies outside.")
        if not bool((cells[1:] > cells[:-1]).all()):
            raise ChipError("Cell addresses must rise, each at most once.")
        return places.diff()

    def _amplitudes(self, cells: Tensor, amplitudes: Tensor) -> Tensor:
        if amplitudes.shape != cells.shape:
            raise ChipError(f"{cells.numel()} cells need {cells.numel()} amplitudes, not {tuple(amplitudes.shape)}.")
        if not math.isfinite(amplitudes.sum()):
            raise ChipError("Amplitudes must be finite voltages.")
        return amplitudes.to(self._dtype)

    def _normals(self, part: Tensor, each: int) -> Tensor:
        return self._streams.draw(part, each).to(self._dtype)

    def _put(self, cells: Tensor, after: CellState) -> None:
        self.state.put(cells, after)
        self._matrix = None

    def _disturb(self, cells: Tensor, disturbed: Callable[[Tensor, Tensor, CellParameters], Tensor]) -> None:
        pulses = half_selected(cells, self._chips, self.circuit.rows, self.circuit.columns).to(self._dtype)
        self.state = ageing.moved(self.state, disturbed(self.state.conductance, pulses, self._switching))
        self._matrix = None

    @property
    def _is_seen_otherwise(self) -> bool:
        return self._telegraph is not None or not temperature.conducts_as_at_room(self.parameters)

    def _seen(self) -> Tensor:
        """Conductance of all cells as a read sees them now: at the temperature of operation, with their traps."""
        now = self.state.conductance
        if not temperature.conducts_as_at_room(self.parameters):
            now = now * temperature.conductance_factor(now, self.parameters)
        return now if self._telegraph is None else self._telegraph.seen(now, self._busy.sum(0) + self._waited)

    def _effective_matrix(self) -> Tensor:
        if self._matrix is None or self._telegraph is not None:
            now = self._seen().view(self._chips, self.circuit.rows, self.circuit.columns)
            self._matrix = effective_conductance(now, self.circuit.line_resistance_ohm)
        return self._matrix

    def _charge(self, operation: str, part: Tensor, joules: Tensor, seconds: float) -> None:
        row = OPERATIONS.index(operation)
        self._counts[row] += part
        self._energy[row] += torch.segment_reduce(joules.double(), "sum", lengths=part)
        self._busy[row] += part * seconds

    def _charge_multiply(self, driven: Tensor, matrix: Tensor, inputs: int, outputs: int) -> None:
        row = OPERATIONS.index("multiply")
        power_uw = ((driven**2).sum(1) * matrix.sum(2)).sum(1).double()
        conversions = inputs * outputs
        lines = inputs * self.circuit.rows * energy.line_energy(self.parameters.read_voltage, self.parameters)
        self._counts[row] += inputs
        self._energy[row] += power_uw * 1e-6 * self.parameters.read_width
        self._energy[row] += conversions * self.circuit.conversion_energy_j + lines
        self._busy[row] += inputs * (self.parameters.read_width + self.circuit.conversion_s)


def _device_draws(seed: int, number: int, cells: int) -> tuple[Tensor, Tensor]:
    random = generator(seed, "chip", number, "devices")
    return torch.randn(2, cells, generator=random), torch.rand(2, cells, generator=random)
