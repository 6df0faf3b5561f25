"""Statistics of chips that tell one engine from another: means and spreads over chips of everything that is measured.

    python tests/equivalence/engine_statistics.py 2000 1 statistics.json     chips, seed, where to

``statistics.json`` beside this file holds those of the engine of masked tensors that compiled laws replaced (2,000
chips, seed 1, at 68a76ff); `test_engine` compares.
"""

import dataclasses
import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor

from ohmshot.adapt.fleet.work import MEASURED, fleet_work
from ohmshot.adapt.settings import AdaptationSettings
from ohmshot.bundle.file import shipped_bundle
from ohmshot.cell.parameter_set import ParameterSet, load_parameter_set
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.crossbar import every_cell
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.data.source import evaluation_examples
from ohmshot.foundation.randomness import generator
from ohmshot.host.strategies.registry import STRATEGIES, strategy_named

HERE = Path(__file__).parent
AS_MEASURED = {"pessimistic": str(HERE / "pessimistic.toml")}
"""Sets whose numbers have changed since the statistics of the engine before were taken: the set of then."""
AT_ONCE = 100
HOUR_S = 3600.0
CASES = [("leti_hfo2_130nm", name) for name in STRATEGIES] + [
    ("pessimistic", "hybrid"),
    ("cmo_hfox", "hybrid"),
    ("wan_2022", "hybrid"),
]


def statistics_of(chips: int, seed: int, cases: list[tuple[str, str]]) -> dict[str, list[float]]:
    """Mean, standard deviation and number of chips of each quantity, by ``set/strategy/quantity``."""
    found = {}
    for name, strategy in cases:
        parameters = load_parameter_set(AS_MEASURED.get(name, name))
        parts = [
            dict(_programmed(parameters, strategy, seed, range(first, min(first + AT_ONCE, chips))))
            for first in range(0, chips, AT_ONCE)
        ]
        for quantity in parts[0]:
            values = torch.cat([part[quantity] for part in parts]).double()
            found[f"{name}/{strategy}/{quantity}"] = [float(values.mean()), float(values.std()), len(values)]
    return found


def _programmed(parameters: ParameterSet, strategy: str, seed: int, numbers: range) -> Iterator[tuple[str, Tensor]]:
    """Quantities of each chip: writing one random pattern of all states over another, an hour, a bake, multiplies."""
    crossbar = SimulatedCrossbar(parameters.values, Circuit(), seed, list(numbers))
    sheet, every, chips = crossbar.datasheet, every_cell(crossbar), len(numbers)
    states = torch.tensor((sheet.reset_conductance, *sheet.level_conductances))
    pattern = torch.randint(len(states), (2, sheet.cells), generator=generator(0, "equivalence"))
    before = crossbar.meter()
    crossbar.form(every)
    yield "mean after FORM, uS", crossbar.true_conductances().flatten(1).mean(1)
    yield "spread after FORM, uS", crossbar.true_conductances().flatten(1).std(1)
    strategy_named("single-shot-set")(crossbar, every, states[pattern[0]].repeat(chips))
    crossbar.wait(HOUR_S)
    missed = strategy_named(strategy)(crossbar, every, states[pattern[1]].repeat(chips))
    spent = crossbar.meter() - before
    yield "missed cells", torch.bincount(missed // sheet.cells, minlength=chips)
    for operation in ("form", "set", "reset", "read"):
        yield f"{operation} operations", spent.of(operation).count
        yield f"{operation} energy, J", spent.of(operation).joules
    yield "cycles a cell", crossbar.wear().double().flatten(1).mean(1)
    targets = states[pattern[1]]
    for moment, seconds, celsius in (("written", 0.0, 25.0), ("an hour", HOUR_S, 25.0), ("a bake", 12 * HOUR_S, 150.0)):
        if seconds:
            crossbar.wait(seconds, celsius)
        error = crossbar.true_conductances().flatten(1) - targets
        for state in (0, 1, len(states) // 2, len(states) - 1):
            of_state = error[:, pattern[1] == state]
            yield f"{moment}: mean error of state {state}, uS", of_state.mean(1)
            yield f"{moment}: spread of state {state}, uS", of_state.std(1)
        yield f"{moment}: error of weights, uS", (error[:, 0::2] - error[:, 1::2]).square().mean(1).sqrt()
    reads = torch.stack([crossbar.read(every).view(chips, -1) for _ in range(8)])
    yield "read noise, uS", reads.std(0).mean(1)
    volts = torch.full((chips, 8, sheet.rows), sheet.read_voltage)
    currents = crossbar.multiply(volts, slice(0, sheet.columns))
    yield "column current, uA", currents.mean((1, 2))
    yield "noise of a column current, uA", currents.std(1).mean(1)
    yield "multiply energy, J", (crossbar.meter() - before).of("multiply").joules


def accuracy_statistics(chips: int, seed: int) -> dict[str, list[float]]:
    """The same of whole adaptations to invented alphabets, by ``adaptation/quantity``."""
    settings = dataclasses.replace(AdaptationSettings(), chips=chips, seed=seed)
    examples, cell = evaluation_examples("invented"), load_parameter_set("leti_hfo2_130nm")
    work = fleet_work(shipped_bundle("four-convolutions"), examples, cell, settings)
    found: dict[str, list[float]] = {}
    rows = [work.rows(range(first, min(first + AT_ONCE, chips))) for first in range(0, chips, AT_ONCE)]
    for column in MEASURED:  # what the engine before had in its rows, and accuracies as shares of 1, as they were then
        values = torch.cat([torch.from_numpy(part[column].to_numpy().copy()) for part in rows]).double()
        name = column.removesuffix("_percent")
        values = values / 100 if name != column else values
        found[f"adaptation/{name}"] = [float(values.mean()), float(values.std()), len(values)]
    return found


def main() -> None:
    chips, seed, path = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    found = {**statistics_of(chips, seed, CASES), **accuracy_statistics(chips, seed)}
    assert all(math.isfinite(number) for numbers in found.values() for number in numbers)
    path.write_text(json.dumps(found, indent=0) + "\n")


if __name__ == "__main__":
    main()
