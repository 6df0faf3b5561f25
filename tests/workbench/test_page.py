import io
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browser import CHROMIUM, FLAGS, Strokes, draw, learned, opened, served, strokes_of
from PIL import Image

sync_api = pytest.importorskip("playwright.sync_api")

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not CHROMIUM.exists(), reason="needs /usr/bin/chromium")]
OMNIGLOT = Path(os.environ.get("OHMSHOT_DATA", "")) / "omniglot" / "images_evaluation.zip"
VIEWS = ("teach", "time", "engineer", "study")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with served() as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Any, address: str) -> Iterator[Any]:
    page = opened(browser, address)
    yield page
    assert not page.wrong
    page.context.close()


def from_source(page: Any, source: str = "invented") -> None:
    page.select_option("#source", source)
    page.click("#fetch")
    page.locator(".class canvas").nth(24).wait_for(timeout=60_000)


def test_the_map_shows_exactly_the_cells_that_were_written(page: Any) -> None:
    from_source(page)
    right, of = learned(page)
    assert right >= 0.95 * of
    lit = {int(cell) for cell in (page.locator("#map canvas").get_attribute("data-lit") or "").split()}
    task = page.evaluate(
        "JSON.parse(localStorage.getItem(Object.keys(localStorage).find((k) => k.includes('drawings'))))"
    )
    assert lit == written_by_the_library(task)


def written_by_the_library(task: dict[str, Any]) -> set[int]:
    """Cells that get a SET or RESET pulse in the last update, counted by the chip's recorder without the page."""
    from ohmshot.workbench.bench import teach
    from ohmshot.workbench.settings import BenchSettings, Technologies, fresh_chip
    from ohmshot.workbench.shared import Workbench
    from ohmshot.workbench.task import GivenTask, bench_task

    classes = [{key: each[key] for key in ("name", "examples", "queries")} for each in task["classes"]]
    given = bench_task(GivenTask.model_validate({"classes": classes}), Workbench().bundle("characters"))
    settings = BenchSettings()
    chip = fresh_chip(settings, Technologies().named(settings.technology), given.bundle)
    rounds = teach(chip, settings, given).rounds[-1]
    return {int(cell) for each in rounds for cells in (each.set, each.reset) for cell in cells}


def omniglot_task(seed: int) -> list[tuple[str, list[Strokes]]]:
    """Five evaluation characters, ten drawings of each as strokes."""
    dice = np.random.default_rng(seed)
    with zipfile.ZipFile(OMNIGLOT) as archive:
        names = sorted(name for name in archive.namelist() if name.endswith(".png"))
        folders = sorted({name.rsplit("/", 1)[0] for name in names})
        task = []
        for folder in dice.choice(folders, 5, replace=False):
            drawings = [name for name in names if name.startswith(f"{folder}/")]
            inks = [~np.array(Image.open(io.BytesIO(archive.read(name))).convert("1")) for name in drawings[:10]]
            task.append((folder.split("/", 1)[1].replace("/", " "), [strokes_of(ink) for ink in inks]))
    return task


@pytest.mark.skipif(not OMNIGLOT.exists(), reason="needs Omniglot's evaluation drawings (OHMSHOT_DATA)")
def test_drawn_with_the_mouse_19_of_20_new_drawings_are_right(browser: Any, address: str) -> None:
    right = asked = 0
    for seed in range(2):
        page = opened(browser, address, viewport={"width": 1280, "height": 1000})  # the whole pad is in sight
        page.click("#start-anew")
        task = omniglot_task(seed)
        while page.locator(".class input").count() < 5:
            page.click("#add")
        for number, (name, drawings) in enumerate(task):
            page.locator(".class input").nth(number).fill(name)
            page.locator(".class input").nth(number).focus()
            for strokes in drawings[:5]:
                kept = page.locator(".class canvas").count()
                draw(page, "#pad", strokes)
                page.click("#keep")
                page.locator(".class canvas").nth(kept).wait_for(timeout=20_000)
        page.uncheck("#animate")
        page.click("#learn")
        page.locator("#steps tr").nth(5).wait_for(timeout=120_000)
        for name, drawings in task:
            for strokes in drawings[5:]:
                page.locator("#try-pad").focus()
                page.evaluate("document.querySelector('#bars').dataset.best = ''")
                draw(page, "#try-pad", strokes)
                page.wait_for_timeout(150)
                page.locator("#bars:not([data-best=''])").wait_for(timeout=20_000)
                right += page.locator("#bars").get_attribute("data-best") == name
                asked += 1
                page.click("#try-clear")
        assert not [line for line in page.wrong if "400" not in line]  # a stroke's first dot is refused as no drawing
        page.context.close()
    assert asked == 50
    assert right >= 0.95 * asked


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_on_any_view(browser: Any, address: str, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = opened(browser, address, color_scheme=scheme, bypass_csp=True, reduced_motion="reduce")  # axe goes into it
    from_source(page)
    learned(page)
    for view in VIEWS:
        page.click(f"#tab-{view}")
        found = axe.run(page).response["violations"]
        serious = [
            (each["id"], each["nodes"][0]["html"]) for each in found if each["impact"] in ("serious", "critical")
        ]
        assert not serious, view
    page.context.close()


def test_tour_and_views_by_keyboard_alone(page: Any) -> None:
    page.focus("#tour-start")
    page.keyboard.press("Enter")
    page.locator("#tour").wait_for()
    for _ in range(6):
        page.focus("#tour-next")
        page.keyboard.press("Enter")
    assert page.locator("#tour").is_hidden()
    page.focus("#fetch")
    page.keyboard.press("Enter")
    page.locator(".class canvas").nth(24).wait_for(timeout=60_000)
    page.focus("#learn")
    page.keyboard.press("Enter")
    page.locator("#steps tr").nth(5).wait_for(timeout=120_000)
    page.focus("#tab-teach")
    for view in VIEWS[1:]:
        page.keyboard.press("ArrowRight")
        page.locator(f"#view-{view}").wait_for()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    for button in ("#bake", "#repair", "#wear", "#break", "#undo"):
        before = page.locator("#history li").count()
        page.focus(button)
        page.keyboard.press("Enter")
        sync_api.expect(page.locator("#history li")).not_to_have_count(before, timeout=30_000)


def test_a_link_restores_settings_and_what_was_done(browser: Any, address: str, page: Any) -> None:
    from_source(page)
    learned(page)
    page.click("#tab-time")
    page.click("#bake")
    page.locator("#history li", has_text="baked").wait_for(timeout=30_000)
    link = page.url
    assert "did=bake" in link
    other = opened(browser, link)
    other.locator("#history li", has_text="baked").wait_for(timeout=60_000)
    assert other.locator("#map canvas").count() == 1
    other.context.close()


def test_a_server_that_was_killed_and_started_again_loses_no_drawing(browser: Any) -> None:
    with served() as first:
        port = first.rstrip("/").rsplit(":", 1)[1]
        page = opened(browser, first)
        from_source(page)
    page.wait_for_timeout(300)
    page.click("#learn")
    sync_api.expect(page.locator("#word-text")).not_to_be_empty(timeout=20_000)
    with served("--port", port):
        page.reload()
        page.wait_for_selector("html[data-ready=yes]", timeout=60_000)
        assert page.locator(".class canvas").count() == 25
        right, of = learned(page)
        assert right >= 0.9 * of
    page.context.close()


def test_a_file_that_lies_about_its_kind_is_told(page: Any, tmp_path: Path) -> None:
    lie = tmp_path / "cat.png"
    lie.write_bytes(b"%PDF-1.4 this is no picture")
    page.set_input_files("#files", str(lie))
    page.locator("#word", has_text="of the kind PDF, which is not read here").wait_for(timeout=20_000)
    refused = [line for line in page.wrong if "400" in line]  # Chromium writes every refused request to its console
    page.wrong = [line for line in page.wrong if line not in refused]
    assert len(refused) == 1
