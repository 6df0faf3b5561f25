import pytest

from ohmshot.foundation.errors import CitationError
from ohmshot.foundation.references import bibtex, citation_keys, known_references, one_line


def test_every_entry_says_where_it_was_checked_and_can_be_shown() -> None:
    for key, entry in known_references().items():
        fields = entry.fields_dict
        assert {"author", "title", "year", "checked"} <= set(fields), key
        assert str(entry["year"]) in one_line(key)
        assert "{" not in one_line(key)


def test_a_doi_finds_its_entry_whatever_its_case_and_each_work_is_cited_once() -> None:
    keys = citation_keys(["10.1038/S41586-022-04992-8"], ["wan2022neurram", "https://doi.org/10.1126/science.aab3050"])
    assert keys == ("wan2022neurram", "lake2015omniglot")
    assert bibtex(keys).count("@article") == 2


def test_a_work_of_ones_own_is_cited_by_its_doi() -> None:
    assert citation_keys(["10.9999/mine"]) == ("doi:10.9999/mine",)
    assert "doi = {10.9999/mine}" in bibtex(["doi:10.9999/mine"])


def test_what_is_neither_key_nor_doi_is_refused_by_name() -> None:
    with pytest.raises(CitationError, match="'nonsense'"):
        citation_keys(["nonsense"])


def test_no_citation_is_no_bibtex() -> None:
    assert bibtex([]) == ""
