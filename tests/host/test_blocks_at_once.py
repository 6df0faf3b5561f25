"""A layer in several blocks: asked for one by one or all at once, the chips answer the same bits."""

import pytest
import torch

from ohmshot.bundle.hand_made import identity_head
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.crossbar import MultipliesPairs
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.chip.wrapper import CrossbarWrapper
from ohmshot.host.array import HeadOnArray
from ohmshot.host.mapping import mapping_for
from ohmshot.host.placement import place

SHAPES = tuple(tuple(layer.shape) for layer in identity_head(16, (40,), 5))


def head_on(crossbar: SimulatedCrossbar | CrossbarWrapper) -> HeadOnArray:
    """Two layers, cut into several blocks."""
    sheet = crossbar.datasheet
    return HeadOnArray(
        sheet=sheet,
        placement=place(SHAPES, sheet.rows, sheet.columns, sheet.arrays),
        mappings=(mapping_for(sheet, 1.0, "datasheet"),) * 2,
        input_scales=(3.0, 2.0),
        gain=torch.ones(crossbar.chips),
    )


def written(parameters: str, arrays: int) -> SimulatedCrossbar:
    """Three chips of random levels."""
    chips = SimulatedCrossbar(load_parameter_set(parameters).values, Circuit().arrays(arrays), 3, range(3))
    cells = torch.arange(chips.chips * chips.datasheet.cells)
    chips.form(cells)
    chips.set(cells, 1.0 + 0.5 * torch.rand(len(cells), generator=torch.Generator().manual_seed(1)))
    return chips


@pytest.mark.parametrize(("parameters", "arrays"), [("leti_hfo2_130nm", 1), ("leti_hfo2_130nm", 2), ("ideal", 1)])
def test_blocks_at_once_and_one_by_one(parameters: str, arrays: int) -> None:
    at_once, apart = written(parameters, arrays), CrossbarWrapper(written(parameters, arrays))
    assert isinstance(at_once, MultipliesPairs)
    assert not isinstance(apart, MultipliesPairs)
    head = head_on(at_once)
    assert len(head.placement.blocks_of_layer[1].numbers) > 1
    for layer, (inputs, outputs) in enumerate(SHAPES):
        asked = torch.randn(3, 7, inputs, generator=torch.Generator().manual_seed(layer))
        answer = head.multiply(at_once, layer, asked)
        assert answer.shape == (3, 7, outputs)
        assert torch.equal(answer, head.multiply(apart, layer, asked))
    for ours, theirs in zip(vars(at_once.meter()).values(), vars(apart.meter()).values(), strict=True):
        assert torch.equal(ours, theirs)
    assert torch.equal(at_once.read(torch.arange(9)), apart.read(torch.arange(9)))
