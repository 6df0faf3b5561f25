"""Recorded vectors: what a simulated chip answered while it learned a task, for the self-test of the C on a board.

The self-test replays the chip's answers and checks that the C gives the same pulses in the same order and ends with the
same weights. Pulses and weights are compared by a checksum (FNV-1a, 32 bits).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import torch
from torch import Tensor

from ohmshot.chip.crossbar import ALL_ROWS
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.chip.wrapper import CrossbarWrapper
from ohmshot.controller.arithmetic import feature_codes
from ohmshot.controller.array import ControllerArray, converter_codes
from ohmshot.controller.crossbar_cells import CrossbarCells
from ohmshot.controller.firmware.export import Firmware
from ohmshot.controller.firmware.tables import defines, table
from ohmshot.controller.pulse_sequencer import PulseSequencer, PulseTiming
from ohmshot.controller.write_engine import Outcome, WriteEngine
from ohmshot.controller.write_plan import WritePath
from ohmshot.foundation.errors import ChipError
from ohmshot.host.learner import Learner, LearnerSettings

SEED, PRIME = 2166136261, 16777619
"""Of FNV-1a, 32 bits (Fowler, Noll and Vo, RFC 9923)."""
_ANY_TIMING = PulseTiming(reset=1, set=1, read=1)
_UNLIMITED = 1 << 62


@dataclass
class Recording:
    """One task of a chip.

    Attributes:
        features: codes that the controller takes, int64 [examples, features].
        labels: int64 [examples].
        codes: of the column converters, in the order in which they were asked for.
        reads: of the cells, in the order in which they were made.
        pulses: cell, RESET and SET of each train that has a pulse.
        changed: cells ordered.
        missed: how many of them missed their level.
        weights: exact weights of the layers that learn, at the end.
        answer: class of the first example after the updates, which is asked last.
    """

    features: Tensor
    labels: Tensor
    codes: list[int] = field(default_factory=list)
    reads: list[int] = field(default_factory=list)
    pulses: list[int] = field(default_factory=list)
    changed: int = 0
    missed: int = 0
    weights: list[int] = field(default_factory=list)
    answer: int = 0


class NotedLines(CrossbarWrapper):
    """A chip whose column currents are noted."""

    def __init__(self, crossbar: SimulatedCrossbar) -> None:
        super().__init__(crossbar)
        self.noted: list[Tensor] = []

    def multiply(self, row_voltages: Tensor, columns: slice, rows: slice = ALL_ROWS) -> Tensor:
        """See `Crossbar.multiply`."""
        currents = super().multiply(row_voltages, columns, rows)
        self.noted.append(currents)
        return currents


def recorded(
    firmware: Firmware,
    path: WritePath,
    chip: Callable[[], SimulatedCrossbar],
    settings: LearnerSettings,
    features: Tensor,
    labels: Tensor,
) -> Recording:
    """Let a chip learn a task as the C does it, cell after cell, and record it.

    Args:
        firmware: the controller.
        path: of the write-verify engine.
        chip: makes the same fresh chip each time: the model decides on one, the engine writes the other.
        settings: of the learner, by the controller.
        features: of the support set, [examples, features].
        labels: int64 [examples].

    Raises:
        ChipError: the two chips came apart.
    """
    mine, twin = chip(), chip()
    lines = NotedLines(mine)
    learner = Learner(lines, firmware.learning.bundle, settings)
    array = learner.array
    assert isinstance(array, ControllerArray)
    learner.initialise()
    twin.restore(mine.snapshot())
    configuration = array.controller
    codes = feature_codes(configuration, features) if configuration.standardises else array.drive_codes(0, features)
    recording = Recording(codes, labels)
    cells = CrossbarCells(twin, path.dac, path.adc)
    engine = WriteEngine(path.plan, PulseSequencer(cells, _ANY_TIMING, _UNLIMITED))
    learner.begin_task(features, labels)
    held = levels_of(learner)
    for step in range(len(configuration.learning_rates)):
        learner.update(step)
        wanted = levels_of(learner)
        for layer in range(configuration.layers):
            for cell, level in moved_cells(array, layer, held[layer], wanted[layer]):
                recording.changed += 1
                recording.missed += engine.write(cell, level).outcome is Outcome.MISSED
        held = wanted
        twin.wait(settings.settle_seconds)
        if not torch.equal(twin.true_conductances(), mine.true_conductances()):
            raise ChipError("The recorded chip holds other conductances than the model's; nothing can be recorded.")
    recording.answer = int(learner.forward(features[:1]).logits.argmax())
    recording.codes = torch.cat([converter_codes(configuration, each).flatten() for each in lines.noted]).tolist()
    _take(recording, cells.log)
    recording.weights = [
        code
        for mapping, weights, learns in zip(array.mappings, learner.shadow, firmware.learning.learns, strict=True)
        if learns
        for code in mapping.codes(weights).flatten().tolist()  # type: ignore[attr-defined]
    ]
    return recording


def levels_of(learner: Learner) -> list[Tensor]:
    """Levels of every layer's pairs, int64 [inputs, copies * outputs]."""
    return [
        mapping.pair_levels(weights)[0]  # type: ignore[attr-defined]
        for mapping, weights in zip(learner.array.mappings, learner.shadow, strict=True)
    ]


def moved_cells(array: ControllerArray, layer: int, before: Tensor, after: Tensor) -> Iterable[tuple[int, int]]:
    """Cells of a layer whose level has moved, with their new level, in the order in which the C writes them."""
    columns = array.sheet.columns
    for block in array.placement.blocks:
        if block.layer != layer:
            continue
        (first, height), (output, width) = block.inputs, block.outputs
        for i in range(height):
            for k in range(width):
                was, now = int(before[first + i, output + k]), int(after[first + i, output + k])
                plus = (block.row + i) * columns + 2 * (block.pair + k)
                for side, sign in enumerate((1, -1)):
                    level = max(sign * now, 0)
                    if level != max(sign * was, 0):
                        yield plus + side, level


def checksum(numbers: Iterable[int]) -> int:
    """FNV-1a of numbers of 32 bits, one number a step."""
    found = SEED
    for number in numbers:
        found = ((found ^ (number & 0xFFFFFFFF)) * PRIME) & 0xFFFFFFFF
    return found


def vectors(firmware: Firmware, recording: Recording, drawings: Tensor | None) -> str:
    """Text of `ohmshot_vectors.h`.

    Args:
        firmware: the controller.
        recording: of a task.
        drawings: whose feature codes are checked too, uint8 [n, side, side]; None where the fixed part is left out.
    """
    numbers: dict[str, int | str] = {
        "TEST_CODES": f"{len(recording.codes)}U",
        "TEST_READS": f"{len(recording.reads)}U",
        "TEST_PULSES": f"{len(recording.pulses) // 3}U",
        "TEST_PULSES_CHECKSUM": f"{checksum(recording.pulses)}U",
        "TEST_WEIGHTS_CHECKSUM": f"{checksum(recording.weights)}U",
        "TEST_CHANGED": f"{recording.changed}U",
        "TEST_MISSED": f"{recording.missed}U",
        "TEST_ANSWER": f"{recording.answer}U",
    }
    tables = [
        _matrix("int16_t", "ohm_test_features", recording.features, "OHM_FEATURES"),
        table("uint8_t", "ohm_test_labels", recording.labels.tolist()),
        table("int16_t", "ohm_test_codes", recording.codes),
        table("uint16_t", "ohm_test_reads", recording.reads),
    ]
    if firmware.fixed is not None and drawings is not None:
        numbers["TEST_DRAWINGS"] = f"{len(drawings)}U"
        tables += [
            _matrix("uint8_t", "ohm_test_drawings", drawings.flatten(1), "OHM_PIXELS"),
            _matrix("int16_t", "ohm_test_drawn", firmware.fixed.codes(drawings), "OHM_FEATURES"),
        ]
    body = "\n".join([defines(numbers), *tables])
    return (
        "/* One task of a simulated chip, recorded for ohmshot_selftest.c. */\n#ifndef OHMSHOT_VECTORS_H\n"
        f"#define OHMSHOT_VECTORS_H\n\n{body}\n\n#endif\n"
    )


def _matrix(kind: str, name: str, values: Tensor, width: str) -> str:
    inner = ",\n    ".join("{" + ", ".join(map(str, row)) + "}" for row in values.tolist())
    return f"static const {kind} {name}[{len(values)}][{width}] = {{\n    {inner}}};"


def _take(recording: Recording, log: list[tuple[str, int, int]]) -> None:
    """Turn pulses and reads one by one into trains."""
    source = gate = 0
    for kind, cell, code in log:
        if kind == "read":
            recording.reads.append(code)
            if source or gate:
                recording.pulses += [cell, source, gate]
            source = gate = 0
        elif kind == "reset":
            source = code
        else:
            gate = code
