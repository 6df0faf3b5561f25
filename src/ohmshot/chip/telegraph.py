"""Telegraph noise of a batch of chips: the traps of its cells, and time passing for them."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.cell.noise import NORMALS_PER_TRAP, Traps, filled_after, has_trap, telegraph_drop, traps
from ohmshot.chip.snapshot import joined, part_of
from ohmshot.chip.streams import NoiseStreams
from ohmshot.foundation.devices import to_default_device
from ohmshot.foundation.randomness import generator


class TelegraphNoise:
    """Traps of some cells of every chip; which cells and which traps is a matter of the device, not of its life.

    Args:
        parameters: the cell technology.
        seed: of the run.
        chip_numbers: which chips.
        names: of the chips' lives, for the random streams.
        cells: of one chip.
    """

    def __init__(
        self,
        parameters: CellParameters,
        seed: int,
        chip_numbers: Sequence[int],
        names: Sequence[tuple[str | int, ...]],
        cells: int,
    ) -> None:
        made = {number: _device_traps(parameters, seed, number, cells) for number in sorted(set(chip_numbers))}
        places = [made[number][0] for number in chip_numbers]
        self._parameters = parameters
        self._counts = torch.tensor([len(place) for place in places])
        self._owners = torch.repeat_interleave(self._counts)
        self._cells = torch.cat(places) + self._owners * cells
        self._traps = Traps(
            *(
                torch.cat([getattr(made[number][1], part) for number in chip_numbers])
                for part in ("amplitude", "empty_time", "filled_time")
            )
        )
        self._streams = NoiseStreams(seed, [(*name, "telegraph") for name in names], block=max(cells, 1))
        self._clock = torch.zeros(len(places), dtype=torch.float64)
        self._filled = self._uniforms(self._counts) < self._traps.filled_share

    def seen(self, conductance: Tensor, clock: Tensor, chips: Tensor) -> Tensor:
        """Conductance of all cells of the batch with the traps of some chips as they stand now.

        The traps of the other chips stay as they were last seen: no chip feels that another one is looked at.

        Args:
            conductance: uS, [chips * cells].
            clock: s, [chips], on a clock that never runs backwards.
            chips: bool, [chips], those that are looked at.

        Returns:
            uS, a new tensor of the same shape.
        """
        looked_at = torch.nonzero(chips[self._owners]).squeeze(1)
        of = self._traps.at(looked_at)
        passed = (clock - self._clock)[self._owners[looked_at]].to(of.amplitude.dtype)
        filled = filled_after(self._filled[looked_at], passed, self._uniforms(self._counts * chips), of)
        self._filled = self._filled.index_copy(0, looked_at, filled)
        self._clock = torch.where(chips, clock, self._clock)
        here = conductance[self._cells]
        drop = telegraph_drop(here, self._filled, self._traps, self._parameters)
        return conductance.index_copy(0, self._cells, here - drop.to(here.dtype))

    def snapshot(self) -> dict[str, Tensor]:
        """Random streams, clock and filled traps by name: what the next look depends on beside the device itself."""
        return {**joined({"noise": self._streams.snapshot()}), "clock": self._clock, "filled": self._filled}

    def restore(self, snapshot: Mapping[str, Tensor]) -> None:
        """Go on from the `snapshot` of as many chips."""
        self._streams.restore(part_of(snapshot, "noise"))
        self._clock, self._filled = snapshot["clock"], snapshot["filled"]

    def _uniforms(self, counts: Tensor) -> Tensor:
        uniforms: Tensor = torch.special.ndtr(self._streams.draw(counts, 1)[0])
        return uniforms


def _device_traps(parameters: CellParameters, seed: int, number: int, cells: int) -> tuple[Tensor, Traps]:
    random = generator(seed, "chip", number, "traps")
    uniforms = to_default_device(torch.rand(cells, generator=random, device="cpu"))
    places = torch.nonzero(has_trap(uniforms, parameters)).squeeze(1)
    normals = torch.randn(NORMALS_PER_TRAP, len(places), generator=random, device="cpu")
    return places, traps(to_default_device(normals), parameters)
