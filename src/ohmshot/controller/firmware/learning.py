"""Constants of the learning arithmetic and of where the head lies on the array, for the header."""

from dataclasses import dataclass

from ohmshot.bundle.bundle import Bundle
from ohmshot.controller.array import ControllerArray
from ohmshot.controller.configuration import Configuration, TaskConstants
from ohmshot.controller.firmware.tables import defines, guarded, rows, table
from ohmshot.controller.formats import LEVELS, MEAN_SQUARE_FRACTION, ROOT_BITS, most_of, widths
from ohmshot.controller.mapping import LevelMapping
from ohmshot.controller.softmax import table as softmax_table


@dataclass(frozen=True)
class LearningPart:
    """What the header says of learning.

    Attributes:
        array: the head on the array of the chip.
        bundle: the learned initialisation, for the ways of the task.
        constants: for the examples of a task.
        examples: of the support set.
    """

    array: ControllerArray
    bundle: Bundle
    constants: TaskConstants
    examples: int

    @property
    def configuration(self) -> Configuration:
        """Of the controller."""
        return self.array.controller

    @property
    def learns(self) -> tuple[bool, ...]:
        """Whether a layer learns, of every layer."""
        return tuple(rate is not None for rate in self.constants.rates)

    def defines(self) -> str:
        """Sizes and constants that every source sees."""
        c, n, sheet = self.configuration, self.configuration.lengths, self.array.sheet
        pairs, weights = self._counts()
        widest = max(block.outputs[1] for block in self.array.placement.blocks)
        numbers: dict[str, int | str] = {
            "LAYERS": f"{c.layers}U",
            "FIRST_LEARNS": int(c.layers == 2 and self.learns[0]),
            "STANDARDISES": int(c.standardises),
            "EXAMPLES": f"{self.examples}U",
            "FEATURES": f"{c.inputs[0] - 1}U",
            "WAYS": f"{c.outputs[-1]}U",
            "HIDDEN": f"{c.outputs[0]}U",
            "UPDATES": f"{len(c.learning_rates)}U",
            "COPIES_LAST": f"{c.levels[-1].copies}U",
            "WEIGHTS": f"{sum(weights)}U",
            "PAIRS": f"{sum(pairs)}U",
            "MOST_OUTPUTS": f"{max(c.outputs)}U",
            "MOST_BLOCK_OUTPUTS": f"{widest}U",
            "CELLS": f"{sheet.cells}U",
            "COLUMNS": f"{sheet.columns}U",
            "LEVELS": f"{LEVELS}U",
            "DRIVE_FULL": n.drive_full,
            "ERROR_FULL": most_of(n.error),
            "WEIGHT_FULL": c.levels[0].most,
            "EXPONENT_BITS": f"{n.exponent}U",
            "TABLE_BITS": f"{n.table}U",
            "ENTRY_BITS": f"{n.entry}U",
            "GUARD_BITS": f"{n.guard}U",
            "PROBABILITY_BITS": f"{n.probability}U",
            "PROBABILITY_ONE": 1 << n.probability,
            "LOGIT_SCALE": c.softmax.scale,
            "LOGIT_SHIFT": c.softmax.shift,
        }
        if c.hidden is not None:
            numbers |= {"HIDDEN_SCALE": c.hidden.scale, "HIDDEN_SHIFT": c.hidden.shift}
        if self.constants.standard is not None:
            standard = self.constants.standard
            numbers |= {
                "ROOT_BITS": f"{ROOT_BITS}U",
                "ORIGIN_BITS": n.origin,
                "ORIGIN_ONE": 1 << n.origin,
                "MEAN_SQUARE_BITS": MEAN_SQUARE_FRACTION,
                "CLASS_SHIFT": standard.class_shift,
                "GAIN": standard.gain,
                "GAIN_SHIFT": standard.gain_shift,
                "GAIN_BITS": f"{n.gain}U",
            }
        return defines(numbers)

    def gradient_type(self) -> str:
        """C type that holds every partial sum of a gradient."""
        held = widths(self.configuration.lengths, self.configuration.size(self.examples))
        gradients = (held[f"outer_{layer}.gradient"] for layer, learns in enumerate(self.learns) if learns)
        return "int32_t" if max(gradients) <= 32 else "int64_t"

    def sizes(self) -> str:
        """Tables of both sources: sizes of the layers."""
        c = self.configuration
        tables = [
            table("uint16_t", "ohm_inputs", c.inputs),
            table("uint16_t", "ohm_outputs", c.outputs),
            table("uint16_t", "ohm_copies", [level.copies for level in c.levels]),
        ]
        return "\n".join(["#if defined(OHM_WITH_TABLES) || defined(OHM_WITH_PLACEMENT)", *tables, "#endif"])

    def tables(self) -> str:
        """Tables of the arithmetic."""
        c, constants = self.configuration, self.constants
        levels = c.levels
        tables = [
            table("uint16_t", "ohm_table", softmax_table(c.lengths)),
            rows("int32_t", "ohm_values", [level.values for level in levels]),
            rows("int32_t", "ohm_thresholds", [level.thresholds for level in levels]),
            table("int32_t", "ohm_rate_shift", [0 if rate is None else rate.shift for rate in constants.rates]),
            table(
                "int32_t",
                "ohm_gradient_shift",
                [0 if rate is None else rate.gradient_shift for rate in constants.rates],
            ),
            self._rates(),
        ]
        if c.layers == 2:
            tables.append(table("int32_t", "ohm_backward", levels[1].backward))
        if constants.standard is not None:
            tables.append(table("int32_t", "ohm_class_weights", constants.standard.class_weights))
        return guarded("OHM_WITH_TABLES", tables)

    def placement(self) -> str:
        """Tables of where the head lies, and what it begins with."""
        c, placement = self.configuration, self.array.placement
        blocks = [(*block.inputs, *block.outputs, block.row, block.pair) for block in placement.blocks]
        firsts = [sum(block.layer < layer for block in placement.blocks) for layer in range(c.layers + 1)]
        pairs, weights = self._counts()
        mappings = self._mappings()
        learned = [
            (mapping, head)
            for mapping, head, learns in zip(mappings, self.bundle.head, self.learns, strict=True)
            if learns
        ]
        inner = ",\n    ".join("{" + ", ".join(map(str, block)) + "}" for block in blocks)
        tables = [
            f"static const ohm_block ohm_blocks[{len(blocks)}] = {{\n    {inner}}};",
            table("uint16_t", "ohm_first_block", firsts),
            table("int16_t", "ohm_constants", c.constants),
            table("uint16_t", "ohm_pairs_before", [sum(pairs[:layer]) for layer in range(c.layers)]),
            table("uint16_t", "ohm_weights_before", [sum(weights[:layer]) for layer in range(c.layers)]),
            table(
                "int32_t", "ohm_initial_weights", [x for m, head in learned for x in m.codes(head).flatten().tolist()]
            ),
            table(
                "int8_t",
                "ohm_initial_levels",
                [x for m, head in learned for x in m.pair_levels(head).flatten().tolist()],
            ),
            table("uint8_t", "ohm_initial_cells", self.initial_cells()),
        ]
        return guarded("OHM_WITH_PLACEMENT", tables)

    def initial_cells(self) -> list[int]:
        """Level of every cell that holds the learned initialisation; 0 beside the head."""
        cells = [0] * self.array.sheet.cells
        for layer, (mapping, head) in enumerate(zip(self._mappings(), self.bundle.head, strict=True)):
            found = mapping.pair_levels(head).flatten().tolist()
            plus = self.array.placement.plus[layer].flatten().tolist()
            for cell, level in zip(plus, found, strict=True):
                cells[cell], cells[cell + 1] = max(level, 0), max(-level, 0)
        return cells

    def _mappings(self) -> list[LevelMapping]:
        return [mapping for mapping in self.array.mappings if isinstance(mapping, LevelMapping)]

    def _counts(self) -> tuple[list[int], list[int]]:
        """Pairs and weights of every layer; none for one that does not learn."""
        c = self.configuration
        weights = [
            inputs * outputs if learns else 0
            for inputs, outputs, learns in zip(c.inputs, c.outputs, self.learns, strict=True)
        ]
        return [count * level.copies for count, level in zip(weights, c.levels, strict=True)], weights

    def _rates(self) -> str:
        """Rates [layers][updates][ways]; of a layer that does not learn all are 0."""
        updates, ways = len(self.configuration.learning_rates), self.configuration.outputs[-1]
        layers = [[[0] * ways] * updates if rate is None else rate.rates for rate in self.constants.rates]
        inner = ",\n    ".join(
            "{" + ", ".join("{" + ", ".join(map(str, row)) + "}" for row in layer) + "}" for layer in layers
        )
        return f"static const int32_t ohm_rates[{len(layers)}][{updates}][{ways}] = {{\n    {inner}}};"
