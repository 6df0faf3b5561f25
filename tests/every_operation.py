import torch

from ohmshot.chip.crossbar import Crossbar


def use(crossbar: Crossbar) -> list[torch.Tensor]:
    """Every operation once; everything that a host can see of it."""
    cells = torch.arange(0, crossbar.chips * 2048, 3)
    crossbar.form(cells)
    crossbar.reset(cells, torch.full(cells.shape, 2.6))
    seen = [crossbar.read(cells)]
    crossbar.set(cells[:500], torch.linspace(1.4, 2.2, 500))
    crossbar.wait(43200.0 + 1 / 3, 150.0)
    crossbar.reset(cells[:5], torch.full((5,), 1.3))
    voltages = torch.linspace(-0.2, 0.2, crossbar.chips * 7 * 32).view(crossbar.chips, 7, 32)
    seen += [crossbar.read(cells), crossbar.multiply(voltages, slice(4, 60)), crossbar.wear()]
    meter = crossbar.meter()
    return [*seen, meter.counts, meter.energy_joules, meter.busy_seconds]
