"""C99 compiled by this machine's compiler equals the model, bit for bit; warnings are errors."""

import ctypes
import itertools
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch

from controlled import array_for
from ohmshot.controller import first_layer, learning, multiply, softmax, standardiser
from ohmshot.controller.configuration import Configuration, TaskConstants, for_task
from ohmshot.controller.export_c import export_c
from ohmshot.controller.multiply import with_constant

STRICT = ("-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-Wconversion", "-Wshadow")
LABELS = torch.arange(5).repeat_interleave(5)
COMPILER = shutil.which("cc")
pytestmark = pytest.mark.skipif(COMPILER is None, reason="there is no C compiler")


def _compiled(name: str, folder: Path) -> tuple[ctypes.CDLL, Configuration, TaskConstants]:
    configuration = array_for(name).controller
    constants = for_task(configuration, LABELS)
    source, _ = export_c(folder, configuration, constants, len(LABELS))
    library = folder / "controller.so"
    subprocess.run([str(COMPILER), *STRICT, "-O2", "-shared", "-fPIC", str(source), "-o", str(library)], check=True)
    return ctypes.CDLL(str(library)), configuration, constants


def _in_c(values: torch.Tensor, kind: type) -> np.ndarray:
    return np.ascontiguousarray(values.numpy().astype(kind))


def _at(array: np.ndarray) -> ctypes.c_void_p:
    return array.ctypes.data_as(ctypes.c_void_p)


@pytest.mark.parametrize("name", ["characters", "four-convolutions", "first-layer"])
def test_updates_in_c_equal_those_of_the_model(name: str, tmp_path: Path) -> None:
    library, configuration, constants = _compiled(name, tmp_path)
    n, last = configuration.lengths, configuration.layers - 1
    generator = torch.Generator().manual_seed(0)
    shapes = list(zip(configuration.inputs, configuration.outputs, configuration.levels, strict=True))
    weights = [torch.randint(-level.most, level.most + 1, (i, o), generator=generator) // 4 for i, o, level in shapes]
    weights_c = [_in_c(each, np.int32) for each in weights]
    levels = [learning.levels(level, each) for (*_, level), each in zip(shapes, weights, strict=True)]
    levels_c = [_in_c(each, np.int8) for each in levels]
    for update in range(5):
        drive = torch.randint(-127, 128, (25, configuration.inputs[0] - 1), generator=generator)
        inputs = [drive]
        if configuration.hidden is not None:
            sums = torch.randint(-900, 901, (25, configuration.outputs[0]), generator=generator)
            inputs.append(multiply.hidden(n, configuration.hidden, sums))
            found = np.zeros((25, configuration.outputs[0]), np.int16)
            for row, out in zip(_in_c(sums, np.int32), found, strict=True):
                library.ohm_hidden(_at(row), _at(out))
            assert np.array_equal(found, inputs[1].numpy())
        logits = torch.randint(-700, 701, (25, 5), generator=generator)
        towards = [learning.differences(n, softmax.probabilities(n, configuration.softmax, logits), LABELS)]
        differences = np.zeros((25, 5), np.int32)
        for row, label, out in zip(_in_c(logits, np.int32), LABELS.tolist(), differences, strict=True):
            library.ohm_differences(_at(row), ctypes.c_uint8(label), _at(out))
        assert np.array_equal(differences, towards[0].numpy())
        towards_c = [differences]
        if configuration.layers == 2:
            backward = first_layer.backward_weights(configuration.levels[1], levels[1][:-1])
            towards.insert(0, first_layer.carried(towards[0], backward, inputs[1]))
            carried = np.zeros((25, configuration.outputs[0]), np.int32)
            hidden = _in_c(inputs[1], np.int16)
            for example in range(25):
                library.ohm_carry(
                    _at(differences[example]), _at(levels_c[1]), _at(hidden[example]), _at(carried[example])
                )
            assert np.array_equal(carried, towards[0].numpy())
            towards_c.insert(0, carried)
        for layer, rate in enumerate(constants.rates):
            if rate is None:
                continue
            errors = learning.errors(n, rate, update, towards[layer - last - 1], LABELS)
            errors_c = np.zeros(errors.shape, np.int32)
            for example, label in enumerate(LABELS.tolist()):
                library.ohm_errors(
                    layer, update, ctypes.c_uint8(label), errors.shape[1], _at(towards_c[layer][example]),
                    _at(errors_c[example]),
                )  # fmt: skip
            assert np.array_equal(errors_c, errors.numpy())
            gradient = learning.gradient(with_constant(inputs[layer], configuration.constants[layer]), errors)
            weights[layer] = learning.moved(rate, configuration.levels[layer].most, weights[layer], gradient)
            after = learning.levels(configuration.levels[layer], weights[layer])
            changed = np.zeros(after.shape, np.uint8)
            driven = _in_c(inputs[layer], np.int16)
            count = library.ohm_learn(
                layer, _at(driven), _at(errors_c), _at(weights_c[layer]), _at(levels_c[layer]), _at(changed)
            )
            assert np.array_equal(weights_c[layer], weights[layer].numpy())
            assert np.array_equal(levels_c[layer], after.numpy())
            assert np.array_equal(changed, (after != levels[layer]).numpy())
            assert count == int((after != levels[layer]).sum()) > 0
            levels[layer] = after


def test_the_standard_in_c_equals_that_of_the_model(tmp_path: Path) -> None:
    library, configuration, constants = _compiled("four-convolutions", tmp_path)
    assert constants.standard is not None
    generator = torch.Generator().manual_seed(1)
    labels = _in_c(LABELS, np.uint8)
    for spread, centre in itertools.product((0, 1, 20, 127), (-100, 0, 100)):
        codes = (torch.randint(-spread, spread + 1, (25, 19), generator=generator) + centre).clamp(-127, 127)
        standard = standardiser.measured(configuration.lengths, constants.standard, codes, LABELS)
        measured, features = np.zeros(21, np.int32), _in_c(codes, np.int16)
        library.ohm_measure(_at(features), _at(labels), _at(measured))
        wanted = [*standard.origin.flatten().tolist(), int(standard.gain), int(standard.shift)]
        assert measured.tolist() == wanted
        drive = np.zeros((25, 19), np.int16)
        for row, out in zip(features, drive, strict=True):
            library.ohm_drive(_at(measured), _at(row), _at(out))
        assert np.array_equal(drive, standardiser.drive(configuration.lengths, standard, codes).numpy())
