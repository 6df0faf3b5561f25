"""A network of one's own, trained in software, on 20 chips: what levels cost, what a bake takes, what training mends.

    python benchmarks/own_network.py [--chips 20] [--seed 0]

64-32-10 on scikit-learn's digits (8 x 8 pixels, split at random in 1,200 to train on and 597 to test with). Both layers
lie on the chips. After the bake the gain and offset of every column are measured again, then the layers are trained on
the chips by SGD of PyTorch, one write of what moved after every batch. Prints Markdown: accuracy in per cent, mean of
the chips, with the half width of its 95 % interval over chips; `plain` is without gain and offset of the columns.
"""

import argparse
import copy
import math

import torch
from sklearn.datasets import load_digits
from torch import Tensor, nn

import ohmshot as oh

TRAINING = 1200


def main() -> None:
    """Measure and print the table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--chips", type=int, default=20)
    options.add_argument("--seed", type=int, default=0)
    given = options.parse_args()
    pixels, labels = (torch.tensor(part) for part in load_digits(return_X_y=True))
    inputs = pixels.float() / 16
    order = torch.randperm(len(inputs), generator=torch.Generator().manual_seed(given.seed))
    train, test = order[:TRAINING], order[TRAINING:]

    def trained(model: nn.Module, rate: float, epochs: int, chips: int) -> None:
        optimiser = torch.optim.SGD(model.parameters(), lr=rate, momentum=0.9)
        for batch in torch.split(train.repeat(epochs), 100):
            optimiser.zero_grad()
            answers = model(inputs[batch]).flatten(0, -2)
            nn.functional.cross_entropy(answers, labels[batch].repeat(chips)).backward()
            optimiser.step()
            if isinstance(model, oh.nn.OnChip):
                model.program()

    def right(answers: Tensor) -> str:
        each = 100 * (answers.argmax(-1) == labels[test]).double().mean(-1)
        return f"{each.mean():.1f}" + (f" ± {1.96 * each.std() / math.sqrt(len(each)):.1f}" if each.dim() else "")

    torch.manual_seed(given.seed)
    network = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
    trained(network, 0.1, 20, 1)
    print(
        "| pairs a weight | software | plain | on the chip | after 12 h at 150 °C | corrected | trained "
        "| writes a cell | uJ |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for copies in (1, 2):
        chips = oh.SimulatedChips(chips=given.chips, seed=given.seed, arrays=3 * copies)
        model = oh.nn.on_chip(network, chips, examples=inputs[train], copies=copies)
        plain = copy.deepcopy(model)
        for layer in plain.layers.values():
            layer.output_gain.fill_(1.0)
            layer.output_offset.zero_()
        cells = [right(answered(inputs[test])) for answered in (network, plain, model)]
        chips.wait(12 * 3600, 150.0)
        cells.append(right(model(inputs[test])))
        model.correct(inputs[train])
        cells.append(right(model(inputs[test])))
        before, worn = model.cost(), model.wear()
        trained(model, 0.05, 3, given.chips)
        spent = model.cost() - before
        cells += [right(model(inputs[test])), f"{(model.wear() - worn).double().mean():.2f}"]
        print(f"| {copies} | {' | '.join(cells)} | {float(spent.joules.mean()) * 1e6:.1f} |", flush=True)


if __name__ == "__main__":
    main()
