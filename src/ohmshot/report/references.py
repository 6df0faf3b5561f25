"""The references that every page ends with."""

from collections.abc import Sequence

import jinja2

from ohmshot.foundation.references import bibtex, one_line


def page_environment() -> jinja2.Environment:
    """Return the environment of all pages; a template ends with ``{{ references(result.citations) }}``."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("ohmshot.report"), autoescape=True, undefined=jinja2.StrictUndefined
    )
    environment.filters["one_line"] = one_line
    environment.filters["bibtex"] = bibtex
    # The macro, as a function: a page needs no import to end with its references.
    environment.globals["references"] = environment.get_template("references.html").make_module().references  # type: ignore[attr-defined]
    return environment


def references_section(citations: Sequence[str]) -> str:
    """Return the section as HTML, for a page that is put together without a template.

    Args:
        citations: citation keys, see `ohmshot.foundation.references`.
    """
    return page_environment().from_string("{{ references(citations) }}").render(citations=citations)
