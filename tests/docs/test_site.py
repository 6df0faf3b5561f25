"""The documentation site: built without a warning, complete, and asking nothing of another host."""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType

import pytest

import ohmshot as oh

pytest.importorskip("mkdocs", reason="the site needs the extra docs: make docs")

ROOT = Path(__file__).parents[2]
FOREIGN = re.compile(r"(?:https?:)?//", re.IGNORECASE)
LOADED = {
    "script": "src",
    "img": "src",
    "source": "src",
    "iframe": "src",
    "audio": "src",
    "video": "src",
    "object": "data",
}
"""Elements whose address a browser fetches by itself; those of `link` count too, unless they only name a page."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from mkdocs.commands.build import build
    from mkdocs.config import load_config

    folder = tmp_path_factory.mktemp("site")
    config = load_config(str(ROOT / "mkdocs.yml"), site_dir=str(folder))
    assert config.strict
    config.plugins.on_startup(command="build", dirty=False)
    build(config)  # strict: a warning ends it
    return folder


class Sources(HTMLParser):
    """What a page makes a browser fetch from another host, and what would make the theme's script do so."""

    def __init__(self) -> None:
        super().__init__()
        self.foreign: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        address = values.get(LOADED.get(tag, ""), "")
        if tag == "link" and not {"canonical", "prev", "next", "alternate"} & set(values.get("rel", "").split()):
            address = values.get("href", "")
        if FOREIGN.match(address) or "//" in values.get("srcset", "") or foreign_style(values.get("style", "")):
            self.foreign.append(f"{tag} {address}")
        # The theme's script fetches a library for diagrams, and figures of a repository from its host.
        if "mermaid" in values.get("class", "").split() or values.get("data-md-component") == "source":
            self.foreign.append(f"{tag} {values}")


def foreign_style(text: str) -> list[str]:
    return re.findall(r"(?:url\(\s*['\"]?|@import\s+['\"])(?:https?:)?//[^)'\"]+", text, re.IGNORECASE)


def foreign(page: str) -> list[str]:
    sources = Sources()
    sources.feed(page)
    return sources.foreign + foreign_style("".join(re.findall(r"<style.*?</style>", page, re.DOTALL)))


@pytest.mark.parametrize(
    "page",
    [
        '<script src="https://host.example/a.js"></script>',
        '<link rel="stylesheet" href="//host.example/a.css">',
        '<link rel="preconnect" href="https://host.example" crossorigin>',
        '<img src="http://host.example/a.png">',
        "<style>@import 'https://host.example/a.css';</style>",
        '<p style="background: url(https://host.example/a.png)">',
        '<pre class="mermaid"><code>graph</code></pre>',
    ],
)
def test_a_foreign_source_is_seen(page: str) -> None:
    assert foreign(page)


def test_a_link_that_a_person_follows_is_none() -> None:
    assert not foreign('<a href="https://host.example">there</a><img src="a.png"><link rel="icon" href="../a.svg">')


def test_no_page_asks_another_host(site: Path) -> None:
    pages = sorted(site.rglob("*.html"))
    assert len(pages) > 40
    found = {page.name: seen for page in pages if (seen := foreign(page.read_text("utf-8")))}
    styles = {style.name: seen for style in site.rglob("*.css") if (seen := foreign_style(style.read_text("utf-8")))}
    assert (found, styles) == ({}, {})


def public_names() -> Iterator[str]:
    for name in oh.__all__:
        value = getattr(oh, name)
        if isinstance(value, ModuleType):
            yield from (f"ohmshot.{name}.{inner}" for inner in getattr(value, "__all__", ()))
        else:
            yield f"ohmshot.{name}"


def test_every_public_name_is_in_the_reference(site: Path) -> None:
    text = "".join(page.read_text("utf-8") for page in (site / "reference").glob("*.html"))
    anchors = set(re.findall(r'\bid="(ohmshot\.[\w.]+)"', text))
    assert "ohmshot.SimulatedChips" in anchors
    assert [name for name in public_names() if name not in anchors] == []


def test_search_knows_pages_names_and_tutorials(site: Path) -> None:
    index = json.loads((site / "search" / "search_index.json").read_text("utf-8"))
    places = {entry["location"].split("#")[0] for entry in index["docs"]}
    made = {f"examples/{path.stem}.html" for path in (ROOT / "examples").glob("[0-9][0-9]_*.py")}
    own = {str(path.relative_to(ROOT / "docs").with_suffix(".html")) for path in (ROOT / "docs").rglob("*.md")}
    own = {re.sub(r"README\.html$", "index.html", place) for place in own}
    assert places >= made | own | {"index.html", "changelog.html", "reference/index.html", "reference/chip.html"}
    # Opened from disk, a page may not fetch the index: it is a script as well.
    assert (site / "search" / "search_index.js").read_text("utf-8").startswith("var __index = {")
