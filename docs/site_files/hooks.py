"""Pages of the site that are made from other files: home page, tutorials, API reference.

- The home page is README.md, the pages "Changelog" and "Contributing" are those files.
- A tutorial is a numbered file of examples/: its docstring, then its code.
- The API reference has one page for each room with public names: what `src/ohmshot/__init__.pyi` lists, so that a new
  public name is on the site without a further line anywhere.

Relative links are written for the code host, where all of these are files; here they are pointed at the pages.
"""

import ast
import posixpath
import re
from collections.abc import Iterator
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "ohmshot"
COPIES = {"README.md": "index.md", "CHANGELOG.md": "changelog.md", "CONTRIBUTING.md": "contributing.md"}
"""Pages that stand at the root of the repository."""

TITLES = {
    "adapt": "Adaptations",
    "chip": "Chips",
    "nn": "Layers of your network",
    "bundle": "Bundles",
    "study": "Bundles",
    "meta": "Bundles",
    "sklearn": "scikit-learn",
    "host": "The host",
    "data": "Data and tasks",
    "cell": "Cells",
    "api": "Loading, runs, figures",
    "foundation": "Errors",
}
"""Headings of the reference's pages, by room; a room that is not here has a page of its own name."""

LINK = re.compile(r"(?<=\]\()(?![a-z]+:|#|/)([^)#\s]+)")


def example_page(path: str) -> str:
    """Page of a numbered file of examples/: `examples/01_first.py` stands on `examples/01_first.md`."""
    return f"{path.removesuffix('.py')}.md"


def site_path(target: str) -> str:
    """Where a file of the repository stands on the site, relative to its root; a file that is no page is left alone."""
    if target in COPIES:
        return COPIES[target]
    if re.fullmatch(r"examples/\d\d_\w+\.py", target):
        return example_page(target)
    return target.removeprefix("docs/")


def pointed(markdown: str, written_in: str, shown_at: str) -> str:
    """Relative links of a file of the repository, for the page that shows it.

    Args:
        markdown: text.
        written_in: path of its file in the repository.
        shown_at: path of its page in the site.
    """

    def link(match: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(written_in), match[1]))
        return posixpath.relpath(site_path(target), posixpath.dirname(shown_at) or ".")

    return LINK.sub(link, markdown)


def tutorial(source: str) -> str:
    """Page of an example: the first line of its docstring as heading, the rest as text, then the code."""
    module = ast.parse(source)
    title, _, text = (ast.get_docstring(module) or "").partition("\n")
    code = "\n".join(source.splitlines()[module.body[0].end_lineno :]).strip()
    return f"---\nhide: [toc]\n---\n# {title.rstrip('.')}\n{text}\n\n```python\n{code}\n```\n"


def exported(module: Path) -> Iterator[tuple[str | None, str]]:
    """Public names of a package as (room, name), in the order of its stub.

    `from .room.module import Name` is a name of that room, `from . import name` a module (None) with names of its own.
    """
    for row in ast.parse((module / "__init__.pyi").read_text("utf-8")).body:
        if isinstance(row, ast.ImportFrom):
            for name in row.names:
                yield row.module and row.module.split(".")[0], name.asname or name.name


def names_of(module: str) -> list[str]:
    """Public names of a module: those of its stub where it is a package, else the classes and functions of its file."""
    if (PACKAGE / module).is_dir():
        return [name for _, name in exported(PACKAGE / module)]
    rows = ast.parse((PACKAGE / f"{module}.py").read_text("utf-8")).body
    defined = (row.name for row in rows if isinstance(row, ast.ClassDef | ast.FunctionDef))
    return [name for name in defined if not name.startswith("_")]


def public() -> dict[str, list[str]]:
    """Dotted public names by room."""
    rooms: dict[str, list[str]] = {}
    for room, name in exported(PACKAGE):
        names = [name] if room else [f"{name}.{inner}" for inner in names_of(name)]
        rooms.setdefault(room or name, []).extend(names)
    return rooms


def reference() -> dict[str, str]:
    """Pages of the API reference, their text by their path in the site: the list of all names, then title by title."""
    titles: dict[str, tuple[str, list[str]]] = {}
    order = list(TITLES)
    for room, names in sorted(
        public().items(), key=lambda each: order.index(each[0]) if each[0] in order else len(order)
    ):
        titles.setdefault(TITLES.get(room, room.capitalize()), (room, []))[1].extend(names)
    rows, pages = [], {}
    for title, (room, names) in titles.items():
        blocks = "\n\n".join(f"::: ohmshot.{name}" for name in names)
        pages[f"reference/{room}.md"] = f"# {title}\n\n{blocks}\n"
        rows.append(f"| [{title}]({room}.md) | {', '.join(f'[`oh.{name}`][ohmshot.{name}]' for name in names)} |")
    table = "\n".join(["| | public names |", "|---|---|", *rows])
    text = "Public is what stands here; anything else may change without notice.\n\n    import ohmshot as oh"
    return {"reference/index.md": f"# API reference\n\n{text}\n\n{table}\n"} | pages


def made() -> Iterator[tuple[str, str]]:
    """Every page that is made: (path in the site, text)."""
    for source, page in COPIES.items():
        yield page, pointed((ROOT / source).read_text("utf-8"), source, page)
    for path in sorted((ROOT / "examples").glob("[0-9][0-9]_*.py")):
        source = f"examples/{path.name}"
        yield example_page(source), pointed(tutorial(path.read_text("utf-8")), source, example_page(source))
    yield from reference().items()


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put the reference's pages into the navigation, behind the list of all names."""
    (section,) = [pages for part in config.nav or [] for name, pages in part.items() if name == "Reference"]
    place = section.index("reference/index.md")
    section[place : place + 1] = [{"API": list(reference())}]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the made pages, and the files that the theme asks for."""
    for page, text in made():
        files.append(File.generated(config, page, content=text))
    for name in ("extra.css", "favicon.svg", "iframe-worker.js"):
        files.append(File.generated(config, f"assets/{name}", abs_src_path=str(Path(__file__).parent / name)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Point the links of a page of docs/ at the site's pages."""
    source = page.file.src_uri
    return markdown if page.file.generated_by else pointed(markdown, f"docs/{source}", source)
