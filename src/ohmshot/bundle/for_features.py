"""A bundle for features that a person computed, without any data: the nearest mean as the start of learning."""

import torch
from pydantic import ValidationError

import ohmshot
from ohmshot.bundle.bundle import Bundle
from ohmshot.bundle.hand_made import HAND_MADE, decaying_rates, identity_head
from ohmshot.bundle.header import BundleHeader, ConductanceMapping, FeaturePreprocessing, NetworkShape, Provenance
from ohmshot.bundle.standard import INPUT_FULL_SCALE
from ohmshot.foundation.errors import SettingsError

FIRST_RATE, DECAY = 0.7, 0.5
"""Rate of the first update for five ways, and the share of it that the later ones have."""
FULL_SCALE = 0.3
"""Weight of the last layer at the widest conductance difference of all its pairs."""
FULL_SCALE_BEFORE = 1.0
"""The same of the layers before, which hold an identity."""
WAYS = 5
"""Number of classes that `FIRST_RATE` is for; it grows with their number (`ohmshot.bundle.bundle.Bundle.for_ways`)."""


def bundle_for(
    features: int,
    ways: int = WAYS,
    *,
    hidden: tuple[int, ...] = (),
    copies: int = 2,
    updates: int = 5,
    unit_length: bool = True,
    name: str = "own features",
) -> Bundle:
    """Return a bundle without fixed layers, which learns from features that you computed.

    Its head is hand-made: the first update writes the class means, and five updates answer about as well as the nearest
    mean. Rates and full scales are those of the bundle `characters` that comes with the package (preset `default`),
    where they were chosen by held-out classes. They carry over, since the support set brings any features to mean 0 and
    root mean square 1 (`ohmshot.bundle.standard`), and the first update writes rate / ways x class mean, whatever the
    number of features. Checked with 5-way 5-shot tasks: on Gaussian clusters of 32 to 1,024 features and on the 64
    pixels of scikit-learn's digits, five exact updates lie within 1 point of the nearest mean, with one layer or two
    (tests/bundle/test_for_features.py); with 8 or 16 features 1 to 4 points below. With a handful (the 4 of the iris
    data) logits stay small and it is more: let `ohmshot.bundle_from` choose rates on your data.

    Args:
        features: numbers that describe one example.
        ways: classes to tell apart.
        hidden: widths of layers before the last one, none for a head of one layer. Where features should go through
            whole, the first has twice their number: it carries both signs.
        copies: pairs of cells that carry a weight together, in every layer: more of them average write errors out.
        updates: gradient steps of one adaptation.
        unit_length: whether each feature vector is brought to the same length first, as is usual with features of
            deep networks. Say False where there are few features, or where their length tells classes apart.
        name: what reports call it.

    Returns:
        A bundle for examples float32 [..., features, 1]. The same arguments give the same bundle, bit by bit.

    Raises:
        SettingsError: a number is too small.

    Examples:
        >>> import ohmshot as oh
        >>> bundle = oh.bundle_for(features=64, ways=5)
        >>> bundle.example_shape, [tuple(layer.shape) for layer in bundle.head]
        ((64, 1), [(65, 5)])
    """
    layers = len(hidden) + 1
    if updates < 1:
        raise SettingsError(f"{updates} updates learn nothing. Give at least 1.")
    try:
        header = BundleHeader(
            name=name,
            network=NetworkShape(
                input=(features, 1, 1),
                convolutions=(),
                features=features,
                unit_length=unit_length,
                hidden=hidden,
                ways=ways,
            ),
            preprocessing=FeaturePreprocessing(features=features),
            rates=tuple(map(tuple, decaying_rates(FIRST_RATE * ways / WAYS, DECAY, updates, layers).tolist())),
            standard="support",
            mapping=ConductanceMapping(
                weight_full_scale=(*[FULL_SCALE_BEFORE] * (layers - 1), FULL_SCALE),
                input_full_scale=(INPUT_FULL_SCALE,) * layers,
                copies=(copies,) * layers,
            ),
            provenance=Provenance(
                ohmshot_version=ohmshot.__version__,
                torch_version=torch.__version__.split("+")[0],
                created="",
                seed=0,
                training_data="none",
                settings={},
                metrics={},
                head=HAND_MADE,
            ),
        )
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise SettingsError(f"No bundle can have such a head: {where}: {first['msg']}.") from error
    return Bundle(header, (), identity_head(features, hidden, ways))
