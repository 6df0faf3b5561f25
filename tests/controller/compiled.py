"""Help for tests of the C export: it compiled by this machine's compiler, and a simulated chip behind its driver."""

import ctypes
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

import ohmshot as oh
from controlled import bundle_named
from ohmshot.chip.crossbar import Crossbar
from ohmshot.chip.datasheet import Datasheet
from ohmshot.controller.array import RoundedConverters
from ohmshot.controller.crossbar_cells import CrossbarCells
from ohmshot.controller.firmware.export import Firmware, export_c, firmware_for, labels_of
from ohmshot.controller.write_plan import write_path
from ohmshot.host.array import circuit_for
from ohmshot.host.placement import Block

COMPILER = shutil.which("cc")
STRICT = ("-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-Wconversion", "-Wshadow")
PROBE = """
#include "ohmshot_controller.h"
uint32_t ohm_test_state_bytes(void);
uint32_t ohm_test_state_bytes(void) { return (uint32_t)sizeof(ohm_state); }
#if OHM_HAS_FIXED_LAYERS
extern const uint32_t ohm_test_scratch_bytes;
const uint32_t ohm_test_scratch_bytes = OHM_SCRATCH_BYTES;
#endif
"""


@dataclass
class Compiled:
    """A controller in C, its bundle and what it was made for."""

    library: ctypes.CDLL
    firmware: Firmware
    sheet: Datasheet
    strategy: str
    labels: torch.Tensor


def compiled(name: str, folder: Path, strategy: str = "hybrid", drawings: torch.Tensor | None = None) -> Compiled:
    bundle = bundle_named(name)
    sheet = oh.SimulatedChips(arrays=circuit_for(bundle).side_by_side).datasheet
    labels = labels_of(bundle, 5)
    firmware = firmware_for(bundle, sheet, oh.strategy(strategy), labels, drawings)
    _, *sources = export_c(folder, firmware)
    probe = folder / "probe.c"
    probe.write_text(PROBE)
    library = folder / "controller.so"
    subprocess.run([str(COMPILER), *STRICT, "-O2", "-shared", "-fPIC", *sources, probe, "-o", str(library)], check=True)
    return Compiled(ctypes.CDLL(str(library)), firmware, sheet, strategy, labels)


class CBlock(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint16) for name in ("first_input", "inputs", "first_output", "outputs", "row", "pair")]


class CReport(ctypes.Structure):
    _fields_ = [("changed", ctypes.c_uint32), ("missed", ctypes.c_uint32), ("halted", ctypes.c_bool)]


MULTIPLY = ctypes.CFUNCTYPE(
    None, ctypes.c_void_p, ctypes.POINTER(CBlock), ctypes.c_uint32, ctypes.POINTER(ctypes.c_int16), ctypes.c_uint32,
    ctypes.POINTER(ctypes.c_int16),
)  # fmt: skip
MAY_PULSE = ctypes.CFUNCTYPE(ctypes.c_bool, ctypes.c_void_p, ctypes.c_uint32)
PULSE = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_uint16, ctypes.c_uint16, ctypes.c_uint16)
READ = ctypes.CFUNCTYPE(ctypes.c_uint16, ctypes.c_void_p, ctypes.c_uint16)


class CDriver(ctypes.Structure):
    _fields_ = [
        ("context", ctypes.c_void_p), ("multiply", MULTIPLY), ("may_pulse", MAY_PULSE), ("pulse", PULSE), ("read", READ)
    ]  # fmt: skip


class ChipDriver:
    """A board's driver whose chip is simulated; gives pulses until its budget is used up."""

    def __init__(self, made: Compiled, crossbar: Crossbar, budget: int = 10**9) -> None:
        path = write_path(oh.strategy(made.strategy), made.sheet)
        self.cells = CrossbarCells(crossbar, path.dac, path.adc)
        self.budget = budget
        configuration = made.firmware.learning.configuration
        self._convert = RoundedConverters(crossbar, configuration, made.sheet.read_voltage)
        # ctypes keeps no reference to these.
        self._kept = (MULTIPLY(self._multiply), MAY_PULSE(self._may_pulse), PULSE(self._pulse), READ(self._read))
        self.as_c = CDriver(None, *self._kept)

    def _multiply(self, _, block, count, drive, stride, codes) -> None:
        block = block.contents
        rows = [[drive[n * stride + i] for i in range(block.inputs)] for n in range(count)]
        place = Block(0, (block.first_input, block.inputs), (block.first_output, block.outputs), block.row, block.pair)
        found = self._convert(torch.tensor(rows)[None], place)[0]
        for at, code in enumerate(found.flatten().tolist()):
            codes[at] = code

    def _may_pulse(self, _, pulses) -> bool:
        if pulses > self.budget:
            return False
        self.budget -= pulses
        return True

    def _pulse(self, _, cell, source, gate) -> None:
        if source:
            self.cells.reset(cell, source)
        if gate:
            self.cells.set(cell, gate)

    def _read(self, _, cell) -> int:
        return self.cells.read(cell)


def state_of(made: Compiled) -> np.ndarray:
    """Memory for an `ohm_state`, whose first member are the exact weights, int32."""
    return np.zeros(made.library.ohm_test_state_bytes(), np.uint8)


def in_c(values: torch.Tensor, kind: type) -> np.ndarray:
    return np.ascontiguousarray(values.numpy().astype(kind))


def at(array: np.ndarray) -> ctypes.c_void_p:
    return array.ctypes.data_as(ctypes.c_void_p)
