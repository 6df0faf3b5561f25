"""Where a batch of simulated chips lives and what works on it: the processor, or a GPU.

Both run the same laws. Arrays that stay with the chips are in the engine's own memory (`Memory`); addresses, counts and
energies are the host's.
"""

import importlib.util
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from ohmshot.cell.technology import Technology
from ohmshot.chip import kernels, lines, log_time, multiply, write
from ohmshot.foundation.compiled import F32, Real
from ohmshot.foundation.devices import array_of, chosen_device, tensor_on
from ohmshot.foundation.errors import SettingsError
from ohmshot.programming.policy import Decide

Memory = Any
"""An array where the chips live: NumPy's, or one of a GPU."""
Kernel = Callable[..., None]
"""What happens to a batch, with the arguments of the processor's kernel of this name."""


class Engine(Protocol):
    """What works on simulated chips; where nothing else is said, with the arguments of `ohmshot.chip.kernels`."""

    @property
    def fabricate(self) -> Kernel:
        """Make all cells."""

    @property
    def make_traps(self) -> Kernel:
        """Make all traps."""

    @property
    def form(self) -> Kernel:
        """Form cells."""

    @property
    def set_cells(self) -> Kernel:
        """Apply SET pulses."""

    @property
    def reset_cells(self) -> Kernel:
        """Apply RESET pulses."""

    @property
    def read(self) -> Kernel:
        """Read cells."""

    @property
    def disturb(self) -> Kernel:
        """Disturb cells by the pulses of one call on others."""

    @property
    def wear_in(self) -> Kernel:
        """Let cells go through cycles at once."""

    @property
    def wait(self) -> Kernel:
        """Let time pass."""

    @property
    def wait_in_log_time(self) -> Kernel:
        """Let time pass where cells relax in log time (`ohmshot.chip.log_time`)."""

    @property
    def multiply(self) -> Kernel:
        """Drive some rows and convert the currents of some columns (`ohmshot.chip.multiply`)."""

    @property
    def multiply_pairs(self) -> Kernel:
        """Multiply by several blocks of pairs one after another (`ohmshot.chip.multiply`)."""

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

    def matrix(
        self,
        cells: np.ndarray,
        traps: np.ndarray,
        clock: np.ndarray,
        life: np.ndarray,
        p: Technology,
        size: tuple[int, int, int],
        per_us: Real,
        is_noisy: bool,
    ) -> tuple[np.ndarray, np.ndarray]:
        """As `Engine.matrix`."""
        (rows, columns, width), chips = size, len(cells)
        matrix = np.empty((chips, columns, rows), F32)
        variances = np.empty((chips, columns if is_noisy else 0, rows), F32)
        lines.matrix(cells, traps, clock, life, p, width, per_us, matrix, variances)
        return matrix, variances

    def array(self, values: np.ndarray) -> np.ndarray:
        """The array itself."""
        return values

    def empty(self, shape: tuple[int, ...], dtype: Any) -> np.ndarray:
        """Room for an array."""
        return np.empty(shape, dtype)

    def fetched(self, memory: np.ndarray) -> np.ndarray:
        """The array itself."""
        return memory

    def put(self, memory: np.ndarray, values: np.ndarray) -> None:
        """Overwrite an array."""
        memory[...] = values.reshape(memory.shape)

    def numbers(self, values: Tensor) -> np.ndarray:
        """A tensor as float32, in order; the same memory where it is so already."""
        return array_of(values, torch.float32)

    def answers(self, memory: np.ndarray, device: torch.device) -> Tensor:
        """A tensor of the same memory, or on another device."""
        return tensor_on(memory, device)


PROCESSOR = Processor()


def engine_on(device: torch.device) -> Engine:
    """Return what works on chips whose host computes on a device: a GPU where that is one of CUDA's.

    Raises:
        SettingsError: the extra ``[cuda]`` is missing.
    """
    if device.type != "cuda":
        return PROCESSOR
    if importlib.util.find_spec("numba_cuda") is None:
        raise SettingsError('Chips on a GPU need the extra: pip install "ohmshot[cuda]". Or use --device cpu.')
    from ohmshot.chip.gpu.engine import Gpu

    return Gpu()


def device_of_chips(name: str) -> torch.device:
    """Return the device "cpu", "cuda" or "auto" (`ohmshot.foundation.devices.chosen_device`), where chips can be.

    Raises:
        SettingsError: it is not there, or something that it needs is not installed.
    """
    device = chosen_device(name)
    engine_on(device)
    return device
