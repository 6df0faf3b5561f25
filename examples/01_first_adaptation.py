"""First adaptation.

Four chips learn five digits that they have never seen, from five drawings of each. The fixed layers and the
initial weights of the head come from a bundle, learned beforehand on other alphabets; the chip makes five updates,
and each writes only the cells whose level moves. Then the chips are baked, to see what time will do.
"""

import ohmshot as oh

# 1. What the chip starts from, and what it is to learn.
bundle = oh.load_bundle()
task = oh.draw_tasks(oh.load_examples("digits"), oh.EpisodeShape(ways=5, shots=5, queries=15), tasks=4, seed=3)

# 2. Forming, the initial weights, five updates, queries after each, a bake.
result = oh.adapt(
    bundle,
    task.support,  # [4 chips, 25 drawings, 28, 28]: a task of its own for each chip
    task.support_labels,
    query=(task.query, task.query_labels),
    chips=oh.SimulatedChips("leti_hfo2_130nm", chips=4, seed=0),
    bake=oh.Bake(hours=12, celsius=150),
)

# 3. What came of it.
print(result)
print("right answers before, and after each update:", result.accuracy_by_update.mean(0))
print("with exact weights instead of cells:", result.accuracy_software.mean())
print("nearest mean of the examples, no learning at all:", result.accuracy_nearest_mean.mean())
print("after the bake:", result.accuracy_after_bake.mean())
print("cells written by each update:", result.cells_written.double().mean(0))
print("energy of the five updates in J:", result.energy.mean())

# 4. Every number by chip, as a table for Polars or pandas.
print(result.to_polars())
