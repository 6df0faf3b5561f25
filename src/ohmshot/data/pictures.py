"""A person's own pictures, brought to the ink convention of Omniglot."""

import importlib
import warnings
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageOps
from scipy import ndimage
from torch import Tensor

from ohmshot.data.examples import IMAGE_SIDE, INK_BOX
from ohmshot.data.photographed import is_flat, photographed_ink
from ohmshot.foundation.errors import DataError
from ohmshot.foundation.foreign_files import reading

PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp", ".gif")
"""Endings of the names of pictures, in small letters."""
for _decoder in ("Bmp", "Gif", "Jpeg", "Png", "Tiff", "WebP"):  # Pillow finds a decoder by itself only among all
    importlib.import_module(f"PIL.{_decoder}ImagePlugin")
FORMATS = ("PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF")
"""Kinds of pictures by their content, whatever their name: no other decoder of the library is reached by a file."""
MOST_PIXELS = 100_000_000
"""Of a picture: what the largest cameras take; more would fill the memory of a small machine."""

_BRANDS = {
    **dict.fromkeys((b"heic", b"heix", b"mif1", b"msf1", b"hevc"), "HEIC"),
    **dict.fromkeys((b"avif", b"avis"), "AVIF"),
}
"""Kinds of pictures in the container of ISO/IEC 14496-12, by their main brand."""

_LEAST_CONTRAST = 12.0
"""Of 255: what stands out less from even paper may be a trace of JPEG."""
_GREY_CONTRAST = 32.0
"""Of 255: with less, ink is looked for by its colour."""
_FINE = 105
"""Side of the page on which a drawing is prepared: that of Omniglot's originals."""
_STROKE_RADIUS = 1.5
"""Half the width of Omniglot's pen on that page."""


def load_picture(path: Path) -> Tensor:
    """Load one picture of any size and depth, dark on light or light on dark: uint8 [28, 28].

    Raises:
        DataError: the file is no picture, is several in one or too large, or the picture is empty.
    """
    with reading(lambda _: DataError(f"{path} {_seems(path)}. Give a PNG or JPEG file.")):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the limit below is lower
            try:
                image = Image.open(path, formats=FORMATS)
            except Image.DecompressionBombError as error:  # so large that it is not even opened
                raise _too_large(path) from error
        with image:
            if image.width * image.height > MOST_PIXELS:
                raise _too_large(path)
            if getattr(image, "n_frames", 1) > 1:
                raise DataError(f"{path} holds several pictures. Give one picture a file.")
            upright = ImageOps.exif_transpose(_of_eight_bits(image)).convert("RGBA")
    ink = _ink_of(_on_paper(upright, "white"))
    if not ink.any() and (np.asarray(upright)[..., 3] < 255).any():  # drawn in white on nothing
        ink = _ink_of(_on_paper(upright, "black"))
    if not ink.any():
        raise DataError(f"{path} is empty: no drawing stands out from the paper.")
    return torch.from_numpy(_redrawn(ink))


def _on_paper(picture: Image.Image, colour: str) -> Image.Image:
    """A picture that may be seen through, RGBA, on paper of a colour: RGB."""
    return Image.alpha_composite(Image.new("RGBA", picture.size, colour), picture).convert("RGB")


def _seems(path: Path) -> str:
    """What a file that cannot be read as a picture seems to be, by its first bytes."""
    with path.open("rb") as file:
        start = file.read(64)
    if not start:
        return "is empty: it has no bytes"
    if start[4:8] == b"ftyp" and start[8:12] in _BRANDS:
        return f"is a picture of the kind {_BRANDS[start[8:12]]}, which is not read here"
    for mark, kind in ((b"%PDF", "PDF"), (b"<svg", "SVG"), (b"<?xml", "XML (SVG?)"), (b"\xff\x0a", "JPEG XL")):
        if start.lstrip().startswith(mark):
            return f"is of the kind {kind}, which is not read here"
    return "is not a picture that can be read"


def _too_large(path: Path) -> DataError:
    return DataError(f"{path} has more than {MOST_PIXELS / 1e6:.0f} million pixels. Give a smaller picture.")


def _ink_of(picture: Image.Image) -> NDArray[np.bool_]:
    """Mask of the ink in a drawing of a program or in a photo, RGB."""
    page = picture.convert("L")
    page.thumbnail((512, 512))
    grey = np.asarray(page, dtype=np.float64)
    if not is_flat(grey):
        return photographed_ink(picture)
    if grey.max() - grey.min() < _GREY_CONTRAST:  # its ink may be as bright as its paper and of another colour
        grey = _unlike_paper(picture)
    return _ink(grey) if grey.max() - grey.min() >= _LEAST_CONTRAST else np.zeros(grey.shape, dtype=bool)


def _unlike_paper(picture: Image.Image) -> NDArray[np.float64]:
    """How far colours are from that of the paper, the most frequent one, 255 for the paper: [rows, columns]."""
    small = picture.copy()
    small.thumbnail((512, 512))
    colours = np.asarray(small, dtype=np.float64)
    seen, times = np.unique(colours.reshape(-1, 3), axis=0, return_counts=True)
    return np.asarray(255.0 - np.abs(colours - seen[times.argmax()]).max(2))


def _of_eight_bits(image: Image.Image) -> Image.Image:
    """A picture of more than eight bits a pixel brought to eight, from black to white; others as they are."""
    if not image.mode.startswith(("I", "F")):
        return image if (step := _halvings(image)) == 1 else _reduced(image, step)
    step = _halvings(image)
    values = np.asarray(image)[::step, ::step].astype(np.float64)
    values = np.where(
        np.isfinite(values), values, np.nanmax(np.where(np.isfinite(values), values, np.nan), initial=0.0)
    )
    eight = Image.fromarray((255.0 * (values / _white_of(image.mode, values)).clip(0.0, 1.0)).round().astype(np.uint8))
    eight.getexif().update(image.getexif())
    return eight


def _white_of(mode: str, values: NDArray[np.float64]) -> float:
    """The value of white: the largest of as many bits as the largest value takes, since cameras fill 10 to 16."""
    most = float(values.max())
    whites = (2.0**bits - 1 for bits in (8, 10, 12, 14, 16)) if mode.startswith("I") else iter(())
    return next((white for white in whites if white >= most), max(most, 1e-9))


def _halvings(image: Image.Image) -> int:
    """How many pixels of a side become one: the largest pictures would take gigabytes with all of theirs."""
    return max(1, max(image.size) // 2048)


def _reduced(image: Image.Image, step: int) -> Image.Image:
    plain = image.mode in ("L", "RGB", "RGBA", "CMYK") and "transparency" not in image.info
    small = (image if plain else image.convert("RGBA")).reduce(step)
    small.getexif().update(image.getexif())
    return small


def _redrawn(ink: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """The drawing with Omniglot's pen at Omniglot's size, uint8 [28, 28], from a mask of its ink."""
    rows, columns = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
    cut = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    # The longer side fills the box; strokes become as thick as Omniglot's pen whatever the size was.
    side = INK_BOX * _FINE // IMAGE_SIDE
    scale = side / max(cut.shape)
    size = (max(1, round(cut.shape[1] * scale)), max(1, round(cut.shape[0] * scale)))
    small = np.asarray(Image.fromarray(cut).convert("L").resize(size, Image.Resampling.BOX)) > 100
    sheet = np.zeros((_FINE, _FINE), dtype=bool)
    top, left = (_FINE - small.shape[0]) // 2, (_FINE - small.shape[1]) // 2
    sheet[top : top + small.shape[0], left : left + small.shape[1]] = small
    inside = ndimage.distance_transform_edt(sheet)
    half_width = float(np.percentile(inside[sheet], 90)) if sheet.any() else _STROKE_RADIUS
    if half_width > _STROKE_RADIUS:
        sheet = inside > min(half_width - _STROKE_RADIUS, 0.6 * half_width)
    else:
        sheet = ndimage.distance_transform_edt(~sheet) <= _STROKE_RADIUS - half_width
    pixels = Image.fromarray(sheet).convert("L").resize((IMAGE_SIDE, IMAGE_SIDE), Image.Resampling.BOX)
    return np.array(pixels, dtype=np.uint8)


def _ink(grey: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Mask of the ink on even paper, bool [rows, columns]: darker than it, or lighter where the border is dark."""
    border = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    dark_on_light = np.median(border) >= (grey.max() + grey.min()) / 2
    height = grey if dark_on_light else 255 - grey
    paper = ndimage.gaussian_filter(ndimage.maximum_filter(height, size=max(3, max(grey.shape) // 4)), 5)
    contrast = paper - height
    strongest = float(np.percentile(contrast, 99.5))
    if strongest < 32:  # so little ink on the page that this is paper
        strongest = float(contrast.max())
    return np.asarray(contrast > 0.5 * strongest)
