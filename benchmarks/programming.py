"""How fast cells are programmed with write-verify, every pulse and every read simulated.

    python benchmarks/programming.py --chips 1000 --workers 2

Three programs in one run: ohmshot, the same physics and strategy written cell by cell in plain Python and NumPy
(per_cell.py), and that program compiled (per_cell_compiled.py). aihwkit and CrossSim at the same work: peers.py.
"""

import argparse
import time

import numpy as np
import torch
from machine import pinned
from per_cell import Cell, program
from per_cell_compiled import formed, write_cells

from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.foundation.chunks import in_chunks, usable_cores
from ohmshot.foundation.randomness import generator
from ohmshot.host.strategies import hybrid

SEED = 1
CIRCUIT = Circuit()
CELLS = CIRCUIT.rows * CIRCUIT.columns


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chips", type=int, default=1000)
    parser.add_argument("--at-once", type=int, default=500)
    parser.add_argument("--workers", type=int, default=usable_cores())
    parser.add_argument("--cells", type=int, default=2000, help="for the program that treats cell after cell")
    arguments = parser.parse_args()
    print(pinned())
    parameters = load_parameter_set("leti_hfo2_130nm").values
    batch = in_batches(parameters, arguments.chips, arguments.at_once, arguments.workers)
    alone, compiled = one_by_one(parameters, arguments.cells), one_by_one_compiled(parameters)
    print(f"\n{'':42}{'us a cell':>10}{'pulses':>8}{'missed':>8}{'rms uS':>8}{'CPU us':>8}")
    rows = {"ohmshot": batch, "NumPy, cell by cell, one thread": alone, "the same compiled, one thread": compiled}
    for name, row in rows.items():
        print(f"{name:42}" + "".join(f"{value:>{width}.{digits}f}" for value, width, digits in row))
    print(f"\nohmshot: {arguments.chips} chips of {CELLS} cells in {batch[0][0] * arguments.chips * CELLS / 1e6:.2f} s")
    print(
        f"         on {arguments.workers} threads, chips in chunks of at most {arguments.at_once}; FORM and the making"
    )
    print("         of the chips not counted; every SET, RESET and read with its noise, the energy meter running")
    print(f"ratio:   {alone[0][0] / batch[0][0]:.0f} times the speed of the program that treats cell after cell")
    print(f"         ({alone[4][0] / batch[4][0]:.0f} times by processor time; it keeps no energy meter and no wear),")
    print(f"         {compiled[4][0] / batch[4][0]:.2f} times that of the same program compiled, by processor time")


Row = tuple[tuple[float, int, int], ...]


def in_batches(parameters: CellParameters, chips: int, at_once: int, workers: int) -> Row:
    """Program all cells of many chips to random levels by the hybrid strategy."""
    levels = torch.tensor((parameters.reset_conductance, *parameters.level_conductances))
    made = []

    def make(numbers: range) -> None:
        crossbar = SimulatedCrossbar(parameters, CIRCUIT, SEED, list(numbers))
        crossbar.form(torch.arange(len(numbers) * CELLS))
        made.append((numbers.start, crossbar, crossbar.meter()))

    warm = SimulatedCrossbar(parameters, CIRCUIT, SEED, [0])
    warm.form(torch.arange(CELLS))
    hybrid.STRATEGY(warm, torch.arange(1), levels[:1])  # load kernels
    in_chunks(make, chips, at_once, 1)
    size = made[0][1].chips
    made = [each for each in made if each[1].chips == size]  # the last chunk may be smaller: its rate is not shown

    def write(which: range) -> list[tuple[int, float, float]]:
        return [write_one(*made[i]) for i in which]

    def write_one(first: int, crossbar: SimulatedCrossbar, before: object) -> tuple[int, float, float]:
        random = generator(SEED, "benchmark targets", first)
        cells = torch.arange(crossbar.chips * CELLS)
        targets = levels[torch.randint(len(levels), cells.shape, generator=random)]
        missed = hybrid.STRATEGY(crossbar, cells, targets)
        error = (crossbar.true_conductances().flatten() - targets)[targets > levels[0]]
        pulses = crossbar.meter().pulses - before.pulses
        return len(missed), float(pulses.sum()), float(error.double().square().mean())

    started, used = time.perf_counter(), time.process_time()
    results = [row for rows in in_chunks(write, len(made), 1, workers) for row in rows]
    wall, processor = time.perf_counter() - started, time.process_time() - used
    written = len(made) * size * CELLS
    return _row(wall, processor, written, *(sum(column) for column in zip(*results, strict=True)), chunks=len(made))


def one_by_one(parameters: CellParameters, cells: int) -> Row:
    """Do the same in plain Python and NumPy, one cell after the other."""
    random = np.random.default_rng(SEED)
    levels = (parameters.reset_conductance, *parameters.level_conductances)
    chosen = [(Cell(parameters, random), levels[random.integers(len(levels))]) for _ in range(cells)]
    for cell, _ in chosen:
        cell.form()
        cell.pulses = 0
    started, used = time.perf_counter(), time.process_time()
    missed = sum(not program(cell, target) for cell, target in chosen)
    wall, processor = time.perf_counter() - started, time.process_time() - used
    error = [cell.conductance - target for cell, target in chosen if target > levels[0]]
    pulses = sum(cell.pulses for cell, _ in chosen)
    return _row(wall, processor, cells, missed, pulses, float(np.mean(np.square(error))), chunks=1)


def one_by_one_compiled(parameters: CellParameters, cells: int = 200_000) -> Row:
    """The compiled program."""
    random = np.random.default_rng(SEED)
    levels = np.array((parameters.reset_conductance, *parameters.level_conductances))
    targets = levels[random.integers(len(levels), size=cells)]
    write_cells(parameters, *formed(parameters, 1, random), targets[:1], random)  # compile
    state = formed(parameters, cells, random)
    started, used = time.perf_counter(), time.process_time()
    found, pulses, missed = write_cells(parameters, *state, targets, random)
    wall, processor = time.perf_counter() - started, time.process_time() - used
    square = float(np.square(found - targets)[targets > levels[0]].mean())
    return _row(wall, processor, cells, missed, pulses, square, chunks=1)


def _row(wall: float, processor: float, cells: int, missed: float, pulses: float, square: float, chunks: int) -> Row:
    return (
        (wall / cells * 1e6, 10, 3),
        (pulses / cells, 8, 2),
        (100 * missed / cells, 8, 2),
        ((square / chunks) ** 0.5, 8, 2),
        (processor / cells * 1e6, 8, 3),
    )


if __name__ == "__main__":
    main()
