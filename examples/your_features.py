"""Your own features on a chip: a small network is trained in PyTorch, its 128 features go to a head on a chip.

The network sees ten invented alphabets. Then 20 different chips learn 5 characters each of ten other alphabets, from
five drawings of each.   python examples/your_features.py
"""

from torch import Tensor, arange, nn, optim

import ohmshot as oh

alphabets = oh.load_examples("invented")
known, new = alphabets.of_groups(range(10)), alphabets.of_groups(range(10, 20))
backbone = nn.Sequential(
    nn.Conv2d(1, 32, 5, 2), nn.ReLU(), nn.Conv2d(32, 64, 3, 2), nn.ReLU(), nn.Flatten(), nn.Linear(64 * 25, 128)
)


def features(drawings: Tensor) -> Tensor:
    return backbone(drawings.flatten(0, -3).unsqueeze(1) / 255).view(*drawings.shape[:-2], 128)


classifier = nn.Sequential(nn.ReLU(), nn.Linear(128, known.classes))
optimiser = optim.Adam([*backbone.parameters(), *classifier.parameters()], lr=2e-3)
for number in 8 * list(range(known.examples_per_class)):  # a batch has one drawing of every character
    loss = nn.functional.cross_entropy(classifier(features(known.values[:, number])), arange(known.classes))
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()

task = oh.draw_tasks(new, oh.EpisodeShape(ways=5, shots=5, queries=15), tasks=20)
support, query = features(task.support), (features(task.query), task.query_labels)
result = oh.adapt(oh.bundle_for(128), support, task.support_labels, query=query, chips=20, bake=oh.Bake(12, 150))
print(result, result.cost, sep="\n")
