"""Which works a run rests on: parameter set, data, programming strategy, and how the bundle was trained."""

from collections.abc import Iterable
from pathlib import Path

from ohmshot.bundle.file import DEFAULT_ALGORITHM
from ohmshot.bundle.hand_made import HAND_MADE
from ohmshot.bundle.header import BundleHeader
from ohmshot.cell.parameter_set import ParameterSet
from ohmshot.foundation.errors import CitationError
from ohmshot.foundation.foreign_files import json_of, text_of
from ohmshot.foundation.references import citation_keys
from ohmshot.host.strategies.strategy import ProgrammingStrategy

DEMONSTRATION = ("pallo2025vlsi",)
"""The work that ohmshot reproduces: cited by everything that adapts a chip."""
CIRCUIT = ("bonnet2023uncertainty",)
"""Energy of a conversion (`ohmshot.chip.circuit`)."""
ALGORITHMS: dict[str, tuple[str, ...]] = {
    "maml": ("finn2017maml", "antoniou2019train", "raghu2020reuse"),
    "whole-network-maml": ("finn2017maml", "antoniou2019train"),
    "prototypical": ("snell2017prototypical",),
    "first-order-maml": ("finn2017maml", "nichol2018firstorder", "antoniou2019train"),
    "reptile": ("nichol2018firstorder",),
}
"""Outer loops by the name that a bundle's provenance gives as its ``algorithm``."""
INITIALISATION = ("snell2017prototypical", "triantafillou2020metadataset")
"""Prototypical warm-up of the convolutions; a head that begins as a nearest-mean classifier."""


def parameter_citations(parameters: ParameterSet) -> tuple[str, ...]:
    """Keys of the works that a parameter set rests on, those of single and borrowed rows included."""
    return citation_keys(parameters.citations)


def bundle_citations(header: BundleHeader) -> tuple[str, ...]:
    """Keys of the works that a bundle's training used; those of its algorithm only where that has made the head."""
    provenance = header.provenance
    data = ("lake2015omniglot",) if provenance.training_data.startswith("omniglot") else ()
    algorithm = str(provenance.settings.get("algorithm", DEFAULT_ALGORITHM))
    learned = () if provenance.head == HAND_MADE else ALGORITHMS.get(algorithm, ())
    return citation_keys(data, INITIALISATION, learned)


def run_citations(
    parameters: Iterable[ParameterSet] = (),
    data: Iterable[str] = (),
    strategies: Iterable[ProgrammingStrategy] = (),
    bundle: BundleHeader | None = None,
) -> tuple[str, ...]:
    """Keys of everything that a run used, each once; what every study writes into its result.

    Args:
        parameters: sets of the cell.
        data: `Examples.references` of the data evaluated on.
        strategies: programming strategies.
        bundle: header of the learned initialisation, where there is one.
    """
    return citation_keys(
        DEMONSTRATION,
        *(parameter_citations(each) for each in parameters),
        CIRCUIT,
        *(each.citations for each in strategies),
        bundle_citations(bundle) if bundle else (),
        data,
    )


def citations_in(path: Path) -> tuple[str, ...]:
    """Read the citation keys of a result that ohmshot wrote.

    Raises:
        CitationError: the file is missing, foreign, or carries no citations.
    """
    try:
        content = json_of(text_of(path))
    except OSError as error:
        raise CitationError(f"{path} cannot be read: {error.strerror}. Give a result that ohmshot wrote.") from error
    except ValueError as error:
        raise CitationError(f"{path} is not JSON. Give a result that ohmshot wrote, such as result.json.") from error
    if not isinstance(content, dict) or not str(content.get("format", "")).startswith("ohmshot-"):
        raise CitationError(f"{path} is no result of ohmshot: it has no format that begins with 'ohmshot-'.")
    keys = content.get("citations")
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise CitationError(f"{path} carries no list of citations. Run its study again with this version.")
    return citation_keys(keys)
