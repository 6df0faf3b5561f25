"""ohmshot's side of `peers.py`: one chip, and a batch of chips that all differ, as a user has them."""

import dataclasses

import numpy as np
import torch
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
    Work,
    answer,
    least,
    right_share,
)
from torch import Tensor

from ohmshot.adapt.adaptation import updates as updates_of
from ohmshot.bundle.bundle import Bundle
from ohmshot.bundle.file import shipped_bundle
from ohmshot.bundle.header import ConductanceMapping
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.crossbar import PairBlocks, every_cell
from ohmshot.chip.row_voltages import Units
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.host.care.care import NO_CARE
from ohmshot.host.learner import Learner, LearnerSettings
from ohmshot.host.mapping import mapping_for
from ohmshot.host.strategies import hybrid

SEED = 1
PARAMETERS = dataclasses.replace(load_parameter_set("leti_hfo2_130nm").values, read_noise=READ_NOISE)

PROGRAM = "every SET, RESET and verifying read of both cells of a pair, 9 states, device and cycle spread, wear, energy"
MULTIPLY = "both cells of every pair, lines, converters, energy"
UPDATES = (
    "analog forward passes, every pulse and verifying read of the cells that change, 6 s of relaxation, wear, energy"
)


def measure(work: Work) -> list[Figure]:
    torch.set_num_threads(1)
    return [
        figure
        for chips in sorted({1, work.chips})
        for figure in (program(work, chips), *multiply(work, chips), updates(work, chips))
    ]


def tile(work: Work, chips: int, read_noise: float = READ_NOISE) -> SimulatedCrossbar:
    """Chips of one tile, two bit lines an output, as they leave the fab."""
    rows, outputs = work.weights.shape
    circuit = Circuit(rows, 2 * outputs, INPUT_BITS, OUTPUT_BITS, TILE_OUTPUT_RANGE_UA)
    return SimulatedCrossbar(dataclasses.replace(PARAMETERS, read_noise=read_noise), circuit, SEED, range(chips))


def formed_tile(work: Work, chips: int, read_noise: float = READ_NOISE) -> SimulatedCrossbar:
    crossbar = tile(work, chips, read_noise)
    crossbar.form(every_cell(crossbar))
    return crossbar


def write_tile(crossbar: SimulatedCrossbar, weights: Tensor) -> tuple[Tensor, Tensor]:
    """Write one weight to every pair of every chip; returns the targets, uS [cells], and the cells that missed."""
    mapping = mapping_for(crossbar.datasheet, 1.0, "datasheet")
    targets = torch.stack(mapping.targets(weights), dim=-1).flatten().repeat(crossbar.chips)
    return targets, hybrid.STRATEGY(crossbar, torch.arange(len(targets)), targets)


def program(work: Work, chips: int) -> Figure:
    weights = torch.from_numpy(work.weights)
    processor, clock = least(
        work.repeats, lambda: formed_tile(work, chips), lambda crossbar: write_tile(crossbar, weights), chips
    )
    crossbar = formed_tile(work, chips)
    forming = crossbar.meter()
    targets, missed = write_tile(crossbar, weights)
    pulses = float((crossbar.meter() - forming).pulses.sum()) / len(targets)
    level = targets > crossbar.datasheet.reset_conductance
    cells = crossbar.true_conductances()
    error = (cells.flatten() - targets)[level].square().mean().sqrt()
    window = mapping_for(crossbar.datasheet, 1.0, "datasheet").window
    off = ((cells[..., 0::2] - cells[..., 1::2]) / window - weights).square().mean().sqrt()
    found = {
        PULSES: pulses,
        MISSED: 100 * len(missed) / len(targets),
        LEVELS_OFF: float(error),
        WEIGHTS_OFF: float(off),
    }
    return Figure("program", "hybrid write-verify", chips, processor, clock, PROGRAM, found)


def multiply(work: Work, chips: int) -> list[Figure]:
    return [
        multiply_with(work, chips, READ_NOISE, "multiply", f"{MULTIPLY}, {READ_NOISE:.0%} read noise of every cell"),
        multiply_with(work, chips, 0.0, "multiply without read noise", MULTIPLY),
    ]


def multiply_with(work: Work, chips: int, read_noise: float, case: str, simulated: str) -> Figure:
    crossbar = formed_tile(work, chips, read_noise)
    write_tile(crossbar, torch.from_numpy(work.weights))
    inputs = torch.from_numpy(work.inputs).expand(chips, -1, -1)
    voltage, (rows, pairs) = crossbar.datasheet.read_voltage, work.weights.shape
    tile = PairBlocks(np.array([[0, rows, 0, 0, 0, pairs]], np.int64))
    unit = 1 / (voltage * mapping_for(crossbar.datasheet, 1.0, "datasheet").window)
    cells = crossbar.true_conductances()
    exact = inputs @ ((cells[..., 0::2] - cells[..., 1::2]) * unit * voltage)

    def product() -> Tensor:
        return crossbar.multiply_pairs(inputs, tile, Units(1.0, unit))

    def products(nothing: None) -> None:
        for _ in range(work.multiplies):
            product()

    processor, clock = least(work.repeats, lambda: None, products, chips)
    off = float(((product() - exact).square().mean() / exact.square().mean()).sqrt())
    return Figure(case, "analog multiply", chips, processor, clock, simulated, {OFF: 100 * off})


def updates(work: Work, chips: int) -> Figure:
    bundle, labels = bundle_for(work), torch.from_numpy(work.labels)
    features = torch.from_numpy(work.features).expand(chips, -1, -1)

    def written() -> Learner:
        learner = Learner(SimulatedCrossbar(PARAMETERS, Circuit(), SEED, range(chips)), bundle, LearnerSettings())
        learner.initialise()
        return learner

    def learn(learner: Learner) -> list[Tensor]:
        return [step.changed for step in updates_of(learner, features, labels, NO_CARE)]

    processor, clock = least(work.repeats, written, learn, chips)
    learner = written()
    before, cells = learner.crossbar.meter(), torch.stack(learn(learner)).sum(0)
    pulses = float((learner.crossbar.meter() - before).pulses.sum()) / float(cells.sum())
    right = right_share(learner.forward(features).logits.numpy(), work.labels)
    found = {WRITTEN: float(cells.double().mean()), PULSES: pulses, RIGHT: right}
    return Figure("updates", "learner in the loop", chips, processor, clock, UPDATES, found)


def bundle_for(work: Work) -> Bundle:
    """The head of the work under the header of the bundle that ohmshot comes with; its convolutions are not used."""
    bundle = shipped_bundle("four-convolutions")
    header = bundle.header.model_copy(
        update={
            "rates": tuple((float(rate), float(rate)) for rate in work.rates),
            "standard": "none",
            "mapping": ConductanceMapping(
                weight_full_scale=WEIGHT_FULL_SCALE,
                input_full_scale=(INPUT_FULL_SCALE, INPUT_FULL_SCALE),
                copies=(1, 1),
            ),
        }
    )
    return Bundle(header, bundle.convolutions, (torch.from_numpy(work.first), torch.from_numpy(work.second)))


if __name__ == "__main__":
    answer(("ohmshot", "torch", "numpy"), measure)
