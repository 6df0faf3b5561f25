"""A server and a browser for the tests of the page."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
Strokes = list[list[tuple[float, float]]]


@contextlib.contextmanager
def served(*options: str) -> Iterator[str]:
    """The address of a workbench in a process of its own."""
    command = [sys.executable, "-m", "ohmshot", "workbench", "--no-browser", *options]
    server = subprocess.Popen(command, env=dict(os.environ), stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        said = server.stdout.readline()
        while "open at" not in said:
            assert said, "the workbench ended"
            said = server.stdout.readline()
        yield said.split("open at ")[1].split()[0]
    finally:
        server.terminate()
        server.wait(10)


def opened(browser: Any, address: str, **context: Any) -> Any:
    """A page that is ready, without the tour that greets newcomers; what goes wrong in it is in `page.wrong`."""
    page = browser.new_context(**context).new_page()
    page.wrong = []
    page.on("pageerror", lambda error: page.wrong.append(str(error)))
    page.on("console", lambda message: page.wrong.append(message.text) if message.type == "error" else None)
    page.goto(address)
    page.wait_for_selector("html[data-ready=yes]", timeout=60_000)
    if page.locator("#tour").is_visible():
        page.keyboard.press("Escape")
    return page


def learned(page: Any) -> tuple[int, int]:
    """Press Learn without animation; right answers of how many after the last update."""
    page.uncheck("#animate")
    page.click("#learn")
    page.locator("#steps tr").nth(5).wait_for(timeout=120_000)
    right, of = page.locator("#steps tr").nth(5).locator("td, th").nth(1).inner_text().split("/")
    return int(right), int(of)


def draw(page: Any, pad: str, strokes: Strokes) -> None:
    """Draw strokes, points from 0 to 1, on a pad with the mouse."""
    page.locator(pad).scroll_into_view_if_needed()
    box = page.locator(pad).bounding_box()
    for stroke in strokes:
        places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
        page.mouse.move(*places[0])
        page.mouse.down()
        for place in places[1:] or places:
            page.mouse.move(*place)
        page.mouse.up()


def strokes_of(ink: NDArray[np.bool_]) -> Strokes:
    """The strokes of a drawing in one bit: its ridges followed from point to nearest point, points from 0 to 1."""
    depth = ndimage.distance_transform_edt(np.pad(ink, 1))[1:-1, 1:-1]
    ridge = ink & (depth >= ndimage.maximum_filter(depth, 3))
    left = [(int(x), int(y)) for y, x in np.argwhere(ridge)]
    strokes: list[list[tuple[int, int]]] = []
    while left:
        if not strokes or _apart(strokes[-1][-1], near := min(left, key=lambda one: _apart(one, strokes[-1][-1]))) > 4:
            strokes.append([left.pop(0)])
            continue
        left.remove(near)
        strokes[-1].append(near)
    return [[(x / ink.shape[1], y / ink.shape[0]) for x, y in stroke[::2]] for stroke in strokes if len(stroke) > 2]


def _apart(one: tuple[int, int], other: tuple[int, int]) -> float:
    return float(np.hypot(one[0] - other[0], one[1] - other[1]))
