"""One self-contained HTML page for the fit of a wafer."""

from ohmshot.characterisation.fit import WaferFit
from ohmshot.foundation.references import citation_keys
from ohmshot.plot.style import svg
from ohmshot.report.fit_figures import fit_figures
from ohmshot.report.references import page_environment


def fit_page(fit: WaferFit, name: str, source: str) -> str:
    """Return the page.

    Args:
        fit: of the wafer.
        name: of the new parameter set.
        source: names the measurements.
    """
    template = page_environment().get_template("fit.html")
    return template.render(
        name=name,
        source=source,
        base=fit.base.information,
        missing=fit.missing,
        experiments=list(fit.experiments.values()),
        rows=fit_rows(fit),
        figures=[{"svg": svg(each.figure), "caption": each.caption} for each in fit_figures(fit)],
        citations=citation_keys(fit.base.citations),
    )


def fit_rows(fit: WaferFit) -> list[dict[str, str]]:
    """Fitted and derived rows as text: name, unit, fitted value, its interval, the base's value, and how."""
    return [
        {
            "name": name,
            "unit": fit.base.quantities[name].unit.replace("1", ""),
            "value": _numbers(row.value),
            "interval": ", ".join(f"{low:.4g} to {high:.4g}" for low, high in row.interval or ()),
            "base": _numbers(fit.base.quantities[name].value),
            "status": row.status,
            "note": row.note,
        }
        for name, row in fit.rows.items()
    ]


def _numbers(value: float | tuple[float, ...]) -> str:
    return ", ".join(f"{each:.4g}" for each in (value if isinstance(value, tuple) else (value,)))
