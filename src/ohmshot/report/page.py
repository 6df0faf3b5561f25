"""The shape that all pages share: HTML with figures inside and the references at the end, or Markdown."""

from collections.abc import Sequence

import jinja2

from ohmshot.foundation.references import bibtex, one_line
from ohmshot.plot.style import svg


def render_page(template: str, citations: Sequence[str], **values: object) -> str:
    """Return a page.

    Args:
        template: name of a file in ``templates``; HTML extends ``page.html`` and has the macros of ``parts.html``.
        citations: citation keys, see `ohmshot.foundation.references`.
        values: what the template shows; figures as `ohmshot.plot.captioned.CaptionedFigure`.
    """
    return _environment().get_template(template).render(citations=citations, **values)


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("ohmshot.report"),
        autoescape=jinja2.select_autoescape(["html"]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"one_line": one_line, "bibtex": bibtex, "svg": svg}
    # The macros, as functions: a page needs no import to use them.
    environment.globals |= vars(environment.get_template("parts.html").make_module())
    return environment
