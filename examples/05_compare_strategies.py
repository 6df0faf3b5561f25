"""Compare programming strategies.

The same ten chips learn ten digits, once with each way of writing cells: without looking, with reads and
further pulses until a cell is near its level, and mixtures. What one saves in pulses it may lose in accuracy after
a bake.
"""

import polars as pl

import ohmshot as oh

STRATEGIES = {name: oh.strategy(name) for name in ("single-shot-set", "iterative-set", "hybrid", "closed-loop")}
STRATEGIES["closed-loop, wider window"] = oh.strategy("closed-loop", tolerance=5.0)  # uS, in place of 2.5
CHIPS = 10

task = oh.draw_tasks(oh.load_examples("digits"), oh.EpisodeShape(ways=10, shots=5, queries=15), tasks=CHIPS, seed=1)
rows = []
for name, strategy in STRATEGIES.items():
    result = oh.adapt(
        oh.load_bundle(),
        task.support,
        task.support_labels,
        query=(task.query, task.query_labels),
        chips=oh.SimulatedChips(chips=CHIPS, seed=5),  # the same seed: the same chips
        strategy=strategy,
        bake=oh.Bake(hours=200, celsius=150),
    )
    rows.append(
        {
            "strategy": name,
            "right_percent": 100 * float(result.accuracy.mean()),
            "after_bake_percent": 100 * float(result.accuracy_after_bake.mean()),
            "pulses": float(result.cost.pulses.double().mean()),
            "energy_nj": 1e9 * float(result.energy.mean()),
            "cycles_of_most_worn_cell": int(result.learner.crossbar.wear().max()),
        }
    )

table = pl.DataFrame(rows).sort("energy_nj")
print(table)
