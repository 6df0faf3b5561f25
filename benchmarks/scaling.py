"""Time and peak memory against chips and against array size, and how far whole adaptations are from the floor.

    python benchmarks/scaling.py --chips 1 10 100 1000 10000 --workers 2

An adaptation is a row of `ohmshot fleet`, worked out on its road: FORM, writing the initialisation, five updates, a
bake, 75 queries measured before the first update, after each and after the bake, and the same updates with exact
weights. Its floor is the time to draw its random numbers alone, on one thread. Every point runs in a process of its
own, so that the peak memory is its own.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np
import torch
from machine import pinned

from ohmshot.adapt.fleet.run import on_threads
from ohmshot.adapt.fleet.work import fleet_work
from ohmshot.adapt.settings import AdaptationSettings
from ohmshot.adapt.source import ADAPTATIONS_AT_ONCE, FEWEST_AT_ONCE
from ohmshot.bundle.file import shipped_bundle
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.crossbar import PairBlocks
from ohmshot.chip.row_voltages import Units
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.data.episodes import EpisodeShape
from ohmshot.data.invented import invented_alphabets
from ohmshot.foundation.chunks import ranges, shared_out, usable_cores
from ohmshot.foundation.randomness import generator
from ohmshot.host.strategies import hybrid

SEED = 1
ARRAYS = ((32, 64), (64, 128), (128, 256), (256, 512), (512, 1024), (1024, 1024))
"""Rows and columns, 2 kbit to 1 Mbit."""


def main() -> None:
    """Run one point, or all of them and the fits."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chips", type=int, nargs="+", default=[1, 10, 100, 1000])
    parser.add_argument("--workers", type=int, default=usable_cores())
    parser.add_argument("--point", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.point:
        kind, size = arguments.point
        point = {"adapt": adaptations, "write": array}[kind]
        print(json.dumps(point(int(size), arguments.workers)))
        return
    print(pinned())
    print(f"\nWhole adaptations, {arguments.workers} threads, at most {ADAPTATIONS_AT_ONCE} at once on each")
    rows = [_in_its_own_process("adapt", chips, arguments.workers) for chips in arguments.chips]
    _print_with_line("chips", arguments.chips, rows)
    last = rows[-1]
    numbers, floor = last["numbers"] / arguments.chips[-1], last["floor_ns"] * 1e-6
    each = last["processor_s"] / arguments.chips[-1] * 1e3
    print(f"floor: {numbers:,.0f} normal numbers an adaptation at {last['floor_ns']:.1f} ns, {numbers * floor:.2f} ms;")
    print(
        f"       the adaptation takes {each:.2f} ms of processor time, {each / (numbers * floor):.1f} times the floor"
    )
    if arguments.workers > 1:
        _print_gain(arguments.chips[-1], arguments.workers, last)
    print("\nOne chip, every cell written to a random level by the hybrid strategy, one thread")
    sizes = [rows * columns for rows, columns in ARRAYS]
    _print_with_line("cells", sizes, [_in_its_own_process("write", i, 1) for i in range(len(ARRAYS))])


def adaptations(chips: int, workers: int) -> dict[str, float]:
    """Work out the rows of a fleet of so many chips; a few are done several times, and the least time counts."""
    torch.set_num_threads(1)
    settings = AdaptationSettings(chips, chips, SEED, EpisodeShape())
    drawings, bundle = invented_alphabets(SEED, 4, 10, 20), shipped_bundle("four-convolutions")
    work = fleet_work(bundle, drawings, load_parameter_set("leti_hfo2_130nm"), settings)
    chunks = ranges(chips, shared_out(chips, ADAPTATIONS_AT_ONCE, workers, FEWEST_AT_ONCE))

    def run() -> None:
        on_threads(workers)(work, chunks, lambda numbers, rows: None)

    work.rows(range(1))  # load kernels
    timed = [_timed(run) for _ in range(max(1, 50 // chips))]
    drawn = _count_drawn_numbers()
    run()
    least = {name: min(each[name] for each in timed) for name in timed[0]}
    return least | {"numbers": sum(drawn), "floor_ns": _nanoseconds_a_number()}


def array(which: int, workers: int) -> dict[str, float]:
    """Write every cell of one chip of the given array."""
    torch.set_num_threads(workers)
    rows, columns = ARRAYS[which]
    parameters = load_parameter_set("leti_hfo2_130nm").values
    crossbar = SimulatedCrossbar(parameters, Circuit(rows, columns), SEED, [0])
    cells = torch.arange(rows * columns)
    levels = torch.tensor((parameters.reset_conductance, *parameters.level_conductances))
    targets = levels[torch.randint(len(levels), cells.shape, generator=generator(SEED, "benchmark targets"))]
    crossbar.form(cells)
    hybrid.STRATEGY(crossbar, cells[:1], targets[:1])  # load kernels
    return _timed(lambda: hybrid.STRATEGY(crossbar, cells, targets))


def _timed(work: Callable[[], object]) -> dict[str, float]:
    started, used = time.perf_counter(), time.process_time()
    work()
    wall, processor = time.perf_counter() - started, time.process_time() - used
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"wall_s": wall, "processor_s": processor, "peak_mib": peak}


def _count_drawn_numbers() -> list[int]:
    """Count the normal numbers that all chips draw from now on: by pulses and reads, cells that wait, outputs.

    Pulses and reads are those of the meters at the bake, the last wait; what a row does after it is multiplies.
    """
    drawn: list[int] = []
    wait = SimulatedCrossbar.wait
    multiply, multiply_pairs = SimulatedCrossbar.multiply, SimulatedCrossbar.multiply_pairs

    def counted_multiply(chip: SimulatedCrossbar, *arguments: object) -> torch.Tensor:
        currents = multiply(chip, *arguments)  # type: ignore[arg-type]
        drawn.append(currents.numel())
        return currents

    def counted_blocks(chip: SimulatedCrossbar, inputs: torch.Tensor, blocks: PairBlocks, units: Units) -> torch.Tensor:
        drawn.append(
            inputs.shape[0] * inputs.shape[1] * 2 * int(blocks.numbers[:, 5].sum())
        )  # both bit lines of a pair
        return multiply_pairs(chip, inputs, blocks, units)

    def counted_wait(chip: SimulatedCrossbar, *arguments: float) -> None:
        drawn.append(2 * chip.chips * chip.datasheet.cells)
        if len(arguments) > 1:  # at a temperature
            forms, sets, resets, reads, _ = chip.meter().counts.sum(1).tolist()
            drawn.append(3 * forms + 3 * sets + resets + reads)
        wait(chip, *arguments)

    SimulatedCrossbar.multiply = counted_multiply  # type: ignore[method-assign]
    SimulatedCrossbar.multiply_pairs = counted_blocks  # type: ignore[method-assign]
    SimulatedCrossbar.wait = counted_wait  # type: ignore[method-assign]
    return drawn


def _nanoseconds_a_number() -> float:
    """Processor time of one normal number, drawn in blocks as the chips draw them, nothing else."""
    block, random = torch.empty(8192), generator(SEED, "floor")
    used = time.process_time()
    for _ in range(1000):
        block.normal_(generator=random)
    return (time.process_time() - used) / (1000 * block.numel()) * 1e9


def _print_gain(chips: int, workers: int, together: dict[str, float]) -> None:
    """Print how many times the work of one thread the threads did, one run right after the other."""
    alone = _in_its_own_process("adapt", chips, 1)
    times, cost = alone["wall_s"] / together["wall_s"], together["processor_s"] / alone["processor_s"]
    print(f"{workers} threads: {times:.2f} times the work of one by the clock, {cost:.2f} times its processor time")


def _in_its_own_process(kind: str, size: int, workers: int) -> dict[str, float]:
    command = [sys.executable, __file__, "--point", kind, str(size), "--workers", str(workers)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)  # type: ignore[no-any-return]


def _print_with_line(name: str, sizes: list[int], rows: list[dict[str, float]]) -> None:
    """Print the points and the straight line through them, each weighted by its relative error."""
    print(f"{name:>10}{'s':>10}{'a second':>10}{'CPU s':>9}{'peak MiB':>10}{'CPU / line':>12}")
    processor = [row["processor_s"] for row in rows]
    slope, start = np.polyfit(sizes, processor, 1, w=1 / np.array(processor))
    for size, row in zip(sizes, rows, strict=True):
        share = row["processor_s"] / (start + slope * size)
        rate = size / row["wall_s"]
        print(
            f"{size:10}{row['wall_s']:10.2f}{rate:10.0f}{row['processor_s']:9.2f}{row['peak_mib']:10.0f}{share:12.2f}"
        )
    print(f"line: {start:.3f} s + {slope * 1e3:.4f} ms x {name}")


if __name__ == "__main__":
    main()
