"""Your features and five examples.

Any network of yours can be the fixed part: its features are all that the chip sees. Here a small network learns to
tell six digits apart in software; the four others are then learned by chips from five examples of each. (Six classes
are few to learn features from, and raw pixels do as well. It is the way that counts: any array of features will do.)
"""

import torch
from sklearn.datasets import load_digits
from torch import nn

import ohmshot as oh

torch.manual_seed(0)
digits = load_digits()
x, y = torch.tensor(digits.data / 16, dtype=torch.float32), torch.tensor(digits.target)
known, new = y < 6, y >= 6

# 1. Your network, trained on what you have. What it computes before its last layer are the features.
embedding = nn.Sequential(
    *(nn.Unflatten(1, (1, 8, 8)), nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
    *(nn.Conv2d(16, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
)
network = nn.Sequential(embedding, nn.Linear(64, 6))
optimiser = torch.optim.Adam(network.parameters(), lr=5e-3)
for _ in range(150):
    optimiser.zero_grad()
    nn.functional.cross_entropy(network(x[known]), y[known]).backward()
    optimiser.step()
with torch.no_grad():
    features, labels = embedding(x[new]), y[new] - 6

# 2. Five examples of each new class to learn from, all others to be judged by.
support = torch.cat([(labels == way).nonzero().flatten()[:5] for way in range(4)])
query = torch.ones(len(labels), dtype=torch.bool)
query[support] = False

# 3. A head for 64 features and 4 ways, on ten different chips.
result = oh.adapt(
    oh.bundle_for(features=64, ways=4),
    features[support],
    labels[support],
    query=(features[query], labels[query]),
    chips=10,
    bake=oh.Bake(hours=12, celsius=150),
)
print(result)
print(f"{100 * result.accuracy_nearest_mean.mean():.1f} % by the nearest mean of the same features, in software")
print(f"{result.cells_written.sum(1).double().mean():.0f} cells written in five updates")
