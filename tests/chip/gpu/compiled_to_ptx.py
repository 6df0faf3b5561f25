"""Every kernel of a GPU compiled to PTX for the types that chips launch it with; run in a process of its own.

Prints one line of JSON a kernel: its name, the PTX's counts of instructions, and what ptxas says of it where there is
one. No GPU is needed: kernels are compiled where they would be launched.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numba import cuda, typeof, types

CAPABILITY = (8, 0)
INSTRUCTIONS = (
    "fma.rn.f32",
    "fma.rn.f64",
    "mul.f32",
    "mul.f64",
    "mul.rn.f32",
    "mul.rn.f64",
    "div.approx",
    "sqrt.approx",
    ".ftz",
)


class _Device:
    compute_capability = CAPABILITY


def assembled(ptx: str) -> dict[str, int]:
    """Registers, stack and spills in bytes of a kernel, by ptxas; empty where there is none."""
    beside = [path for root in sys.path for path in Path(root).glob("nvidia/*/bin/ptxas")]
    ptxas = str(beside[0]) if beside else shutil.which("ptxas")
    if ptxas is None:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "kernel.ptx")
        source.write_text(ptx)
        command = [ptxas, "-v", f"-arch=sm_{CAPABILITY[0]}{CAPABILITY[1]}", "-o", f"{folder}/out", str(source)]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    found = {"registers": r"(\d+) registers", "stack": r"(\d+) bytes stack", "spilled": r"(\d+) bytes spill stores"}
    return {name: int(match[1]) for name, pattern in found.items() if (match := re.search(pattern, said))}


def main() -> None:
    from numba.cuda import compiler, dispatcher

    for module in (compiler, dispatcher):
        if hasattr(module, "get_current_device"):
            module.get_current_device = lambda: _Device

    import ohmshot.chip.simulated as simulated
    from ohmshot.chip.gpu.engine import Gpu
    from small_chips import few

    seen: set[Any] = set()

    class Compiling(Gpu):
        """Compiles what would be launched. Arrays are the processor's: their types are those of a GPU's."""

        def launch(self, kernel: Any, threads: int, *arguments: Any) -> None:
            signature = types.void(*map(typeof, arguments))
            if threads and (kernel, signature) not in seen:
                seen.add((kernel, signature))
                ptx, _ = cuda.compile(kernel.py_func, signature, device=False, cc=CAPABILITY, abi="numba")
                counts = {name: ptx.count(name) for name in INSTRUCTIONS}
                print(json.dumps({"kernel": kernel.py_func.__qualname__, **counts, **assembled(ptx)}), flush=True)

        def array(self, values: np.ndarray) -> np.ndarray:
            return values

        def empty(self, shape: tuple[int, ...], dtype: Any) -> np.ndarray:
            return np.zeros(shape, dtype)

        def fetched(self, memory: np.ndarray) -> np.ndarray:
            return memory

        def put(self, memory: np.ndarray, values: np.ndarray) -> None:
            memory[...] = values.reshape(memory.shape)

    simulated.engine_on = lambda device: Compiling()
    few()


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
