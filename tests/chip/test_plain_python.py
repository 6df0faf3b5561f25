"""The same chip wherever its laws run: compiled, as plain Python, and as kernels of a GPU in Numba's simulator."""

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
from small_chips import {which}
if {on_gpu}:
    import ohmshot.chip.simulated as simulated
    from ohmshot.chip.gpu.engine import Gpu
    simulated.engine_on = lambda device: Gpu()
print(*{which}(), sep="\\n")
"""
TESTS = Path(__file__).parents[1]


def results(which: str, on_gpu: bool = False, **environment: str) -> list[str]:
    """What a process of its own finds."""
    paths = os.pathsep.join([str(TESTS), *sys.path])
    done = subprocess.run(
        [sys.executable, "-W", "error::RuntimeWarning", "-c", PROGRAM.format(which=which, on_gpu=on_gpu)],
        env={**os.environ, "PYTHONPATH": paths, **environment},
        capture_output=True,
        text=True,
        timeout=600,
        check=True,
    )
    return done.stdout.splitlines()


def test_a_chip_is_the_same_compiled_plain_and_on_a_simulated_gpu() -> None:
    compiled = results("few")
    assert len(set(compiled)) == 2
    assert results("few", NUMBA_DISABLE_JIT="1") == compiled
    assert results("few", on_gpu=True, NUMBA_DISABLE_JIT="1", NUMBA_ENABLE_CUDASIM="1") == compiled


@pytest.mark.slow
def test_chips_of_all_kinds_are_the_same_compiled_plain_and_on_a_simulated_gpu() -> None:
    compiled = results("all_of_them")
    assert len(set(compiled)) == 8
    assert results("all_of_them", NUMBA_DISABLE_JIT="1") == compiled
    assert results("all_of_them", on_gpu=True, NUMBA_DISABLE_JIT="1", NUMBA_ENABLE_CUDASIM="1") == compiled


@pytest.mark.slow
@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="names processors of one make")
@pytest.mark.parametrize(("processor", "features"), [("nehalem", "+sse4.2"), ("haswell", "+avx2,+fma")])
def test_a_chip_is_the_same_on_a_processor_with_shorter_vectors(processor: str, features: str) -> None:
    assert results("few", NUMBA_CPU_NAME=processor, NUMBA_CPU_FEATURES=features) == results("few")
