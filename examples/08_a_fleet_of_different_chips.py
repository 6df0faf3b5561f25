"""A fleet of different chips.

No two chips are alike: cells differ, some are stuck. Each chip of the fleet learns a task of its own and is baked.
How many are good enough, what does the worst one do, and does a chip's own health tell beforehand?
"""

import ohmshot as oh

run = oh.run_fleet(60, "digits", shape=oh.EpisodeShape(ways=5, shots=5, queries=15), required_accuracy=0.95, seed=0)

for name, share in run.result.yields.items():
    print(f"{name}: {100 * share.share:.0f} % of the chips reach {run.result.required_accuracy:.0%}")

# One row a chip: accuracy, energy, wear, cells that missed, and more.
table = run.to_polars()
print(table.columns)
columns = ["chip", "accuracy_adapted_percent", "accuracy_baked_percent", "cells_written", "most_cycles"]
print(table.select(columns).describe())
print(table.select(columns).sort("accuracy_baked_percent").head(3))  # the worst ones

# The figures of `ohmshot fleet`, as Matplotlib's:
print(list(run.figures()))
