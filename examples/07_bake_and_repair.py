"""Bake and repair.

Cells relax and drift. Chips learn ten digits, are baked longer and longer, and lose answers. Then the host reads
every cell and gives pulses to those that lie farthest off: no example is needed, no class is learned again.
"""

import torch

import ohmshot as oh

FAR_OFF = 6.0  # uS between a cell and what it was written to; the levels lie 5 uS apart

bundle = oh.load_bundle()
task = oh.draw_tasks(oh.load_examples("digits"), oh.EpisodeShape(ways=10, shots=5, queries=15), tasks=8, seed=2)
result = oh.adapt(
    bundle, task.support, task.support_labels, query=(task.query, task.query_labels), chips=oh.SimulatedChips(chips=8)
)
learner, chips = result.learner, result.learner.crossbar
query = bundle.features(task.query)


def accuracy() -> float:
    answers = learner.forward(query).logits.argmax(-1)
    return float((answers == task.query_labels).double().mean())


def far_off() -> torch.Tensor:
    """Addresses of the cells, over all chips, that no longer hold what they were written to."""
    read = chips.read(torch.arange(chips.chips * chips.datasheet.cells))
    return ((read - learner.targets.flatten()).abs() > FAR_OFF).nonzero().flatten()


accuracies = [accuracy()]
print(f"just learned: {100 * accuracies[0]:.1f} %")
for hours in (12, 100, 400, 1600):
    oh.bake(chips, hours, celsius=150)
    print(
        f"{hours} h more at 150 °C: {100 * accuracy():.1f} %, {len(far_off()) / chips.chips:.0f} cells a chip far off"
    )

accuracies.append(accuracy())
before = chips.meter()
cells = far_off()
missed = learner.rewrite(cells)
cost = chips.meter() - before
accuracies.append(accuracy())
print(f"{len(cells) / chips.chips:.0f} cells a chip written anew, {len(missed)} missed: {100 * accuracies[-1]:.1f} %")
print(f"{cost.joules.mean() * 1e9:.0f} nJ a chip, where learning took {result.energy.mean() * 1e9:.0f} nJ")
