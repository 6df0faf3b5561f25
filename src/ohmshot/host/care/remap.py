"""Which hidden unit goes onto which lines of a chip with stuck cells.

Hidden units may change places without any change of the network: the columns of the first layer and the rows of the
second move together. So the host puts each unit where the stuck cells do it the least harm, and leaves the worst
lines to spare units that carry nothing.
"""

import dataclasses

import torch
from torch import Tensor

from ohmshot.bundle.bundle import Bundle
from ohmshot.bundle.head import Head
from ohmshot.foundation.errors import SettingsError
from ohmshot.host.care.faults import Faults, reachable
from ohmshot.host.learner import Learner


def with_spare_units(bundle: Bundle, spares: int) -> Bundle:
    """Add hidden units without weights; the network computes the same and takes more lines of the array.

    Raises:
        SettingsError: the head has not two layers with one pair a weight.
    """
    if not _units_may_move(bundle):
        raise SettingsError(
            f"Spare units need a head of two layers with one pair of cells a weight; {bundle.header.name} has another."
        )
    first, second = bundle.head
    (units,) = bundle.header.network.hidden
    network = bundle.header.network.model_copy(update={"hidden": (units + spares,)})
    header = bundle.header.model_copy(update={"network": network})
    last = second.shape[0] - 1  # the bias row stays the last one
    widened = torch.cat([second[:last], second.new_zeros(spares, second.shape[1]), second[last:]])
    return dataclasses.replace(bundle, header=header, head=(torch.nn.functional.pad(first, (0, spares)), widened))


def remap(learner: Learner, faults: Faults, spares: int = 0) -> None:
    """Move the hidden units of every chip to where its faults do least harm; before the initialisation is written.

    A head of other than two layers, or with several pairs a weight, stays as it is.

    Args:
        learner: whose shadow weights are still the learned initialisation.
        faults: stuck cells of its chips.
        spares: how many of the hidden units, the last ones, carry nothing (`with_spare_units`); the lines that they
            end up on are left out of the computation.
    """
    if not _units_may_move(learner.bundle):
        return
    first, second = learner.shadow
    units = second.shape[1] - 1
    slots = _slots(_harm(learner, faults, units - spares))
    slots[~faults.stuck.any(1)] = torch.arange(units)  # a sound chip stays as it is
    rows = torch.arange(learner.crossbar.chips)[:, None]
    moved_first, moved_second, used = first.clone(), second.clone(), torch.ones(learner.crossbar.chips, units)
    moved_first[rows, :, slots] = first.transpose(1, 2)
    moved_second[rows, slots] = second[:, :units]
    used[rows, slots[:, units - spares :]] = 0.0
    head: Head = (moved_first, moved_second)
    learner.place_units(head, used.to(first.dtype))


def _units_may_move(bundle: Bundle) -> bool:
    return bundle.header.mapping.copies == (1, 1)


def _harm(learner: Learner, faults: Faults, real: int) -> Tensor:
    """Sum of the weight errors that a unit suffers at a place: [chips, units, places]; nothing for a spare unit."""
    sheet, placement = learner.crossbar.datasheet, learner.array.placement
    low, high = sheet.reset_conductance, sheet.level_conductances[-1]
    scales = [scale / (high - low) for scale in learner.bundle.header.mapping.weight_full_scale]
    least, most = reachable(faults, placement.plus[0], placement.minus[0], low, high)
    wanted = learner.shadow[0] / scales[0]  # [chips, inputs, units]
    missing = _outside(wanted[:, :, :, None], least[:, :, None, :], most[:, :, None, :])
    harm = scales[0] * missing.sum(1)
    # What the updates will write into the second layer is not known yet: either sign and zero count alike.
    least, most = (each[:, :-1] for each in reachable(faults, placement.plus[1], placement.minus[1], low, high))
    middle = (high - low) / 2
    at = torch.tensor([-middle, 0.0, middle])[:, None, None, None]
    harm = harm + scales[1] * _outside(at, least, most).sum(-1).mean(0)[:, None, :]
    harm[:, real:] = 0.0
    return harm


def _outside(wanted: Tensor, least: Tensor, most: Tensor) -> Tensor:
    """Distance of a difference from its range, uS."""
    return (least - wanted).clamp(min=0) + (wanted - most).clamp(min=0)


def _slots(harm: Tensor) -> Tensor:
    """Place of every unit, int64 [chips, units]: the assignment of least harm, one chip after another in scipy."""
    from scipy.optimize import linear_sum_assignment  # half a second to load, and only chips with faults need it

    slots = [torch.from_numpy(linear_sum_assignment(chip)[1]) for chip in harm.double().cpu().numpy()]
    return torch.stack(slots).to(harm.device)
