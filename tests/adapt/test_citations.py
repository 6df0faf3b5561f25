from pathlib import Path

import pytest

from ohmshot.adapt import citations
from ohmshot.bundle.file import shipped_bundle
from ohmshot.cell.parameter_set import load_parameter_set, parameter_set_names
from ohmshot.data.digits import load_digits
from ohmshot.foundation.errors import CitationError
from ohmshot.foundation.references import known_references
from ohmshot.host.strategies.registry import strategy_named


def test_every_work_named_in_code_has_an_entry() -> None:
    named = {key for keys in citations.ALGORITHMS.values() for key in keys}
    named |= {*citations.DEMONSTRATION, *citations.CIRCUIT, *citations.INITIALISATION, *load_digits().references}
    assert named <= set(known_references())


@pytest.mark.parametrize("name", parameter_set_names())
def test_every_parameter_set_can_be_cited(name: str) -> None:
    parameters = load_parameter_set(name)
    assert len(citations.parameter_citations(parameters)) == len(set(parameters.citations))


def test_a_run_cites_what_it_used_and_no_more() -> None:
    leti, header = load_parameter_set("leti_hfo2_130nm"), shipped_bundle("four-convolutions").header
    keys = citations.run_citations([leti], load_digits().references, [strategy_named("hybrid")], header)
    assert {"wan2022neurram", "alpaydin1998digits", "lake2015omniglot", "pallo2025vlsi"} <= set(keys)
    assert {"snell2017prototypical", "triantafillou2020metadataset"} <= set(keys)
    without = citations.run_citations([load_parameter_set("ideal")], strategies=[strategy_named("single-shot-set")])
    assert not {"wan2022neurram", "alpaydin1998digits", "snell2017prototypical", "lake2015omniglot"} & set(without)


def test_an_algorithm_is_cited_only_where_it_has_made_the_head() -> None:
    header = shipped_bundle("four-convolutions").header

    def cited(head: str) -> set[str]:
        provenance = header.provenance.model_copy(update={"head": head})
        return set(citations.bundle_citations(header.model_copy(update={"provenance": provenance})))

    by_hand = {"lake2015omniglot", "snell2017prototypical", "triantafillou2020metadataset"}
    assert cited("hand-made") == by_hand
    assert cited("maml, 150 iterations") == by_hand | {"finn2017maml", "antoniou2019train", "raghu2020reuse"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read"),
        ("no json", "is not JSON"),
        ('{"format": "other"}', "is no result of ohmshot"),
        ("[]", "is no result of ohmshot"),
        ('{"format": "ohmshot-adaptation"}', "carries no list of citations"),
        ('{"format": "ohmshot-adaptation", "citations": ["unheard"]}', "'unheard'"),
    ],
)
def test_a_missing_or_foreign_file_is_refused(content: str | None, message: str, tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(CitationError, match=message):
        citations.citations_in(path)
