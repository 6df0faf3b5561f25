"""The C export keeps to the rules of MISRA C:2012 that cppcheck's addon checks, but for a few of its advice."""

import shutil
import subprocess
from pathlib import Path

import pytest
import torch

import ohmshot as oh
from ohmshot.bundle.bundle import Bundle
from ohmshot.bundle.header import ConvolutionShape
from ohmshot.controller.firmware.export import export_c, firmware_for, labels_of

CPPCHECK = shutil.which("cppcheck")
ADVICE_NOT_TAKEN = ("2.3", "2.4", "2.5", "5.9", "8.7", "8.9")
"""Types, tags and macros that one source or build does not use, names that two sources share for the same table, blocks
that are public for whoever puts them together otherwise, and tables outside the only function that reads them. All are
advisory."""


def _small_bundle() -> Bundle:
    """One of each kind of layer; the addon takes minutes for the tables of a real one."""
    made = oh.load_bundle("four-convolutions")
    sizes = ((1, 2, 5, 4, 1, 0), (2, 2, 3, 2, 1, 0), (2, 2, 3, 1, 1, 1), (2, 19, 4, 1, 0, 0))
    shapes = tuple(
        ConvolutionShape(
            inputs=inputs,
            outputs=outputs,
            kernel=kernel,
            stride=stride,
            padding=padding,
            rectified=outputs == 2,
            skip=skip,
        )
        for inputs, outputs, kernel, stride, padding, skip in sizes
    )
    generator = torch.Generator().manual_seed(0)
    layers = tuple(
        (torch.randn(shape.outputs, shape.inputs, *shape.kernel, generator=generator), torch.zeros(shape.outputs))
        for shape in shapes
    )
    network = made.header.network.model_copy(update={"convolutions": shapes})
    return Bundle(made.header.model_copy(update={"network": network}), layers, made.head)


@pytest.mark.slow  # a minute of cppcheck
@pytest.mark.skipif(CPPCHECK is None, reason="there is no cppcheck")
@pytest.mark.parametrize("strategy", ["hybrid", "closed-loop"])
def test_required_rules_are_kept(strategy: str, tmp_path: Path) -> None:
    bundle, sheet = _small_bundle(), oh.SimulatedChips().datasheet
    drawings = oh.load_examples("invented").values.flatten(0, 1)[:20]
    firmware = firmware_for(bundle, sheet, oh.strategy(strategy), labels_of(bundle, 1), drawings)
    _, *sources = export_c(tmp_path, firmware)
    suppressed = [f"--suppress=misra-c2012-{rule}" for rule in ADVICE_NOT_TAKEN]
    command = [str(CPPCHECK), "--std=c99", "--addon=misra", "-q", *suppressed]
    done = subprocess.run([*command, *sources], capture_output=True, text=True, check=True)
    assert done.stderr == ""
