"""Blocks in C99 compiled by this machine's compiler equal the model, bit for bit; warnings are errors."""

import ctypes
import itertools
from pathlib import Path

import numpy as np
import pytest
import torch

from controller.compiled import COMPILER, Compiled, at, compiled, in_c
from ohmshot.controller import first_layer, learning, multiply, softmax, standardiser
from ohmshot.controller.multiply import with_constant

LABELS = torch.arange(5).repeat_interleave(5)
pytestmark = pytest.mark.skipif(COMPILER is None, reason="there is no C compiler")


@pytest.mark.parametrize("name", ["characters", "four-convolutions", "first-layer"])
def test_updates_in_c_equal_those_of_the_model(name: str, tmp_path: Path) -> None:
    made = compiled(name, tmp_path)
    library, configuration, constants = _parts(made)
    n, last = configuration.lengths, configuration.layers - 1
    generator = torch.Generator().manual_seed(0)
    shapes = list(zip(configuration.inputs, configuration.outputs, configuration.levels, strict=True))
    weights = [torch.randint(-level.most, level.most + 1, (i, o), generator=generator) // 4 for i, o, level in shapes]
    weights_c = [in_c(each, np.int32) for each in weights]
    levels = [learning.levels(level, each) for (*_, level), each in zip(shapes, weights, strict=True)]
    levels_c = [in_c(each, np.int8) for each in levels]
    for update in range(5):
        drive = torch.randint(-127, 128, (25, configuration.inputs[0] - 1), generator=generator)
        inputs = [drive]
        if configuration.hidden is not None:
            sums = torch.randint(-900, 901, (25, configuration.outputs[0]), generator=generator)
            inputs.append(multiply.hidden(n, configuration.hidden, sums))
            found = np.zeros((25, configuration.outputs[0]), np.int16)
            for row, out in zip(in_c(sums, np.int32), found, strict=True):
                library.ohm_hidden(at(row), at(out))
            assert np.array_equal(found, inputs[1].numpy())
        logits = torch.randint(-700, 701, (25, 5), generator=generator)
        towards = [learning.differences(n, softmax.probabilities(n, configuration.softmax, logits), LABELS)]
        differences = np.zeros((25, 5), np.int32)
        for row, label, out in zip(in_c(logits, np.int32), LABELS.tolist(), differences, strict=True):
            library.ohm_differences(at(row), ctypes.c_uint8(label), at(out))
        assert np.array_equal(differences, towards[0].numpy())
        towards_c = [differences]
        if configuration.layers == 2:
            backward = first_layer.backward_weights(configuration.levels[1], levels[1][:-1])
            towards.insert(0, first_layer.carried(towards[0], backward, inputs[1]))
            carried = np.zeros((25, configuration.outputs[0]), np.int32)
            hidden = in_c(inputs[1], np.int16)
            for example in range(25):
                library.ohm_carry(at(differences[example]), at(levels_c[1]), at(hidden[example]), at(carried[example]))
            assert np.array_equal(carried, towards[0].numpy())
            towards_c.insert(0, carried)
        for layer, rate in enumerate(constants.rates):
            if rate is None:
                continue
            errors = learning.errors(n, rate, update, towards[layer - last - 1], LABELS)
            errors_c = np.zeros(errors.shape, np.int32)
            for example, label in enumerate(LABELS.tolist()):
                library.ohm_errors(
                    layer, update, ctypes.c_uint8(label), errors.shape[1], at(towards_c[layer][example]),
                    at(errors_c[example]),
                )  # fmt: skip
            assert np.array_equal(errors_c, errors.numpy())
            gradient = learning.gradient(with_constant(inputs[layer], configuration.constants[layer]), errors)
            weights[layer] = learning.moved(rate, configuration.levels[layer].most, weights[layer], gradient)
            after = learning.levels(configuration.levels[layer], weights[layer])
            before = np.zeros(after.shape, np.int8)
            driven = in_c(with_constant(inputs[layer], configuration.constants[layer]), np.int16)
            count = library.ohm_learn(
                layer, at(driven), at(errors_c), at(weights_c[layer]), at(levels_c[layer]), at(before)
            )
            assert np.array_equal(weights_c[layer], weights[layer].numpy())
            assert np.array_equal(levels_c[layer], after.numpy())
            assert np.array_equal(before, levels[layer].numpy())
            assert count == int((after != levels[layer]).sum()) > 0
            levels[layer] = after


def test_the_standard_in_c_equals_that_of_the_model(tmp_path: Path) -> None:
    library, configuration, constants = _parts(compiled("four-convolutions", tmp_path))
    assert constants.standard is not None
    generator = torch.Generator().manual_seed(1)
    labels = in_c(LABELS, np.uint8)
    for spread, centre in itertools.product((0, 1, 20, 127), (-100, 0, 100)):
        codes = (torch.randint(-spread, spread + 1, (25, 19), generator=generator) + centre).clamp(-127, 127)
        standard = standardiser.measured(configuration.lengths, constants.standard, codes, LABELS)
        measured, features = np.zeros(21, np.int32), in_c(codes, np.int16)
        library.ohm_measure(at(features), at(labels), at(measured))
        wanted = [*standard.origin.flatten().tolist(), int(standard.gain), int(standard.shift)]
        assert measured.tolist() == wanted
        drive = np.zeros((25, 19), np.int16)
        for row, out in zip(features, drive, strict=True):
            library.ohm_drive(at(measured), at(row), at(out))
        assert np.array_equal(drive, standardiser.drive(configuration.lengths, standard, codes).numpy())


def _parts(made: Compiled) -> tuple[ctypes.CDLL, object, object]:
    return made.library, made.firmware.learning.configuration, made.firmware.learning.constants
