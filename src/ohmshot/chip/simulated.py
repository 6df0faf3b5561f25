"""A batch of simulated chips behind the `Crossbar` interface."""

from collections.abc import Sequence

import torch
from torch import Tensor

from ohmshot.cell import ageing, energy, reading, switching
from ohmshot.cell.parameter_set import CellParameters
from ohmshot.cell.state import CellState, fresh_cells
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.crossbar import OPERATIONS, Datasheet, MeterReading
from ohmshot.chip.multiply import column_currents, effective_conductance, quantised
from ohmshot.chip.noise import NoiseStreams
from ohmshot.foundation.errors import ChipError
from ohmshot.foundation.randomness import generator


class SimulatedCrossbar:
    """Simulated chips of one technology.

    Args:
        parameters: the cell technology.
        circuit: size, lines and converters.
        seed: of the run.
        chip_numbers: which chips; a number's devices (offsets, endurance, stuck cells) depend on the seed and
            the number alone, so a number given twice is the same chip living two lives.
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
        cells = circuit.rows * circuit.columns
        devices = {number: _device_draws(seed, number, cells) for number in sorted(set(chip_numbers))}
        normals = torch.cat([devices[number][0] for number in chip_numbers], dim=1).to(dtype)
        uniforms = torch.cat([devices[number][1] for number in chip_numbers], dim=1).to(dtype)
        self.state: CellState = fresh_cells(normals, uniforms, parameters)
        names = [("chip", number, "life", life) for number, life in zip(chip_numbers, lives, strict=True)]
        self._streams = NoiseStreams(seed, names)
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
        )

    def form(self, cells: Tensor) -> None:
        """Form cells; see `ohmshot.cell.switching.form_pulse`."""
        before, owners = self._pick(cells)
        normals = self._normals(owners, switching.NORMALS_PER_SET)
        self._replace(cells, switching.form_pulse(before, normals, self.parameters))
        self._charge("form", owners, energy.form_energy(before.programmed, self.parameters), self.parameters.form_width)

    def set(self, cells: Tensor, gate_voltage: Tensor) -> None:
        """Apply SET pulses; see `ohmshot.cell.switching.set_pulse`."""
        before, owners = self._pick(cells)
        self._require_amplitudes(cells, gate_voltage)
        gate_voltage = gate_voltage.to(self._dtype)
        normals = self._normals(owners, switching.NORMALS_PER_SET)
        self._replace(cells, switching.set_pulse(before, gate_voltage, normals, self.parameters))
        self._charge("set", owners, energy.set_energy(gate_voltage, self.parameters), self.parameters.set_width)

    def reset(self, cells: Tensor, source_voltage: Tensor) -> None:
        """Apply RESET pulses; see `ohmshot.cell.switching.reset_pulse`."""
        before, owners = self._pick(cells)
        self._require_amplitudes(cells, source_voltage)
        source_voltage = source_voltage.to(self._dtype)
        normals = self._normals(owners, switching.NORMALS_PER_RESET)
        after = switching.reset_pulse(before, source_voltage, normals, self.parameters)
        spent = energy.reset_energy(
            source_voltage,
            switching.present_conductance(before, self.parameters),
            switching.present_conductance(after, self.parameters),
            self.parameters,
        )
        self._replace(cells, after)
        self._charge("reset", owners, spent, self.parameters.reset_width)

    def read(self, cells: Tensor) -> Tensor:
        """Read cells one by one through a converter; uS, [n]."""
        state, owners = self._pick(cells)
        conductance = switching.present_conductance(state, self.parameters)
        spent = energy.read_energy(conductance, self.parameters) + self.circuit.conversion_energy_j
        self._charge("read", owners, spent, self.parameters.read_width + self.circuit.conversion_s)
        return reading.noisy_read(conductance, self._normals(owners, 1)[0], self.parameters)

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
        if self.parameters.read_noise > 0:
            normals = self._streams.draw_matrix(inputs * outputs).view(chips, inputs, outputs).to(self._dtype)
        currents = column_currents(driven, matrix, reading.read_spread(matrix, self.parameters), normals)
        self._charge_multiply(driven, matrix, inputs, outputs)
        return quantised(currents, self.circuit.output_range_ua, self.circuit.output_bits)

    def wait(self, seconds: float, celsius: float = 25.0) -> None:
        """Let time pass; see `ohmshot.cell.ageing.wait`."""
        if seconds < 0 or celsius <= -ageing.ZERO_CELSIUS_K:
            raise ChipError("A wait needs a time of at least 0 s and a temperature above -273.15 degrees Celsius.")
        owners = torch.arange(self._chips).repeat_interleave(self.circuit.rows * self.circuit.columns)
        normals = self._normals(owners, ageing.NORMALS_PER_WAIT)
        self.state = ageing.wait(self.state, seconds, celsius, normals, self.parameters)
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
        now = switching.present_conductance(self.state, self.parameters)
        return now.view(self._chips, self.circuit.rows, self.circuit.columns)

    def _pick(self, cells: Tensor) -> tuple[CellState, Tensor]:
        total = self._chips * self.circuit.rows * self.circuit.columns
        if cells.numel() and (int(cells[0]) < 0 or int(cells[-1]) >= total):
            raise ChipError(f"Cell addresses run from 0 to {total - 1}; one lies outside.")
        return self.state.at(cells), cells // (self.circuit.rows * self.circuit.columns)

    def _require_amplitudes(self, cells: Tensor, amplitudes: Tensor) -> None:
        if amplitudes.shape != cells.shape:
            raise ChipError(f"{cells.numel()} cells need {cells.numel()} amplitudes, not {tuple(amplitudes.shape)}.")
        if not bool(torch.isfinite(amplitudes).all()):
            raise ChipError("Amplitudes must be finite voltages.")

    def _normals(self, owners: Tensor, each: int) -> Tensor:
        return self._streams.draw(owners, each).to(self._dtype)

    def _replace(self, cells: Tensor, after: CellState) -> None:
        self.state.put(cells, after)
        self._matrix = None

    def _effective_matrix(self) -> Tensor:
        if self._matrix is None:
            self._matrix = effective_conductance(self.true_conductances(), self.circuit.line_resistance_ohm)
        return self._matrix

    def _charge(self, operation: str, owners: Tensor, joules: Tensor, seconds: float) -> None:
        row = OPERATIONS.index(operation)
        count = torch.bincount(owners, minlength=self._chips)
        self._counts[row] += count
        self._energy[row].index_add_(0, owners, joules.double())
        self._busy[row] += count * seconds

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
