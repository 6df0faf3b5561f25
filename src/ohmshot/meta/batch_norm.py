"""Batch norm whose statistics are those of the whole batch, however many processes share it.

PyTorch has this for GPUs only (`torch.nn.SyncBatchNorm`).
"""

import torch
from torch import Tensor, nn

from ohmshot.meta.processes import Processes


class SharedBatchNorm2d(nn.BatchNorm2d):
    """Batch norm over the batches of all processes in training, and plain batch norm in evaluation.

    Args:
        width: number of channels.
        processes: processes that share a batch, each with a part of it.
    """

    def __init__(self, width: int, processes: Processes) -> None:
        super().__init__(width)
        self.processes = processes

    def forward(self, values: Tensor) -> Tensor:
        """Normalise values [n, channels, height, width]; the shape stays."""
        if not self.training:
            return super().forward(values)
        # Two sums, of values and of squared deviations: one pass over sums of squares would lose digits, as would
        # sums in half precision.
        given, values = values, values.float()
        count = float(self.processes.sum(values.new_tensor(values.numel() / values.shape[1])))
        mean = self.processes.sum(values.sum((0, 2, 3))) / count
        centred = values - mean[:, None, None]
        variance = self.processes.sum(centred.square().sum((0, 2, 3))) / count
        self._update_running_statistics(mean.detach(), variance.detach() * count / (count - 1))
        gain = self.weight * torch.rsqrt(variance + self.eps)
        return (centred * gain[:, None, None] + self.bias[:, None, None]).to(given.dtype)

    @torch.no_grad()
    def _update_running_statistics(self, mean: Tensor, variance: Tensor) -> None:
        assert self.momentum is not None
        assert self.running_mean is not None
        assert self.running_var is not None
        assert self.num_batches_tracked is not None
        self.running_mean.lerp_(mean, self.momentum)
        self.running_var.lerp_(variance, self.momentum)
        self.num_batches_tracked.add_(1)


def share_batch_norm(network: nn.Module, processes: Processes) -> None:
    """Make the batch norms of a network share their statistics, if there is more than one process."""
    if processes.count == 1:
        return
    for module in network.modules():
        for name, child in module.named_children():
            if isinstance(child, nn.BatchNorm2d) and not isinstance(child, SharedBatchNorm2d):
                shared = SharedBatchNorm2d(child.num_features, processes)
                shared.load_state_dict(child.state_dict())
                setattr(module, name, shared.to(child.weight.device))
