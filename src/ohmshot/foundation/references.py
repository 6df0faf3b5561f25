"""The works that numbers, methods and data come from: `references.bib`, by citation key or DOI."""

import functools
import importlib.resources
from collections.abc import Iterable

from bibtexparser.entrypoint import parse_string, write_string
from bibtexparser.library import Library
from bibtexparser.model import Entry

from ohmshot.foundation.errors import CitationError

UNLISTED = "doi:"
"""A work that `references.bib` does not hold is cited by this and its DOI."""
_NO_BRACES = str.maketrans("", "", "{}")


def citation_keys(*groups: Iterable[str]) -> tuple[str, ...]:
    """Return citation keys, each once, in the order of first mention.

    Args:
        groups: citation keys or DOIs; a DOI becomes the key of its entry, or ``doi:...`` where there is none.

    Raises:
        CitationError: neither a key of `references.bib` nor a DOI.
    """
    return tuple(dict.fromkeys(_key(name) for group in groups for name in group))


def bibtex(keys: Iterable[str]) -> str:
    """Return the BibTeX of works, each once; see `citation_keys` for what names them.

    Raises:
        CitationError: an unknown key.
    """
    entries = [_entry(key) for key in citation_keys(keys)]
    return write_string(Library([*entries])) if entries else ""


def one_line(key: str) -> str:
    """Return a work as a list of references shows it: authors, title, where, year, DOI, reservations."""
    entry = _entry(citation_keys([key])[0])
    fields = {name: str(field.value).translate(_NO_BRACES) for name, field in entry.fields_dict.items()}
    where = next((fields[name] for name in ("journal", "booktitle", "howpublished") if name in fields), "")
    numbers = ", ".join(fields[name] for name in ("volume", "pages") if name in fields).replace("--", "–")
    year = f"({fields['year']})" if "year" in fields else ""
    doi = f"doi:{fields['doi']}" if "doi" in fields else ""
    placed = " ".join(filter(None, (where, numbers, year)))
    said = ", ".join(filter(None, (_authors(fields.get("author", "")), fields.get("title", ""), placed, doi)))
    return f"{said}. {fields['note']}." if "note" in fields else f"{said}."


@functools.cache
def known_references() -> dict[str, Entry]:
    """Entries of `references.bib` by key."""
    text = (importlib.resources.files("ohmshot.foundation") / "references.bib").read_text("utf-8")
    library = parse_string(text)
    if library.failed_blocks:
        raise CitationError(f"references.bib is damaged at line {library.failed_blocks[0].start_line}.")
    return dict(library.entries_dict)


@functools.cache
def _keys_by_doi() -> dict[str, str]:
    entries = known_references().items()
    return {str(entry["doi"]).lower(): key for key, entry in entries if "doi" in entry.fields_dict}


def _key(name: str) -> str:
    if name in known_references():
        return name
    doi = name.removeprefix(UNLISTED).removeprefix("https://doi.org/").strip()
    if not doi.startswith("10."):
        raise CitationError(f"'{name}' is neither a citation key of ohmshot's references nor a DOI.")
    return _keys_by_doi().get(doi.lower(), UNLISTED + doi)


def _entry(key: str) -> Entry:
    if key in known_references():
        return known_references()[key]
    doi = key.removeprefix(UNLISTED)
    text = f"@misc{{{key},\n  doi = {{{doi}}},\n  note = {{Not in ohmshot's references}}\n}}"
    return parse_string(text).entries[0]


def _authors(field: str) -> str:
    """Return up to three surnames, then "et al."."""
    names = [name.split(",")[0].strip() for name in field.split(" and ")]
    shown = [name for name in names if name != "others"][:3]
    return ", ".join(shown) + (" et al." if len(shown) < len(names) else "")
