"""Pictures of every kind that a person may have: the same drawing is the same, or the file is named."""

import re
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from ohmshot.data.pictures import load_picture
from ohmshot.foundation.errors import DataError

CROSS = np.full((120, 160), 230, np.uint8)
CROSS[20:100, 76:84] = CROSS[56:64, 40:120] = 20
CROSS[20:30, 76:110] = 20  # a flag at the top right, so that it is none of its own mirror images


@pytest.fixture
def wanted(tmp_path: Path) -> torch.Tensor:
    Image.fromarray(CROSS).save(tmp_path / "plain.png")
    return load_picture(tmp_path / "plain.png")


def test_sixteen_bits_floats_palettes_and_other_formats_are_the_same_drawing(
    tmp_path: Path, wanted: torch.Tensor
) -> None:
    deep = CROSS.astype(np.uint16) * 257
    Image.fromarray(deep).save(tmp_path / "deep.png")
    Image.fromarray(deep.astype(np.int32)).save(tmp_path / "int32.tif")
    Image.fromarray(CROSS.astype(np.float32) / 230).save(tmp_path / "float.tif")
    plain = Image.fromarray(CROSS)
    plain.convert("P").save(tmp_path / "palette.png")
    plain.point(lambda grey: 255 * (grey > 128)).convert("1").save(tmp_path / "bilevel.png")
    plain.convert("CMYK").save(tmp_path / "cmyk.tif")
    plain.convert("RGB").convert("CMYK").save(tmp_path / "cmyk.jpg", quality=95)
    plain.save(tmp_path / "lossless.webp", lossless=True)
    plain.save(tmp_path / "plain.bmp")
    clear = np.dstack([np.zeros((120, 160, 3), np.uint8), np.where(CROSS < 128, 255, 0).astype(np.uint8)])
    Image.fromarray(clear).save(tmp_path / "transparent.png")
    Image.fromarray(clear).convert("LA").save(tmp_path / "grey-transparent.png")
    seen_through = Image.fromarray(np.where(CROSS < 128, 1, 0).astype(np.uint8), "P")
    seen_through.putpalette([0, 0, 0, 0, 0, 0])  # two blacks, of which the first is no colour at all
    seen_through.save(tmp_path / "palette-transparent.png", transparency=0)
    (tmp_path / "lies.png").write_bytes((tmp_path / "plain.bmp").read_bytes())
    for path in sorted(tmp_path.iterdir()):
        away = (load_picture(path).double() - wanted.double()).abs().mean()
        assert float(away) < 2.0, path.name


# EXIF 2.32, tag 0112: which side of the picture the first row and the first column of the file are.
STORED = {
    1: CROSS,  # top, left
    2: CROSS[:, ::-1],  # top, right
    3: CROSS[::-1, ::-1],  # bottom, right
    4: CROSS[::-1],  # bottom, left
    5: CROSS.T,  # left, top
    6: CROSS.T[::-1],  # right, top: the first row of the file is the last column of the picture
    7: CROSS.T[::-1, ::-1],  # right, bottom
    8: CROSS.T[:, ::-1],  # left, bottom
}


@pytest.mark.parametrize("orientation", STORED)
def test_a_picture_that_says_how_it_was_held_is_turned(tmp_path: Path, wanted: torch.Tensor, orientation: int) -> None:
    stored = STORED[orientation]
    turned = Image.fromarray(np.ascontiguousarray(stored))
    exif = turned.getexif()
    exif[0x0112] = orientation
    turned.save(tmp_path / "held.png", exif=exif)
    assert float((load_picture(tmp_path / "held.png").double() - wanted.double()).abs().mean()) < 2.0


def test_what_is_no_picture_is_named(tmp_path: Path) -> None:
    frames = [Image.fromarray(np.roll(CROSS, shift)) for shift in (0, 5)]
    frames[0].save(tmp_path / "moves.webp", save_all=True, append_images=frames[1:])
    with pytest.raises(DataError, match="several pictures"):
        load_picture(tmp_path / "moves.webp")
    for side in (10_001, 14_000):  # above our limit, and above that of the library too
        Image.new("1", (side, side)).save(tmp_path / "bomb.png")
        with pytest.raises(DataError, match=r"bomb\.png has more than 100 million pixels\. Give a smaller picture"):
            load_picture(tmp_path / "bomb.png")
    (tmp_path / "cut.png").write_bytes((tmp_path / "moves.webp").read_bytes()[:60])
    with pytest.raises(DataError, match=r"cut\.png is not a picture"):
        load_picture(tmp_path / "cut.png")


def png(values: np.ndarray, kind: int) -> bytes:  # type: ignore[type-arg]
    """A PNG of 16 bits a channel, as Pillow does not write them (ISO/IEC 15948, colour types 0, 2, 4 and 6)."""
    height, width = values.shape[:2]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    head = struct.pack(">IIBBBBB", width, height, 16, kind, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def test_depth_transparency_and_colour_do_not_hide_a_drawing(tmp_path: Path, wanted: torch.Tensor) -> None:
    deep, ink = CROSS.astype(np.uint16) * 257, CROSS < 128
    full, opaque = np.full_like(deep, 65535), np.where(ink, 65535, 0).astype(np.uint16)
    for name, values, kind in (
        ("grey.png", np.dstack([deep, full]), 4),
        ("clear.png", np.dstack([0 * deep, opaque]), 4),
        ("colours.png", np.dstack([deep, deep, deep]), 2),
        ("all.png", np.dstack([deep, deep, deep, full]), 6),
        ("twelve-bits.png", (CROSS.astype(np.uint16) * 16)[:, :, None], 0),
    ):
        (tmp_path / name).write_bytes(png(values, kind))
    white = np.dstack([np.full((120, 160, 3), 255, np.uint8), np.where(ink, 255, 0).astype(np.uint8)])
    Image.fromarray(white).save(tmp_path / "white-on-nothing.png")
    for name, paper, pen in (
        ("as-bright-as-its-paper.png", (150, 150, 150), (255, 110, 110)),
        ("yellow-on-white.png", (255, 255, 255), (255, 255, 0)),
        ("faint.png", (128, 128, 128), (108, 108, 108)),
    ):
        page = np.empty((120, 160, 3), np.uint8)
        page[...] = paper
        page[ink] = pen
        Image.fromarray(page).save(tmp_path / name)
    for name, wrong in (("nan.tif", np.nan), ("inf.tif", np.inf)):
        page = CROSS.astype(np.float32) / 230
        page[0, 0] = wrong
        Image.fromarray(page).save(tmp_path / name)
    for path in sorted(tmp_path.iterdir()):
        assert float((load_picture(path).double() - wanted.double()).abs().mean()) < 2.0, path.name


@pytest.mark.parametrize("colour", ["white", "black", "grey", (255, 250, 250)])
def test_a_page_of_one_colour_is_empty(tmp_path: Path, colour: str) -> None:
    Image.new("RGB", (100, 100), colour).save(tmp_path / "page.jpg", quality=75)
    Image.new("RGBA", (100, 100), (0, 0, 0, 0)).save(tmp_path / "nothing.png")
    for name in ("page.jpg", "nothing.png"):
        with pytest.raises(DataError, match="is empty: no drawing stands out"):
            load_picture(tmp_path / name)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty: it has no bytes"),
        (b"\0\0\0\x18ftypheic" + b"\0" * 100, "is a picture of the kind HEIC"),
        (b"\0\0\0\x18ftypavif" + b"\0" * 100, "is a picture of the kind AVIF"),
        (b'<?xml version="1.0"?><svg/>', "is of the kind XML"),
        (b" <svg/>", "is of the kind SVG"),
        (b"%PDF-1.7", "is of the kind PDF"),
        (b"hello", "is not a picture that can be read"),
    ],
)
def test_what_is_not_read_is_called_by_its_name(content: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(content)
    with pytest.raises(DataError, match=re.escape(f"photo.jpg {said}")):
        load_picture(tmp_path / "photo.jpg")
