"""What one adaptation takes of the controller: cycles and memory, block by block, counted from the models.

Area and energy come from gates and are another table (docs/controller.md); this one needs nothing but the bundle.
"""

from dataclasses import dataclass

from ohmshot.controller import first_layer, learning, multiply, softmax, standardiser
from ohmshot.controller.configuration import Configuration
from ohmshot.controller.formats import LEVEL_BITS, Dimensions, WordLengths
from ohmshot.controller.pulse_sequencer import PulseTiming


@dataclass(frozen=True)
class Writes:
    """What the updates of one adaptation made of the write-verify engine.

    Attributes:
        resets: RESET pulses.
        sets: SET pulses.
        reads: reads that verify; each ends one decision.
    """

    resets: float
    sets: float
    reads: float


@dataclass(frozen=True)
class BlockCost:
    """One block.

    Attributes:
        block: its name.
        cycles: of all updates of one adaptation.
        memory_bits: that it keeps from update to update.
    """

    block: str
    cycles: float
    memory_bits: int


def block_costs(
    configuration: Configuration, size: Dimensions, timing: PulseTiming, writes: Writes
) -> tuple[BlockCost, ...]:
    """Return every block's share of one adaptation.

    Args:
        configuration: of the controller.
        size: of the task.
        timing: lengths of pulses and reads in cycles.
        writes: pulses and reads of the updates.
    """
    lengths, examples, last = configuration.lengths, size.examples, size.layers - 1
    updates = len(configuration.learning_rates)
    learns = [any(row[layer] for row in configuration.learning_rates) for layer in range(size.layers)]
    carries = size.layers == 2 and learns[0]
    passes = [updates if layer == last or carries else 1 for layer in range(size.layers)]
    multiplied = sum(
        examples * count * multiply.cycles(blocks, timing.gap + timing.read)
        for blocks, count in zip(configuration.blocks, passes, strict=True)
    )
    learned = sum(
        updates * learning.cycles(size.inputs[layer], size.outputs[layer], size.copies[layer], examples)
        for layer in range(size.layers)
        if learns[layer]
    )
    back = updates * first_layer.cycles(size.outputs[0], size.ways, examples) if carries else 0
    pulsed = writes.resets * (timing.gap + timing.reset) + writes.sets * (timing.gap + timing.set)
    verified = writes.reads * (timing.gap + timing.read + 1)
    standard = standardiser.cycles(examples, size.features, lengths.gain) if configuration.standardises else 0
    rows = [
        BlockCost("standardiser", standard, 0),
        BlockCost("multiply", multiplied, 0),
        BlockCost("softmax", updates * examples * softmax.cycles(lengths, size.ways), 0),
        BlockCost("learning", learned, 0),
        BlockCost("first_layer", back, 0),
        BlockCost("write_verify", 2 * writes.reads, 0),
        BlockCost("pulse_sequencer", pulsed + verified, 0),
        *memories(lengths, size, learns),
    ]
    return tuple(row for row in rows if row.cycles or row.memory_bits)


def memories(lengths: WordLengths, size: Dimensions, learns: list[bool]) -> tuple[BlockCost, ...]:
    """Return the memories of a task: inputs of each layer that learns, errors, exact weights, written levels.

    Args:
        lengths: word lengths.
        size: of the task.
        learns: whether a layer learns, of every layer.
    """
    inputs = errors = weights = levels = 0
    for layer, learning_ in enumerate(learns):
        pairs = size.inputs[layer] * size.outputs[layer]
        if learning_:
            # Features have a sign; hidden activations have none.
            bits = lengths.drive if layer == 0 else lengths.drive - 1
            inputs += size.examples * (size.inputs[layer] - 1) * bits
            errors += size.examples * size.outputs[layer] * lengths.error
            weights += pairs * lengths.weight
            levels += pairs * size.copies[layer] * LEVEL_BITS
    return (
        BlockCost("memory of inputs", 0, inputs),
        BlockCost("memory of errors", 0, errors),
        BlockCost("memory of weights", 0, weights),
        BlockCost("memory of levels", 0, levels),
    )
