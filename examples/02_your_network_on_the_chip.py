"""Your network on the chip.

A small network learns scikit-learn's digits in software. `on_chip` then puts its linear layers on crossbars:
weights become levels of cells, written pulse by pulse, and every multiply is one of currents, with the noise, lines
and converters of the chip. Five different chips answer at once.
"""

import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn

import ohmshot as oh

torch.manual_seed(0)
digits = load_digits()
x, y = torch.tensor(digits.data / 16, dtype=torch.float32), torch.tensor(digits.target)
x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.25, random_state=0, stratify=y)

# 1. Train as you always do.
network = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
optimiser = torch.optim.Adam(network.parameters(), lr=1e-2)
for _ in range(150):
    optimiser.zero_grad()
    nn.functional.cross_entropy(network(x_train), y_train).backward()
    optimiser.step()

# 2. Put it on five chips. Examples of its inputs choose the scales of weights and inputs, layer by layer.
model = oh.nn.on_chip(network, chips=5, examples=x_train[:200], copies=2).eval()
print(model.utilisation())
print(model.calibration)


# 3. Use it like any module: [batch, 64] in, [chips, batch, 10] out.
def accuracy(logits: torch.Tensor) -> torch.Tensor:
    return (logits.argmax(-1) == y_test).double().mean(-1)


software = accuracy(network(x_test))
chips = accuracy(model(x_test))
model.chips.wait(12 * 3600.0, 150.0)  # a bake
baked = accuracy(model(x_test))
print(f"in software {software:.3f}, on the chips {chips.mean():.3f} ({chips.min():.3f} to {chips.max():.3f})")
print(f"after 12 h at 150 °C {baked.mean():.3f}")

# 4. What it has cost so far, chip by chip.
cost = model.cost()
print(f"{cost.pulses.double().mean():.0f} pulses and {cost.joules.mean() * 1e6:.2f} uJ a chip")
