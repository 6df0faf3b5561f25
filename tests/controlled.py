"""Controllers for tests: configured for the bundles of the package, on one simulated chip."""

import functools

import ohmshot as oh
from ohmshot.bundle.bundle import Bundle
from ohmshot.controller.arithmetic import ControllerArithmetic
from ohmshot.controller.array import ControllerArray
from ohmshot.controller.formats import WordLengths
from ohmshot.host.array import circuit_for


@functools.cache
def bundle_named(name: str) -> Bundle:
    if name == "first-layer":  # one whose first layer learns too
        made = oh.bundle_for(6, 5, hidden=(12,), copies=1)
        rates = tuple((0.1 * row[1], row[1]) for row in made.header.rates)
        return Bundle(made.header.model_copy(update={"rates": rates}), (), made.head)
    return oh.load_bundle(name)


def array_for(name: str, lengths: WordLengths | None = None) -> ControllerArray:
    bundle = bundle_named(name)
    sheet = oh.SimulatedChips(arrays=circuit_for(bundle).side_by_side).datasheet
    return ControllerArithmetic(lengths or WordLengths()).array(sheet, 1, bundle, "datasheet", "one-sided")
