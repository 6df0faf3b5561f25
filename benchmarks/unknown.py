"""From which score, and below which value of it, a drawing is of no class that the chip has learned.

    python benchmarks/unknown.py               # with Omniglot: the choice, and what it gives on evaluation alphabets
    python benchmarks/unknown.py --episodes 50

The choice rests on mirror images of the background characters: the features were trained on all background
characters and their rotations, so mirror images are what is nearest to new classes without touching the evaluation
alphabets. Asked are drawings of the classes that were learned, and as many of as many other
classes. Prints Markdown; intervals are of 95 % over episodes.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from ohmshot.adapt.software import software_heads
from ohmshot.bundle import head as heads
from ohmshot.bundle.bundle import Bundle
from ohmshot.bundle.familiarity import familiarity, threshold_of
from ohmshot.bundle.file import default_bundle
from ohmshot.data.episodes import EpisodeShape, sample_episodes
from ohmshot.data.examples import Examples
from ohmshot.data.omniglot import load_omniglot
from ohmshot.foundation.randomness import generator
from ohmshot.foundation.statistics import half_interval

REFUSED = 0.05
QUERIES = 10
SHOTS = range(1, 6)

Scores = dict[str, tuple[Tensor, Tensor]]
"""By name of the score, of learned classes and of foreign ones, [episodes, asked] each."""


def scores_of(
    bundle: Bundle, features: Tensor, shape: EpisodeShape, classes: Examples, count: int, seed: int
) -> Scores:
    """Scores of drawings asked in episodes, from features [classes, drawings, features]."""
    twice = replace(shape, ways=2 * shape.ways)  # the second half of the classes is foreign
    episodes = sample_episodes(classes, twice, count, generator(seed, "unknown", f"{shape.ways}-{shape.shots}"))
    support = episodes.support(features).unflatten(1, (twice.ways, shape.shots))[:, : shape.ways]
    known, foreign = episodes.query(features).unflatten(1, (2, -1)).unbind(1)
    labels = torch.arange(shape.ways).repeat_interleave(shape.shots)
    bundle = bundle.for_ways(shape.ways)
    *_, head = software_heads(bundle, support.flatten(1, 2), labels)
    both = [_scores(support, heads.forward(head, asked).logits, asked) for asked in (known, foreign)]
    return {name: (both[0][name], both[1][name]) for name in both[0]}


def _scores(support: Tensor, logits: Tensor, asked: Tensor) -> dict[str, Tensor]:
    """Scores that are the larger the better an example is known."""
    shares, means = logits.softmax(-1), support.mean(2)
    first, second = logits.topk(2, -1).values.unbind(-1)
    away = torch.cdist(asked, means).square()
    near = away.topk(2, -1, largest=False).values
    centre = means.mean(1, keepdim=True)
    return {
        "largest share": shares.amax(-1),
        "margin of the logits": first - second,
        "minus entropy": (shares * shares.clamp_min(1e-30).log()).sum(-1),
        "largest logit": first,
        "log-sum-exp of the logits": logits.logsumexp(-1),
        "minus distance to the nearest example": -torch.cdist(asked, support.flatten(1, 2)).amin(-1),
        "minus distance to the nearest class mean": -near[..., 0],
        "minus that over the distance to the next": -near[..., 0] / near[..., 1],
        "cosine, from the centre of the classes": _cosine(asked - centre, means - centre),
        "cosine with the nearest class mean": _cosine(asked, means),
    }


def _cosine(asked: Tensor, means: Tensor) -> Tensor:
    return torch.stack([familiarity(one, other) for one, other in zip(asked, means, strict=True)])


def percent(shares: Tensor) -> str:
    """Mean over episodes of shares in them [episodes], with half its interval."""
    return f"{100 * float(shares.mean()):.1f} ± {half_interval(100 * shares):.1f}"


def below(scores: Tensor, threshold: float) -> Tensor:
    """Share below a threshold, [episodes]."""
    return (scores < threshold).double().mean(-1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--episodes", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--data", type=Path)
    given = parser.parse_args()
    bundle = default_bundle()
    background = load_omniglot("background", given.data)
    mirrored = replace(background, values=background.values.flip(-1))
    evaluated = load_omniglot("evaluation", given.data)
    seen = {"mirrored": bundle.features(mirrored.values), "evaluation": bundle.features(evaluated.values)}

    def scores(name: str, ways: int, shots: int) -> Scores:
        classes = mirrored if name == "mirrored" else evaluated
        return scores_of(bundle, seen[name], EpisodeShape(ways, shots, QUERIES), classes, given.episodes, given.seed)

    shapes = [(5, 5), (2, 5), (20, 5), (5, 1)]
    print("Foreign drawings refused where 5 % of the known ones are, %: mirrored background characters\n")
    print("| score |", " | ".join(f"{ways}-way {shots}-shot" for ways, shots in shapes), "| threshold, in this order |")
    print("|---" * (len(shapes) + 2) + "|")
    found = [scores("mirrored", *shape) for shape in shapes]
    for name in found[0]:
        limits = [float(each[name][0].flatten().quantile(REFUSED)) for each in found]
        cells = [f"{100 * float(below(each[name][1], at).mean()):.1f}" for each, at in zip(found, limits, strict=True)]
        print("|", name, "|", " | ".join(cells), "|", ", ".join(f"{at:.2f}" for at in limits), "|")
    chosen = "cosine with the nearest class mean"
    limits = [float(scores("mirrored", 5, shots)[chosen][0].flatten().quantile(REFUSED)) for shots in SHOTS]
    print(f"\nChosen: {chosen}, below", ", ".join(f"{limit:.3f}" for limit in limits), "for 1 to 5 examples.")
    print("In use:", ", ".join(f"{threshold_of(bundle, shots):.3f}" for shots in SHOTS))
    print("\nEvaluation alphabets with the thresholds in use, %\n")
    print("| ways | shots | known, but refused | foreign, and refused |\n|---|---|---|---|")
    for ways, shots in [(5, 5), (5, 3), (5, 1), (2, 5), (20, 5), (20, 1)]:
        known, foreign = scores("evaluation", ways, shots)[chosen]
        at = threshold_of(bundle, shots)
        assert at is not None
        print(f"| {ways} | {shots} | {percent(below(known, at))} | {percent(below(foreign, at))} |")


if __name__ == "__main__":
    main()
