"""Kernels of a GPU are compiled without one: all of them, none with a fused product, none that spills registers."""

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

pytest.importorskip("numba_cuda", reason="compiles for a GPU only with the extra [cuda]: make test-cuda")

TESTS = Path(__file__).parents[2]
KERNELS = {
    "fabricate", "make_traps", "form", "set_cells", "reset_cells", "read", "write_by.<locals>.write", "wait",
    "wait_in_log_time", "wear_in", "count_pulses", "disturb", "conductances", "along_rows", "along_columns",
    "seen_by_columns", "drive_by", "drive", "convert", "add_up_rows", "charge", "add_pairs", "in_units",
}  # fmt: skip


@cache
def compiled() -> list[dict[str, int | str]]:
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("compiled_to_ptx.py"))],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS), *sys.path])},
        capture_output=True,
        text=True,
        timeout=900,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_every_kernel_is_compiled_and_rounds_as_a_processor() -> None:
    found = compiled()
    assert {each["kernel"] for each in found} == KERNELS
    assert sum(int(each["mul.rn.f32"]) for each in found) > 2000
    for each in found:
        for fused in ("fma.rn.f32", "fma.rn.f64", "mul.f32", "mul.f64", "div.approx", "sqrt.approx", ".ftz"):
            assert each[fused] == 0, (each["kernel"], fused)


def test_no_kernel_spills_registers() -> None:
    found = compiled()
    if "registers" not in found[0]:
        pytest.skip("needs ptxas, which the package nvidia-cuda-nvcc carries")
    for each in found:
        assert each["spilled"] == 0
        assert int(each["registers"]) <= 128
