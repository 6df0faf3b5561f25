"""Train a layer in the array.

A `CrossbarLinear` is a module with a loop of your own around it: forward goes through the chip, backward through
exact weights on the host, any optimiser moves these, and `program` writes the cells whose level has moved, and no
others.
"""

import torch
from sklearn.datasets import load_digits
from torch import nn

import ohmshot as oh

torch.manual_seed(0)
digits = load_digits()
x, y = torch.tensor(digits.data / 16, dtype=torch.float32), torch.tensor(digits.target)
order = torch.randperm(len(x))
train, test = order[:300], order[300:]

layer = oh.nn.CrossbarLinear(64, 10, copies=2, weight_full_scale=2.0)
optimiser = torch.optim.Adam(layer.parameters(), lr=0.03)
layer.program()  # the first time: every cell of the layer


def accuracy() -> float:
    with torch.no_grad():
        return float((layer(x[test]).argmax(-1) == y[test]).double().mean())


history = [(0, accuracy(), 0, 0.0)]
for epoch in range(1, 9):
    cells, joules = 0, 0.0
    for batch in train[torch.randperm(len(train))].split(50):
        optimiser.zero_grad()
        nn.functional.cross_entropy(layer(x[batch]), y[batch]).backward()
        optimiser.step()
        written = layer.program()  # only cells whose level has moved
        cells, joules = cells + int(written.changed.sum()), joules + float(written.cost.joules.sum())
    history.append((epoch, accuracy(), cells, joules))

for epoch, right, cells, joules in history:
    print(f"epoch {epoch}: {100 * right:.1f} % right, {cells} cells written, {joules * 1e6:.2f} uJ of writing")

# How hard the cells were worked, and what the same weights would answer without a chip.
wear = layer.wear()
exact = float((layer.exact(x[test]).argmax(-1) == y[test]).double().mean())
print(f"the most worn cell has seen {int(wear.max())} SET/RESET cycles; exact weights: {100 * exact:.1f} %")
