"""The baseline of `peers.py` that is always there: `per_cell.py`, with an analog multiply and the learning in NumPy.

One chip, written by one who takes care: pulse after pulse for each cell as write-verify asks for it, whole arrays where
the cells do not wait for one another. The same formulas as ohmshot; wear, relaxation and energy are left out.
"""

import math

import numpy as np
from peer_work import (
    INPUT_BITS,
    INPUT_FULL_SCALE,
    LEVELS_OFF,
    MISSED,
    OFF,
    OUTPUT_BITS,
    PULSES,
    READ_NOISE,
    RIGHT,
    TILE_OUTPUT_RANGE_UA,
    WEIGHT_FULL_SCALE,
    WEIGHTS_OFF,
    WRITTEN,
    Figure,
    Floats,
    Work,
    answer,
    least,
    right_share,
)
from per_cell import Cell, program
from per_cell_compiled import formed, write_cells

from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.chip.circuit import Circuit

SEED = 1
PARAMETERS = load_parameter_set("leti_hfo2_130nm").values
CIRCUIT = Circuit()
STATES = np.array((PARAMETERS.reset_conductance, *PARAMETERS.level_conductances), np.float32)
WINDOW = STATES[-1] - STATES[0]

PROGRAM = "the same pulses and reads, cell after cell; no wear, no energy"
MULTIPLY = "both cells of every pair, lines, converters; no energy"
UPDATES = "the same forward passes and writes; no relaxation, no wear, no energy"


def measure(work: Work) -> list[Figure]:
    return [program_figure(work), compiled_figure(work), *multiply_figures(work), update_figure(work)]


class Layer:
    """Pairs of formed cells that carry one matrix: plus and minus side by side on the bit lines."""

    def __init__(
        self, inputs: int, outputs: int, full_scale: float, output_range_ua: float, random: np.random.Generator
    ) -> None:
        self.random, self.full_scale, self.output_range_ua = random, full_scale, output_range_ua
        self.cells = [[Cell(PARAMETERS, random) for _ in range(2 * outputs)] for _ in range(inputs)]
        self.targets = np.zeros((inputs, 2 * outputs), np.float32)
        self.missed = 0
        for row in self.cells:
            for cell in row:
                cell.form()
                cell.pulses = 0
        self.look()

    def look(self) -> None:
        """Take over what the cells conduct, through lines with resistance (`ohmshot.chip.multiply`)."""
        self.conductance = np.array([[cell.conductance for cell in row] for row in self.cells], np.float32)
        rows, columns = self.conductance.shape
        along_row, along_column = np.arange(1, columns + 1), np.arange(rows)
        row_weight = np.minimum(along_row[:, None], along_row).astype(np.float32)
        column_weight = (rows - np.maximum(along_column[:, None], along_column)).astype(np.float32)
        drop = self.conductance @ row_weight + column_weight @ self.conductance
        self.effective = self.conductance * np.clip(1 - CIRCUIT.line_resistance_ohm * 1e-6 * drop, 0, None)

    def write(self, weights: Floats) -> int:
        """Write the cells whose state changes; returns how many."""
        targets = targets_for(weights / self.full_scale)
        changed = np.argwhere(targets != self.targets)
        for row, column in changed:
            self.missed += not program(self.cells[row][column], float(targets[row, column]))
        self.targets = targets
        self.look()
        return len(changed)

    def pulses(self) -> int:
        return sum(cell.pulses for row in self.cells for cell in row)

    def weights(self) -> Floats:
        """What the pairs stand for, [inputs, outputs]."""
        return (self.conductance[:, 0::2] - self.conductance[:, 1::2]) * np.float32(self.full_scale / WINDOW)

    def multiply(self, inputs: Floats, input_full_scale: float, noise_of_each_cell: bool = True) -> Floats:
        """Multiply [batch, inputs] by the weights on the cells."""
        limit = PARAMETERS.read_voltage
        voltages = quantised(inputs * np.float32(limit / input_full_scale), limit, INPUT_BITS)
        currents = (self.cell_by_cell if noise_of_each_cell else self.column_by_column)(voltages)
        currents = quantised(currents, self.output_range_ua, OUTPUT_BITS)
        unit = np.float32(input_full_scale / limit * self.full_scale / WINDOW)
        return (currents[:, 0::2] - currents[:, 1::2]) * unit

    def cell_by_cell(self, voltages: Floats) -> Floats:
        """Currents of which every cell has noise of its own at every input."""
        noise = self.random.standard_normal((len(voltages), *self.effective.shape), np.float32)
        noise *= np.float32(READ_NOISE)
        noise += 1
        noise *= self.effective
        return np.matmul(voltages[:, None, :], noise)[:, 0]

    def column_by_column(self, voltages: Floats) -> Floats:
        """Currents with the same distribution, from one normal number a column: variances of cells add up."""
        variance = np.square(voltages) @ np.square(np.float32(READ_NOISE) * self.effective)
        noise = self.random.standard_normal(variance.shape, np.float32)
        return voltages @ self.effective + np.sqrt(variance) * noise


def targets_for(shares: Floats) -> Floats:
    """Conductance of both cells of each pair, nearest states: [inputs, outputs] to [inputs, 2 * outputs]."""
    sides = np.stack((shares, -shares), axis=-1).clip(0, 1).reshape(len(shares), -1)
    middles = (STATES[1:] + STATES[:-1]) / 2
    return STATES[np.searchsorted(middles, STATES[0] + WINDOW * sides)]


def quantised(values: Floats, full_scale: float, bits: int) -> Floats:
    steps = np.float32(2 ** (bits - 1) - 1)
    return np.clip(np.rint(values * (steps / np.float32(full_scale))), -steps, steps) * (np.float32(full_scale) / steps)


def fresh_tile(work: Work) -> Layer:
    return Layer(*work.weights.shape, 1.0, TILE_OUTPUT_RANGE_UA, np.random.default_rng(SEED))


def program_figure(work: Work) -> Figure:
    processor, clock = least(work.repeats, lambda: fresh_tile(work), lambda tile: tile.write(work.weights))
    tile = fresh_tile(work)
    cells = tile.write(work.weights)
    level = tile.targets > STATES[0]
    error = math.sqrt(float(np.square(tile.conductance - tile.targets)[level].mean()))
    off = math.sqrt(float(np.square(tile.weights() - work.weights).mean()))
    found = {PULSES: tile.pulses() / cells, MISSED: 100 * tile.missed / cells, LEVELS_OFF: error, WEIGHTS_OFF: off}
    return Figure("program", "hybrid write-verify", 1, processor, clock, PROGRAM, found)


def compiled_figure(work: Work) -> Figure:
    """The same program compiled: what ohmshot's engine must be held against."""
    random = np.random.default_rng(SEED)
    targets = targets_for(work.weights).ravel()
    write_cells(PARAMETERS, *formed(PARAMETERS, 1, random), targets[:1], random)  # compile
    processor, clock = least(
        work.repeats,
        lambda: formed(PARAMETERS, len(targets), random),
        lambda state: write_cells(PARAMETERS, *state, targets, random),
    )
    cells, pulses, missed = write_cells(PARAMETERS, *formed(PARAMETERS, len(targets), random), targets, random)
    error = math.sqrt(float(np.square(cells - targets)[targets > STATES[0]].mean()))
    off = math.sqrt(float(np.square((cells[0::2] - cells[1::2]) / WINDOW - work.weights.ravel()).mean()))
    found = {PULSES: pulses / len(targets), MISSED: 100 * missed / len(targets), LEVELS_OFF: error, WEIGHTS_OFF: off}
    return Figure("program", "hybrid write-verify, compiled", 1, processor, clock, PROGRAM, found)


def multiply_figures(work: Work) -> list[Figure]:
    tile = fresh_tile(work)
    tile.write(work.weights)
    exact = work.inputs @ tile.weights()
    figures = []
    for way, each_cell, noise in (
        ("noise of each cell", True, f"{READ_NOISE:.0%} read noise drawn for every cell"),
        ("noise summed by column", False, f"{READ_NOISE:.0%} read noise, drawn once a column"),
    ):

        def products(nothing: None, each_cell: bool = each_cell) -> None:
            for _ in range(work.multiplies):
                tile.multiply(work.inputs, 1.0, each_cell)

        processor, clock = least(work.repeats, lambda: None, products)
        off = np.square(tile.multiply(work.inputs, 1.0, each_cell) - exact).mean() / np.square(exact).mean()
        found = {OFF: 100 * math.sqrt(float(off))}
        figures.append(Figure("multiply", way, 1, processor, clock, f"{MULTIPLY}, {noise}", found))
    return figures


def update_figure(work: Work) -> Figure:
    def written() -> tuple[Layer, Layer]:
        random = np.random.default_rng(SEED)
        heads = zip((work.first, work.second), WEIGHT_FULL_SCALE, strict=True)
        layers = [(Layer(*weights.shape, scale, CIRCUIT.output_range_ua, random), weights) for weights, scale in heads]
        for layer, weights in layers:
            layer.write(weights)
        return layers[0][0], layers[1][0]

    processor, clock = least(work.repeats, written, lambda layers: learn(work, *layers))
    layers = written()
    before = sum(layer.pulses() for layer in layers)
    cells = learn(work, *layers)
    pulses = sum(layer.pulses() for layer in layers) - before
    right = right_share(forward(work, *layers)[1], work.labels)
    found = {WRITTEN: cells, PULSES: pulses / cells, RIGHT: right}
    return Figure("updates", "learner in the loop", 1, processor, clock, UPDATES, found)


def forward(work: Work, first: Layer, second: Layer) -> tuple[Floats, Floats]:
    hidden = np.maximum(first.multiply(with_bias(work.features), INPUT_FULL_SCALE), 0)
    return hidden, second.multiply(with_bias(hidden), INPUT_FULL_SCALE)


def learn(work: Work, first: Layer, second: Layer) -> int:
    """Make all updates; returns how many cells were written."""
    weights = [work.first, work.second]
    wanted, cells = np.eye(weights[1].shape[1], dtype=np.float32)[work.labels], 0
    for rate in work.rates:
        hidden, logits = forward(work, first, second)
        share = np.exp(logits - logits.max(-1, keepdims=True))
        error = (share / share.sum(-1, keepdims=True) - wanted) / np.float32(len(wanted))
        back = (error @ weights[1][:-1].T) * (hidden > 0)
        gradients = with_bias(work.features).T @ back, with_bias(hidden).T @ error
        for i, layer in enumerate((first, second)):
            weights[i] = np.clip(weights[i] - rate * gradients[i], -layer.full_scale, layer.full_scale)
            cells += layer.write(weights[i])
    return cells


def with_bias(values: Floats) -> Floats:
    return np.pad(values, ((0, 0), (0, 1)), constant_values=1)


if __name__ == "__main__":
    answer(("numpy",), measure)
