"""One run in several processes, on one machine or on many, by torch.distributed.

All processes draw equal random numbers. Each works on its share of a batch and adds its gradients to those of the
others, so that all hold equal weights and the result of a run does not depend on their number.
"""

import contextlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor, distributed

from ohmshot.foundation.errors import SettingsError

T = TypeVar("T")


@dataclass(frozen=True)
class Processes:
    """The processes of a run, as one of them sees it.

    Attributes:
        rank: number of this process; process 0 writes files and reports.
        count: number of processes.
    """

    rank: int = 0
    count: int = 1

    @property
    def first(self) -> bool:
        """True in the process that writes files and reports."""
        return self.rank == 0

    def share(self, total: int) -> slice:
        """Return this process's part of ``total`` things; the parts differ in size by at most one.

        Raises:
            SettingsError: there are more processes than things to share.
        """
        if total < self.count:
            raise SettingsError(f"A batch of {total} cannot be shared by {self.count} processes. Start fewer.")
        return slice(total * self.rank // self.count, total * (self.rank + 1) // self.count)

    def sum_in_place(self, tensors: Sequence[Tensor]) -> None:
        """Replace tensors of one type and device by their sums over all processes, in one exchange."""
        if self.count == 1 or not tensors:
            return
        flat = torch.cat([tensor.reshape(-1) for tensor in tensors])
        distributed.all_reduce(flat)
        for tensor, total in zip(tensors, torch.split(flat, [tensor.numel() for tensor in tensors]), strict=True):
            tensor.copy_(total.view_as(tensor))

    def sum(self, tensor: Tensor) -> Tensor:
        """Return the sum of a tensor of any shape over all processes, differentiable on each."""
        if self.count == 1:
            return tensor
        from torch.distributed.nn.functional import all_reduce

        total: Tensor = all_reduce(tensor)  # type: ignore[no-untyped-call]
        return total

    def from_first(self, value: T) -> T:
        """Return what process 0 has; the others need not see its disk."""
        if self.count == 1:
            return value
        exchanged = [value]
        distributed.broadcast_object_list(exchanged, 0)
        return exchanged[0]


@contextlib.contextmanager
def joined() -> Iterator[Processes]:
    """Join the processes that torchrun has started; alone where it has not."""
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield Processes()
        return
    # Gloo for what lies on the CPU (numbers, checkpoints), NCCL for what lies on GPUs.
    distributed.init_process_group("cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo")
    try:
        yield Processes(distributed.get_rank(), distributed.get_world_size())
    finally:
        distributed.destroy_process_group()
