"""Bundles behind a person's own features or network, without any data: the nearest mean as the start of learning."""

from dataclasses import replace
from pathlib import Path
from typing import Literal

import torch
from pydantic import ValidationError
from torch import nn

import ohmshot
from ohmshot.bundle.bundle import Bundle
from ohmshot.bundle.graph import described, graph_bytes
from ohmshot.bundle.hand_made import HAND_MADE, decaying_rates, identity_head
from ohmshot.bundle.header import (
    BundleHeader,
    ConductanceMapping,
    DrawingPreprocessing,
    FeaturePreprocessing,
    ImagePreprocessing,
    NetworkShape,
    Preprocessing,
    Provenance,
    SignalPreprocessing,
)
from ohmshot.bundle.preprocess import network_input
from ohmshot.bundle.standard import INPUT_FULL_SCALE
from ohmshot.foundation.errors import BundleError, SettingsError

FIRST_RATE, DECAY = 0.7, 0.5
"""Rate of the first update for five ways, and the share of it that the later ones have."""
FULL_SCALE = 0.3
"""Weight of the last layer at the widest conductance difference of all its pairs."""
FULL_SCALE_BEFORE = 1.0
"""The same of the layers before, which hold an identity."""
FEATURES_OF_ONE_SIZE = 32
"""With fewer features than this, weights and rates of the last layer are larger by as much. A logit is a sum over
features, so that with few of them and small weights the softmax stays flat, and the updates after the first one
correct nothing. Chosen from 0 to 256 with exact weights on scikit-learn's iris, wine, breast cancer and digits, whole
or by 2 to 19 principal components: at 32 five updates are within a point of the nearest mean or above it, but for two
components of digits."""
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
    (tests/bundle/test_for_features.py). With fewer features rates and scales grow (`FEATURES_OF_ONE_SIZE`); let
    `ohmshot.bundle_from` choose them on your data where you have some.

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
    larger = max(1.0, FEATURES_OF_ONE_SIZE / features) if features > 0 else 1.0
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
            rates=tuple(map(tuple, decaying_rates(larger * FIRST_RATE * ways / WAYS, DECAY, updates, layers).tolist())),
            standard="support",
            mapping=ConductanceMapping(
                weight_full_scale=(*[FULL_SCALE_BEFORE] * (layers - 1), larger * FULL_SCALE),
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


def bundle_behind(
    backbone: str | Path | nn.Module,
    kind: Literal["drawing", "signal", "emg", "motion", "speech", "features", "image"],
    shape: tuple[int, ...],
    ways: int = WAYS,
    *,
    hidden: tuple[int, ...] = (),
    copies: int = 2,
    updates: int = 5,
    unit_length: bool = True,
    name: str = "own backbone",
) -> Bundle:
    """Return a bundle whose fixed part is a network of your own; its head and rates are those of `bundle_for`.

    Args:
        backbone: an ONNX file or a module of torch, see `ohmshot.bundle_from`.
        kind: what the examples are (`ohmshot.data.examples.Examples.kind`).
        shape: shape of one example.
        ways: classes to tell apart.
        hidden: as in `bundle_for`, like all that follows.
        copies: pairs of cells that carry a weight together.
        updates: gradient steps of one adaptation.
        unit_length: whether each feature vector is brought to the same length.
        name: what reports call it.

    Raises:
        BundleError: a graph that is refused (`ohmshot.bundle.graph`), or that takes other examples.
        SettingsError: a number is too small.
    """
    preprocessing = _as_given(kind, shape)
    channels, height, width = network_input(torch.zeros(shape), preprocessing).shape
    of_module = {"features": (channels,), "drawing": (channels, height, width), "image": (channels, height, width)}
    content = graph_bytes(backbone, of_module.get(kind, (channels, width)))
    source = str(backbone) if isinstance(backbone, str | Path) else f"the module {type(backbone).__name__}"
    graph, features = described(content, source)
    wanted = (channels, height, width)
    if _without_ones(graph.shape) != _without_ones(wanted) or (graph.dtype == "uint8" and kind != "drawing"):
        raise BundleError(
            f"The graph of {source} takes {graph.dtype} of shape {list(graph.shape)} for each example; the examples "
            f"are of the kind '{kind}' and shape {list(shape)}. Give examples that it was made for."
        )
    bundle = bundle_for(
        features, ways, hidden=hidden, copies=copies, updates=updates, unit_length=unit_length, name=name
    )
    network = bundle.header.network.model_copy(update={"input": wanted, "graph": graph})
    header = bundle.header.model_copy(update={"network": network, "preprocessing": preprocessing})
    return replace(bundle, header=header, graph=content)


def _as_given(kind: str, shape: tuple[int, ...]) -> Preprocessing:
    """Preprocessing that changes nothing; ink becomes a number from 0 to 1."""
    match kind:
        case "drawing":
            return DrawingPreprocessing()
        case "features":
            return FeaturePreprocessing(features=shape[0])
        case "image":
            return ImagePreprocessing()
        case _:
            return SignalPreprocessing(mean=(0.0,) * shape[0], scale=(1.0,) * shape[0])


def _without_ones(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(size for size in shape if size > 1)
