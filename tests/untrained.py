"""The provenance of a bundle that a test makes by hand."""

from ohmshot.bundle.header import Provenance

UNTRAINED = Provenance(
    ohmshot_version="0",
    torch_version="0",
    created="",
    seed=0,
    training_data="",
    settings={},
    metrics={},
    head="hand-made",
)
