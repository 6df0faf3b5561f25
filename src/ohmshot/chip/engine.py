"""Where a batch of simulated chips lives and what works on it: the processor, or a GPU.

Both run the same laws. Arrays that stay with the chips are in the engine's own memory (`Memory`); addresses, counts and
energies are the host's.
"""

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from ohmshot.cell.technology import Technology
from ohmshot.chip import kernels, log_time, multiply, write
from ohmshot.foundation.compiled import F32, Real
from ohmshot.programming.policy import Decide

Memory = Any
"""An array where the chips live: NumPy's, or one of a GPU."""
Kernel = Callable[..., None]
"""What happens to a batch, with the arguments of the processor's kernel of this name."""


class Engine(Protocol):
    """What works on simulated chips. Its kernels are those of `ohmshot.chip.kernels`, `log_time` and `multiply`."""

    fabricate: Kernel
    make_traps: Kernel
    form: Kernel
    set_cells: Kernel
    reset_cells: Kernel
    read: Kernel
    disturb: Kernel
    wait: Kernel
    wait_in_log_time: Kernel
    wear_in: Kernel
    multiply: Kernel
    multiply_pairs: Kernel

    def write_by(self, decide: Decide) -> Kernel:
        """Return the kernel that writes cells by a policy (`ohmshot.chip.write.write_by`)."""

    def matrix(
        self,
        cells: Memory,
        traps: Memory,
        clock: np.ndarray,
        life: Memory,
        p: Technology,
        size: tuple[int, int, int],
        per_us: Real,
        is_noisy: bool,
    ) -> tuple[Memory, Memory]:
        """Conductances that a multiply meets, uS, and the variance of a read, uS^2, [chips, columns, rows] each.

        Args:
            cells: as for the kernels, and so are traps, clock, life and p.
            traps: of the cells.
            clock: s.
            life: keys.
            p: the technology.
            size: rows, columns, and columns of one array.
            per_us: line resistance from one cell to the next, 1 / uS.
            is_noisy: whether reads have noise; the variances have no columns where they have none.
        """

    def array(self, values: np.ndarray) -> Memory:
        """Bring an array of the host to the chips; it may be the same one."""

    def empty(self, shape: tuple[int, ...], dtype: Any) -> Memory:
        """Room for an array, with any content."""

    def fetched(self, memory: Memory) -> np.ndarray:
        """Return an array as the host's; it may be the same one."""

    def put(self, memory: Memory, values: np.ndarray) -> None:
        """Overwrite an array by one of as many values of its type."""

    def numbers(self, values: Tensor) -> Memory:
        """Bring a tensor of any device to the chips as float32."""

    def answers(self, memory: Memory, device: torch.device) -> Tensor:
        """Return an array as a tensor on a device."""


class Processor:
    """The processor and its memory."""

    fabricate, make_traps = staticmethod(kernels.fabricate), staticmethod(kernels.make_traps)
    form, read = staticmethod(kernels.form), staticmethod(kernels.read)
    set_cells, reset_cells = staticmethod(kernels.set_cells), staticmethod(kernels.reset_cells)
    disturb, wear_in = staticmethod(kernels.disturb), staticmethod(kernels.wear_in)
    wait, wait_in_log_time = staticmethod(kernels.wait), staticmethod(log_time.wait)
    multiply, multiply_pairs = staticmethod(multiply.multiply), staticmethod(multiply.multiply_pairs)
    write_by = staticmethod(write.write_by)
