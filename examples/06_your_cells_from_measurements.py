"""Your cells from measurements.

A table of a wafer's measurements (here `wafer.csv` beside this file, from a simulated tester) becomes a parameter set
with intervals. Chips of these cells then do what any others do: what would this wafer change?
"""

import tempfile
from pathlib import Path

import ohmshot as oh

folder = Path(tempfile.mkdtemp())

# 1. Fit. What the table does not hold is the base's, and said to be.
measured = Path(__file__).with_name("wafer.csv")
cells = oh.fit_parameters(measured, folder / "lot7.toml", base="leti_hfo2_130nm", title="Lot 7")
for name in ("read_noise", "set_spread", "retention_loss"):
    row = cells.quantities[name]
    print(f"{name}: {row.value} {row.unit}, {row.status}: {row.source}")

# 2. The same task on chips of both technologies.
task = oh.draw_tasks(oh.load_examples("digits"), tasks=1, seed=4)
for technology in (folder / "lot7.toml", "leti_hfo2_130nm"):
    chips = oh.SimulatedChips(technology, chips=8, seed=0)
    query = task.query[0], task.query_labels
    result = oh.adapt(
        oh.load_bundle(), task.support[0], task.support_labels, query=query, chips=chips, bake=oh.Bake(12, 150)
    )
    print(chips.technology, result)

# A table of your own looks like this one; docs/fitting.md says what each column means.
print(oh.measure_wafer(folder / "a_tester_writes_this.csv", devices=2).head(3))
