"""The engine of a GPU: simulated chips in its memory (`ohmshot.chip.engine.Engine`)."""

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from numba import config, cuda
from torch import Tensor

from ohmshot.cell.ageing import Wait
from ohmshot.cell.log_relaxation_numbers import LogRelaxation
from ohmshot.cell.technology import Relaxation, Technology
from ohmshot.chip.engine import Kernel
from ohmshot.chip.gpu import kernels, multiply
from ohmshot.chip.multiply import Host, Periphery
from ohmshot.foundation.compiled import F32, announce
from ohmshot.foundation.vectors import filled_up
from ohmshot.programming.attempt import Sheet, Verification
from ohmshot.programming.policy import Decide

Memory = Any
"""An array in the memory of the GPU."""
THREADS = 128
"""Threads of a block."""


class Gpu:
    """Simulated chips in the memory of a GPU; methods and arguments as of `ohmshot.chip.engine.Engine`."""

    def launch(self, kernel: Any, threads: int, *arguments: Any) -> None:
        """Run a kernel on so many threads."""
        if threads:
            announce("this GPU", 20)
            block = min(THREADS, threads)
            kernel[-(-threads // block), block](*arguments)

    def array(self, values: np.ndarray) -> Memory:
        """Copy an array into the memory of the GPU."""
        return cuda.to_device(np.ascontiguousarray(values))

    def empty(self, shape: tuple[int, ...], dtype: Any) -> Memory:
        """Room for an array, with any content."""
        return cuda.device_array(shape, dtype)

    def zeros(self, shape: tuple[int, ...], dtype: Any) -> Memory:
        """An array of zeros."""
        return self.array(np.zeros(shape, dtype))

    def fetched(self, memory: Memory) -> np.ndarray:
        """Return a copy of an array."""
        values: np.ndarray = memory.copy_to_host()
        return values

    def put(self, memory: Memory, values: np.ndarray) -> None:
        """Overwrite an array."""
        memory.copy_to_device(np.ascontiguousarray(values).reshape(memory.shape))

    def numbers(self, values: Tensor) -> Memory:
        """A tensor of any device as float32."""
        numbers = values.to(torch.float32).contiguous()
        return cuda.as_cuda_array(numbers) if numbers.is_cuda else self.array(numbers.numpy())

    def answers(self, memory: Memory, device: torch.device) -> Tensor:
        """Return an array as a tensor on a device; on the GPU itself without copying."""
        if device.type == "cuda" and not config.ENABLE_CUDASIM:
            return torch.as_tensor(memory, device=device)
        return torch.from_numpy(self.fetched(memory)).to(device)

    @contextlib.contextmanager
    def _adding_to(self, sums: np.ndarray) -> Iterator[Memory]:
        """Sums of whole numbers on the GPU, added to those of the host at the end of a ``with`` block."""
        found = self.zeros(sums.shape, sums.dtype)
        yield found
        sums += self.fetched(found)

    def fabricate(self, cells: Memory, device: Memory, shared: np.ndarray, p: Technology) -> None:
        """Make all cells; ``shared`` are the offsets that a chip's cells share, [2, chips]."""
        self.launch(kernels.fabricate, cells.size, cells, device, self.array(shared), p)

    def make_traps(self, traps: Memory, device: Memory, life: Memory, p: Technology) -> None:
        """Make the traps of all cells."""
        self.launch(kernels.make_traps, traps.size, traps, device, life, p)

    def form(
        self, cells: Memory, addresses: np.ndarray, edges: np.ndarray, life: Memory, p: Technology, spent: np.ndarray
    ) -> None:
        """Form cells."""
        with self._adding_to(spent) as joules:
            self.launch(kernels.form, len(addresses), cells, self.array(addresses), life, p, joules)

    def set_cells(
        self,
        cells: Memory,
        addresses: np.ndarray,
        gates: Memory,
        edges: np.ndarray,
        life: Memory,
        p: Technology,
        spent: np.ndarray,
    ) -> None:
        """Apply SET pulses."""
        with self._adding_to(spent) as joules:
            self.launch(kernels.set_cells, len(addresses), cells, self.array(addresses), gates, life, p, joules)

    def reset_cells(
        self,
        cells: Memory,
        addresses: np.ndarray,
        sources: Memory,
        edges: np.ndarray,
        life: Memory,
        p: Technology,
        spent: np.ndarray,
    ) -> None:
        """Apply RESET pulses."""
        with self._adding_to(spent) as joules:
            self.launch(kernels.reset_cells, len(addresses), cells, self.array(addresses), sources, life, p, joules)

    def read(
        self,
        cells: Memory,
        traps: Memory,
        clock: np.ndarray,
        addresses: np.ndarray,
        answers: Memory,
        edges: np.ndarray,
        life: Memory,
        p: Technology,
        spent: np.ndarray,
    ) -> None:
        """Read cells."""
        with self._adding_to(spent) as joules:
            where = cells, traps, self.array(clock), self.array(addresses)
            self.launch(kernels.read, len(addresses), *where, answers, life, p, joules)

    def write_by(self, decide: Decide) -> Kernel:
        """Return what writes cells by a policy, each cell's whole pulse train in one thread."""

        def write(
            cells: Memory,
            addresses: np.ndarray,
            targets: Memory,
            edges: np.ndarray,
            life: Memory,
            p: Technology,
            sheet: Sheet,
            v: Verification,
            settings: np.ndarray,
            missed: Memory,
            counts: np.ndarray,
            spent: np.ndarray,
        ) -> None:
            with self._adding_to(counts) as pulses, self._adding_to(spent) as joules:
                where, plan = (cells, self.array(addresses), targets, life, p), (sheet, v, self.array(settings))
                self.launch(kernels.write_by(decide), len(addresses), *where, *plan, missed, pulses, joules)

        return write

    def wait(self, cells: Memory, life: Memory, wait: Wait, a: Relaxation) -> None:
        """Let time pass."""
        self.launch(kernels.wait, cells.size, cells, life, wait, a)

    def wait_in_log_time(
        self, cells: Memory, life: Memory, seconds: Any, warmth: Any, lost: Any, a: LogRelaxation
    ) -> None:
        """Let time pass for a technology that relaxes in log time."""
        self.launch(kernels.wait_in_log_time, cells.size, cells, life, seconds, warmth, lost, a)

    def wear_in(self, cells: Memory, cycles: np.ndarray, p: Technology) -> None:
        """Let cells go through cycles at once."""
        self.launch(kernels.wear_in, cells.size, cells, self.array(cycles), p)

    def disturb(
        self,
        cells: Memory,
        addresses: np.ndarray,
        edges: np.ndarray,
        columns: int,
        width: int,
        by_set: bool,
        p: Technology,
    ) -> None:
        """Disturb cells by the pulses of one call on others."""
        chips, each = cells.shape
        lines = [self.zeros((chips, count), np.int64) for count in (each, each // width, columns)]
        self.launch(kernels.count_pulses, len(addresses), self.array(addresses), each, columns, width, *lines)
        self.launch(kernels.disturb, cells.size, cells, self.array(edges), columns, width, *lines, by_set, p)

    def matrix(
        self,
        cells: Memory,
        traps: Memory,
        clock: np.ndarray,
        life: Memory,
        p: Technology,
        size: tuple[int, int, int],
        per_us: Any,
        is_noisy: bool,
    ) -> tuple[Memory, Memory]:
        """Conductances and variances as a multiply meets them."""
        (rows, columns, width), chips = size, cells.shape[0]
        now = self.empty((chips, rows, columns), F32)
        self.launch(kernels.conductances, cells.size, cells, traps, self.array(clock), life, p, now)
        drop = self.empty((chips if per_us > 0 else 0, rows, columns), F32)
        if per_us > 0:
            self.launch(kernels.along_rows, chips * rows, now, width, drop)
            self.launch(kernels.along_columns, chips * columns, now, drop)
        matrix = self.empty((chips, columns, rows), F32)
        variances = self.empty((chips, columns if is_noisy else 0, rows), F32)
        self.launch(kernels.seen_by_columns, cells.size, now, drop, per_us, cells, p, matrix, variances)
        return matrix, variances

    def multiply(
        self,
        matrix: Memory,
        variances: Memory,
        volts: Memory,
        first_row: int,
        first_column: int,
        life: Memory,
        numbers: Memory,
        p: Periphery,
        out: Memory,
        spent: np.ndarray,
    ) -> None:
        """Drive some rows and convert the currents of some columns."""
        inputs, block = volts.shape[1], (0, volts.shape[2], first_row, first_column)
        with self._adding_to(spent) as joules:
            driven = self._driven(volts, out.shape[2], p)
            self._block(matrix, variances, driven, block, inputs, (life, numbers, p), out, joules)

    def multiply_pairs(
        self,
        matrix: Memory,
        variances: Memory,
        given: Memory,
        host: Host,
        blocks: np.ndarray,
        life: Memory,
        numbers: Memory,
        p: Periphery,
        out: Memory,
        spent: np.ndarray,
    ) -> None:
        """Multiply by several blocks of pairs one after another."""
        chips, inputs, _ = given.shape
        lanes, volts = filled_up(inputs), self.empty((chips, inputs, host.rows), F32)
        self.launch(multiply.drive_by, volts.size, given, host, volts)
        self.put(out, np.zeros(out.shape, F32))
        with self._adding_to(spent) as joules:
            driven = self._driven(volts, lanes, p)
            for *block, first_output, pairs in blocks.tolist():
                currents = self.empty((chips, 2 * pairs, lanes), F32)
                self._block(matrix, variances, driven, block, inputs, (life, numbers, p), currents, joules)
                self.launch(multiply.add_pairs, chips * inputs * pairs, currents, first_output, pairs, out)
        self.launch(multiply.in_units, out.size, out, host.per_ua)

    def _driven(self, volts: Memory, lanes: int, p: Periphery) -> tuple[Memory, Memory]:
        """Voltages after their drivers and their squares, [chips, rows, lanes] each."""
        chips, _, height = volts.shape
        driven, squared = (self.empty((chips, height, lanes), F32) for _ in range(2))
        self.launch(multiply.drive, driven.size, volts, p, driven, squared)
        return driven, squared

    def _block(
        self,
        matrix: Memory,
        variances: Memory,
        driven: tuple[Memory, Memory],
        block: Sequence[int],
        inputs: int,
        chips: tuple[Memory, Memory, Periphery],
        out: Memory,
        joules: Memory,
    ) -> None:
        """Multiply by one block: first of the driven rows and their number, first word line, first bit line."""
        (first_input, height, first_row, first_column), (life, numbers, p) = block, chips
        where = first_row, first_column, first_input, height
        self.launch(multiply.convert, out.size, matrix, variances, *driven, *where, life, numbers, p, out)
        across, width = self.empty((matrix.shape[0], height), F32), out.shape[1]
        self.launch(multiply.add_up_rows, across.size, matrix, first_row, first_column, width, across)
        bill = driven[1], across, inputs, first_input, first_column, width, p, numbers, joules
        self.launch(multiply.charge, numbers.size, *bill)
