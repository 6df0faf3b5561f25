"""Machine code on disk: kept, found again, made anew when a law changes, and never in the way."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import sys
import numpy as np
sys.path.insert(0, {folder!r})
import a_law
from ohmshot.foundation.compiled import F32, kernel

def double(values):
    for i in range(values.shape[0]):
        values[i] = a_law.changed(values[i])

loop = kernel(double, a_law.changed)
values = np.ones(3, F32)
loop(values)
print(values.tolist())
"""
LAW = """
from ohmshot.foundation.compiled import F32, law

@law
def changed(x):
    return x * F32({factor})
"""


def ran(program: str, cache: Path, seconds: int = 120, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a program in a process of its own, within so many seconds."""
    return subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "OHMSHOT_CACHE": str(cache), **environment},
        capture_output=True,
        text=True,
        timeout=seconds,
        check=True,
    )


def run(folder: Path, cache: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return ran(PROGRAM.format(folder=str(folder)), cache, **environment)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "laws").mkdir()
    (tmp_path / "laws" / "a_law.py").write_text(LAW.format(factor=2.0))
    return tmp_path / "laws"


def test_a_kernel_is_compiled_once_and_again_when_a_law_in_another_file_changes(folder: Path, tmp_path: Path) -> None:
    first, second = (run(folder, tmp_path / "cache") for _ in range(2))
    assert first.stdout == second.stdout == "[2.0, 2.0, 2.0]\n"
    assert "Compiling" in first.stderr
    assert second.stderr == ""
    (folder / "a_law.py").write_text(LAW.format(factor=3.0))
    changed = run(folder, tmp_path / "cache")
    assert changed.stdout == "[3.0, 3.0, 3.0]\n"
    assert "Compiling" in changed.stderr


def test_without_a_place_to_write_every_process_compiles_for_itself(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a file, where the cache folder would be")
    for _ in range(2):
        assert run(folder, tmp_path / "file").stdout == "[2.0, 2.0, 2.0]\n"


def test_two_processes_at_once_do_not_harm_each_other(folder: Path, tmp_path: Path) -> None:
    program, environment = PROGRAM.format(folder=str(folder)), {**os.environ, "OHMSHOT_CACHE": str(tmp_path / "cache")}
    started = [
        subprocess.Popen([sys.executable, "-c", program], env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    assert [each.communicate(timeout=120)[0] for each in started] == ["[2.0, 2.0, 2.0]\n"] * 3
    assert run(folder, tmp_path / "cache").stderr == ""


def test_a_damaged_file_of_machine_code_is_compiled_anew(folder: Path, tmp_path: Path) -> None:
    run(folder, tmp_path / "cache")
    for path in (tmp_path / "cache" / "kernels").rglob("*.nbi"):
        path.write_bytes(b"\\x80\\x04not a pickle")
    assert run(folder, tmp_path / "cache").stdout == "[2.0, 2.0, 2.0]\n"


def test_with_the_compiler_off_laws_are_plain_python(folder: Path, tmp_path: Path) -> None:
    plain = run(folder, tmp_path / "cache", NUMBA_DISABLE_JIT="1")
    assert plain.stdout == "[2.0, 2.0, 2.0]\n"
    assert not (tmp_path / "cache").exists()


def test_a_law_that_a_kernel_has_taken_in_can_be_called_from_python_too(folder: Path, tmp_path: Path) -> None:
    program = PROGRAM.format(folder=str(folder)) + "import gc\nprint(a_law.changed(F32(3)), gc.isenabled())\n"
    assert ran(program, tmp_path / "cache").stdout == "[2.0, 2.0, 2.0]\n6.0 True\n"


FIRST_ADAPTATION = """
import sys
sys.path.insert(0, {benchmarks!r})
from numba.core import event
from startup import FIRST_ADAPTATION

class Compiled(event.Listener):
    def on_start(self, started):
        modules.append(started.data["dispatcher"].py_func.__module__)

    def on_end(self, ended):
        pass

modules = []
event.register("numba:compile", Compiled())
exec(FIRST_ADAPTATION)
print(sum(module.startswith("ohmshot") for module in modules))
print(*sorted(set(module for module in modules if module.startswith("numba"))))
"""


@pytest.mark.slow
def test_a_first_adaptation_compiles_nothing_of_numbas_own_that_is_large(tmp_path: Path) -> None:
    """An array assigned to another brings words of error about shapes, which take as long as five kernels."""
    program = FIRST_ADAPTATION.format(benchmarks=str(Path(__file__).parents[2] / "benchmarks"))
    _, laws_and_kernels, of_numba = ran(program, tmp_path / "cache", 300).stdout.splitlines()
    assert int(laws_and_kernels) > 50
    assert set(of_numba.split()) <= {"numba.np.arrayobj", "numba.cpython.builtins", "numba.cpython.numbers"}
