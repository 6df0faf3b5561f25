"""A drawing on paper, photographed: what is seen is the drawing, whatever the light and whatever else is there."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw
from scipy import ndimage

from ohmshot.data.pictures import load_picture
from ohmshot.data.unlike_drawings import told_unlike, unlike_drawings
from ohmshot.foundation.errors import DataError

WIDTH, HEIGHT = 480, 360
FLAG = ((0.1, 1), (0.1, 0), (0.9, 0.1), (0.7, 0.35), (0.9, 0.6), (0.1, 0.5))


def flag(side: float = 150, left: float = 180, top: float = 110, pen: int = 9) -> np.ndarray:
    """Ink of a flag: 1 where there is any."""
    sheet = Image.new("L", (WIDTH, HEIGHT))
    path = [(left + side * x, top + side * y) for x, y in FLAG]
    ImageDraw.Draw(sheet).line(path, fill=255, width=pen, joint="curve")
    return np.asarray(sheet) / 255.0


def photo(path: Path, ink: np.ndarray, paper: object = 0.8, pen: object = 0.15, light: object = 1.0) -> Path:
    """Ink on paper (grey, colours or a whole sheet) under a light, with noise, as JPEG."""
    noise = np.random.default_rng(0).normal(0, 0.012, (HEIGHT, WIDTH, 3))
    sheet = np.ones((HEIGHT, WIDTH, 3)) * paper
    lit = np.ones((HEIGHT, WIDTH)) * light
    seen = (ink[..., None] * pen + (1 - ink[..., None]) * sheet) * lit[..., None] + noise
    Image.fromarray((255 * seen.clip(0, 1)).astype(np.uint8)).save(path, quality=75)
    return path


ROWS, COLUMNS = np.mgrid[:HEIGHT, :WIDTH]
SHADOW = 1 - 0.6 / (1 + np.exp((COLUMNS - ROWS - 60) / 3))
"""Its edge goes through the drawing."""
LINED = np.where(((ROWS - COLUMNS // 40) % 24 < 2) | (COLUMNS % 24 < 2), 0.55, 0.8)[..., None]
ON_A_TABLE = np.where(COLUMNS + ROWS // 20 > 380, 0.25 + 0.03 * np.sin(ROWS / 3), 0.8)[..., None]
RIM = np.where((np.minimum(ROWS, HEIGHT - 1 - ROWS) < 9) | (np.minimum(COLUMNS, WIDTH - 1 - COLUMNS) < 9), 0.15, 1.0)
DUSTY = np.where(np.random.default_rng(1).random((HEIGHT, WIDTH)) > 0.9998, 0.2, 0.8)[..., None]
PHOTOS = {
    "shade": {"light": 0.5 + 0.6 * COLUMNS / WIDTH},
    "shadow": {"light": SHADOW},
    "squared": {"paper": LINED},
    "table": {"paper": ON_A_TABLE},
    "rim": {"light": RIM},
    "dust": {"paper": DUSTY, "light": 0.6 + 0.4 * ROWS / HEIGHT},
    "chalk": {"paper": 0.12, "pen": 0.7, "light": 0.6 + 0.6 * COLUMNS / WIDTH},
    "coloured": {"paper": (0.95, 0.85, 0.35), "pen": (0.85, 0.25, 0.2), "light": 0.7 + 0.3 * COLUMNS / WIDTH},
}


@pytest.fixture
def wanted(tmp_path: Path) -> torch.Tensor:
    Image.fromarray((255 - 255 * flag()).astype(np.uint8)).save(tmp_path / "clean.png")
    return load_picture(tmp_path / "clean.png")


def alike(one: torch.Tensor, other: torch.Tensor) -> float:
    """Correlation of two pictures whose strokes may lie a pixel apart."""
    first, second = (ndimage.gaussian_filter(each.numpy().astype(float), 0.7).ravel() for each in (one, other))
    return float(np.corrcoef(first, second)[0, 1])


@pytest.mark.parametrize("kind", PHOTOS)
def test_the_drawing_is_seen_and_nothing_else(kind: str, tmp_path: Path, wanted: torch.Tensor) -> None:
    seen = load_picture(photo(tmp_path / "photo.jpg", flag(), **PHOTOS[kind]))
    assert alike(seen, wanted) > 0.9
    assert not unlike_drawings(seen[None]).any()


def test_a_drawing_on_a_seventh_of_the_page_is_as_large_as_any(tmp_path: Path, wanted: torch.Tensor) -> None:
    small = photo(tmp_path / "photo.jpg", flag(60, 330, 40, 4), light=0.6 + 0.4 * ROWS / HEIGHT)
    assert alike(load_picture(small), wanted) > 0.9
    Image.fromarray((255 - 255 * flag(60, 330, 40, 4)).astype(np.uint8)).save(tmp_path / "small.jpg", quality=60)
    assert alike(load_picture(tmp_path / "small.jpg"), wanted) > 0.9


def test_empty_paper_is_refused_and_a_dot_is_told(tmp_path: Path, wanted: torch.Tensor) -> None:
    nothing = photo(tmp_path / "nothing.jpg", np.zeros((HEIGHT, WIDTH)), light=0.6 + 0.4 * ROWS / HEIGHT)
    with pytest.raises(DataError, match=r"nothing\.jpg is empty: no drawing stands out"):
        load_picture(nothing)
    Image.new("RGB", (200, 200), "white").save(tmp_path / "white.png")
    with pytest.raises(DataError, match=r"white\.png is empty"):
        load_picture(tmp_path / "white.png")
    sheet = Image.new("L", (200, 200), 255)
    ImageDraw.Draw(sheet).ellipse([90, 90, 110, 110], fill=0)
    sheet.save(tmp_path / "dot.png")
    told = told_unlike(["a", "dot.png"], torch.stack([wanted, load_picture(tmp_path / "dot.png")]), "the support set")
    assert told is not None
    assert told.startswith("1 of 2 pictures in the support set do not look like drawings")
    assert "dot.png. " in told
    assert told_unlike(["a"], wanted[None], "the support set") is None
