"""The controller as C99 for a microcontroller: one fixed source, and a header with the constants of one configuration.

The source (`ohmshot/controller/c/ohmshot_controller.c`) has neither memory of its own nor floating point; whoever calls
it owns the arrays and drives the chip. The write-verify engine is not in it: its plan is in the pulse sequencer's
hands, or in a policy of one's own.
"""

import importlib.resources
from collections.abc import Sequence
from pathlib import Path

from ohmshot.controller.configuration import Configuration, TaskConstants
from ohmshot.controller.formats import LEVELS, MEAN_SQUARE_FRACTION, ROOT_BITS, most_of
from ohmshot.controller.softmax import table
from ohmshot.foundation.files import write_bytes

SOURCE, HEADER = "ohmshot_controller.c", "ohmshot_controller.h"


def export_c(folder: Path, configuration: Configuration, constants: TaskConstants, examples: int) -> tuple[Path, Path]:
    """Write source and header.

    Args:
        folder: to write into; made where it is missing.
        configuration: of the controller.
        constants: for the examples of a task.
        examples: of the support set.

    Returns:
        The source and the header.
    """
    folder.mkdir(parents=True, exist_ok=True)
    source = (importlib.resources.files("ohmshot.controller.c") / SOURCE).read_bytes()
    write_bytes(folder / SOURCE, source)
    write_bytes(folder / HEADER, header(configuration, constants, examples).encode("ascii"))
    return folder / SOURCE, folder / HEADER


def header(configuration: Configuration, constants: TaskConstants, examples: int) -> str:
    """Text of the header; see `export_c`."""
    c, n, levels = configuration, configuration.lengths, configuration.levels
    numbers = {
        "LAYERS": c.layers,
        "STANDARDISES": int(c.standardises),
        "EXAMPLES": f"{examples}U",
        "FEATURES": f"{c.inputs[0] - 1}U",
        "WAYS": f"{c.outputs[-1]}U",
        "HIDDEN": f"{c.outputs[0]}U",
        "COPIES_LAST": f"{levels[-1].copies}U",
        "LEVELS": f"{LEVELS}U",
        "DRIVE_FULL": n.drive_full,
        "ERROR_FULL": most_of(n.error),
        "WEIGHT_FULL": levels[0].most,
        "EXPONENT_BITS": f"{n.exponent}U",
        "TABLE_BITS": f"{n.table}U",
        "ENTRY_BITS": f"{n.entry}U",
        "GUARD_BITS": f"{n.guard}U",
        "PROBABILITY_BITS": f"{n.probability}U",
        "LOGIT_SCALE": c.softmax.scale,
        "LOGIT_SHIFT": f"({c.softmax.shift})",
    }
    if c.hidden is not None:
        numbers |= {"HIDDEN_SCALE": c.hidden.scale, "HIDDEN_SHIFT": f"({c.hidden.shift})"}
    tables = [
        _table("uint16_t", "ohm_table", table(n)),
        _table("uint16_t", "ohm_inputs", c.inputs),
        _table("uint16_t", "ohm_outputs", c.outputs),
        _table("uint16_t", "ohm_copies", [level.copies for level in levels]),
        _table("int16_t", "ohm_constants", c.constants),
        _tables("int32_t", "ohm_values", [level.values for level in levels]),
        _tables("int32_t", "ohm_thresholds", [level.thresholds for level in levels]),
        _table("int32_t", "ohm_rate_shift", [0 if rate is None else rate.shift for rate in constants.rates]),
        _table(
            "int32_t", "ohm_gradient_shift", [0 if rate is None else rate.gradient_shift for rate in constants.rates]
        ),
        _rates(configuration, constants),
    ]
    if c.layers == 2:
        tables.append(_table("int32_t", "ohm_backward", levels[1].backward))
    if constants.standard is not None:
        standard = constants.standard
        numbers |= {
            "ROOT_BITS": f"{ROOT_BITS}U",
            "ORIGIN_BITS": n.origin,
            "MEAN_SQUARE_BITS": MEAN_SQUARE_FRACTION,
            "CLASS_SHIFT": standard.class_shift,
            "GAIN": standard.gain,
            "GAIN_SHIFT": f"({standard.gain_shift})",
            "GAIN_BITS": f"{n.gain}U",
        }
        tables.append(_table("int32_t", "ohm_class_weights", standard.class_weights))
    defines = "\n".join(f"#define OHM_{name} {value}" for name, value in numbers.items())
    return _HEADER.replace("@DEFINES@", defines).replace("@TABLES@", "\n".join(tables))


def _table(kind: str, name: str, values: Sequence[int]) -> str:
    return f"static const {kind} {name}[{len(values)}] = {_list(values)};"


def _tables(kind: str, name: str, rows: Sequence[Sequence[int]]) -> str:
    inner = ", ".join(_list(row) for row in rows)
    return f"static const {kind} {name}[{len(rows)}][{len(rows[0])}] = {{{inner}}};"


def _rates(configuration: Configuration, constants: TaskConstants) -> str:
    """Rates [layers][updates][ways]; of a layer that does not learn all are 0."""
    updates, ways = len(configuration.learning_rates), configuration.outputs[-1]
    rows = [[[0] * ways] * updates if rate is None else rate.rates for rate in constants.rates]
    inner = ", ".join("{" + ", ".join(_list(row) for row in layer) + "}" for layer in rows)
    return f"static const int32_t ohm_rates[{len(rows)}][{updates}][{ways}] = {{{inner}}};"


def _list(values: Sequence[int]) -> str:
    return "{" + ", ".join(str(value) for value in values) + "}"


_HEADER = """\
/* Sizes and constants of one ohmshot controller; written by `ohmshot controller`, not by hand. */
#ifndef OHMSHOT_CONTROLLER_H
#define OHMSHOT_CONTROLLER_H

#include <stdbool.h>
#include <stdint.h>

@DEFINES@

#if OHM_STANDARDISES
/* Standard of a task: origin of every feature, gain and its shift. */
typedef struct {
    int32_t origin[OHM_FEATURES];
    int32_t gain;
    int32_t shift;
} ohm_standard;

/* Measure the standard of a support set of feature codes. */
void ohm_measure(const int16_t features[OHM_EXAMPLES][OHM_FEATURES], const uint8_t labels[OHM_EXAMPLES],
                 ohm_standard *standard);

/* Drive codes of the features of one example. */
void ohm_drive(const ohm_standard *standard, const int16_t features[OHM_FEATURES], int16_t drive[OHM_FEATURES]);
#endif

#if OHM_LAYERS == 2
/* Drive codes of the hidden units, from sums of converter codes of the first layer. */
void ohm_hidden(const int32_t sums[OHM_HIDDEN], int16_t hidden[OHM_HIDDEN]);

/* Carry differences back through the written levels [OHM_HIDDEN][copies * OHM_WAYS] of the second layer. */
void ohm_carry(const int32_t differences[OHM_WAYS], const int8_t levels[], const int16_t hidden[OHM_HIDDEN],
               int32_t carried[OHM_HIDDEN]);
#endif

/* Probabilities less one at the label, from sums of converter codes of the last layer. */
void ohm_differences(const int32_t sums[OHM_WAYS], uint8_t label, int32_t differences[OHM_WAYS]);

/* Error codes of one example: differences times the rate of the update and of the label's class. */
void ohm_errors(uint32_t layer, uint32_t update, uint8_t label, uint32_t count, const int32_t differences[],
                int32_t errors[]);

/*
 * New weights [inputs][outputs] and levels [inputs][copies * outputs] of one layer from drive codes
 * [OHM_EXAMPLES][inputs - 1] and errors [OHM_EXAMPLES][outputs]; marks the pairs whose level has moved and returns
 * their number.
 */
uint32_t ohm_learn(uint32_t layer, const int16_t inputs[], const int32_t errors[], int32_t weights[], int8_t levels[],
                   uint8_t changed[]);

#ifdef OHM_WITH_TABLES /* for ohmshot_controller.c alone */
@TABLES@
#endif

#endif
"""
