"""Names of code and of files in README and docs: all exist, so that a rename cannot leave a page behind."""

import pkgutil
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
NO_NAMES = ("ohmshot.signature",)
"""Metadata of a bundle (docs/security.md)."""


def exists(name: str) -> bool:
    """Whether a dotted name leads to a module, or to something in one."""
    try:
        pkgutil.resolve_name(name)
    except (ImportError, AttributeError):
        return False
    return True


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_names_of_a_page_exist(page: Path) -> None:
    text = page.read_text("utf-8")
    names = set(re.findall(r"`(ohmshot(?:\.\w+)+)", text)) - set(NO_NAMES)
    assert [name for name in sorted(names) if not exists(name)] == []
    # Files that the page tells a reader to write stand behind the first line of their text.
    written = {f"src/ohmshot/{path}" for path in re.findall(r"^```python (\S+)$", text, re.MULTILINE)}
    files = set(re.findall(r"`((?:src|tests|benchmarks|examples)/[\w./-]+\.\w+)", text)) - written
    assert [path for path in sorted(files) if not (ROOT / path).is_file()] == []
