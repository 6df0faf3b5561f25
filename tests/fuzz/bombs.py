"""Small files that unfold to gigabytes, lead out of an archive, or never end."""

import gzip
import io
import os
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import polars as pl
from readers import READERS, Reader, picture

NAMED = {reader.name: reader for reader in READERS}


def png(side: int, bits: int, colour: int) -> bytes:
    """A PNG of one colour, all of whose lines are packed a thousandfold."""
    channels = {0: 1, 2: 3, 6: 4}[colour]
    line = b"\0" + b"\xff" * (side * channels * bits // 8)
    packer = zlib.compressobj(9)
    data = b"".join(packer.compress(line) for _ in range(side)) + packer.flush()

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", side, side, bits, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def zipped(members: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as file:
        for name, each in members.items():
            file.writestr(name, each)
    return content.getvalue()


def npy_header(shape: str, kind: str = "<f8") -> bytes:
    head = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}".encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head + bytes(64)


def parquet(rows: int) -> bytes:
    content = io.BytesIO()
    pl.DataFrame({"experiment": ["set"], "device": ["d"], "gate_voltage_v": [1.0]}).select(
        pl.all().repeat_by(rows).explode()
    ).write_parquet(content)
    return content.getvalue()


ZEROS = bytes(300 << 20)
BOMBS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "a picture of 14,000 x 14,000": ("picture, PNG", lambda: png(14_000, 8, 0)),
    "a picture of 9,900 x 9,900 in colour": ("picture, PNG", lambda: png(9_900, 8, 6)),
    "a picture of 9,900 x 9,900 of 16 bits": ("picture, PNG", lambda: png(9_900, 16, 0)),
    "PostScript by the name of a picture": (
        "picture, PNG",
        lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
    ),
    "features that unpack to 300 MiB": (
        "features, NPZ",
        lambda: zipped({"features.npy": npy_header("(1, 8)") + ZEROS}),
    ),
    "features of 10^12 numbers": ("features, NPY", lambda: npy_header("(1000000, 1000000)")),
    "a signal of 10^10 numbers": ("signal, NPY", lambda: npy_header("(10000000000,)")),
    "a shape of deep brackets": ("signal, NPY", lambda: npy_header("(" * 5000 + ")" * 5000)),
    "Python objects in features": ("features, NPY", lambda: npy_header("(1,)", "|O")),
    "a drawing that unpacks to 300 MiB": ("archive", lambda: zipped({"images/A/a/1.png": ZEROS})),
    "a drawing with a bomb in it": ("archive", lambda: zipped({"images/A/a/1.png": png(14_000, 8, 0)})),
    "members that lead out of the archive": (
        "archive",
        lambda: zipped({f"../../images/{out}/a/1.png": picture("PNG")(Path()) for out in ("..", "/etc", "A")}),
    ),
    "a table of 10^8 rows": ("measurements, Parquet", lambda: parquet(100_000_000)),
    "a table of 300 MiB in 300 KiB": ("measurements, gzip", lambda: gzip.compress(b"experiment,device\n" + ZEROS)),
    "brackets, 10^6 deep": ("cited result", lambda: b"[" * 1_000_000),
    "objects, 10^6 deep": ("result", lambda: b'{"a":' * 1_000_000),
    "tables, 10^5 deep": ("sweep", lambda: b"a=" + b"[" * 100_000),
    "keys, 10^5 deep": ("parameter set", lambda: b"a." * 100_000 + b"a=1"),
    "inline tables, 10^5 deep": ("preset", lambda: b"a=" + b"{a=" * 100_000),
    "a header of 2^63 bytes": ("bundle", lambda: b"\xff" * 7 + b"\x7f" + b"{}"),
    "a header of 90 MB": ("adapted chip", lambda: struct.pack("<Q", 90_000_000) + b" " * 90_000_000),
    "a line of 30 MB": ("measurements, CSV", lambda: b"experiment,device\n" + b"set," * 7_500_000),
    "a cell of 30 MB": ("signal, CSV", lambda: b"1" * 30_000_000),
}
"""By name: the reader that gets it, and the file."""
ENDLESS = (
    "bundle",
    "trusted keys",
    "cited result",
    "result",
    "sweep",
    "parameter set",
    "signal, CSV",
    "labels",
    "recording",
)
"""Readers that get a file of 8 GiB that takes no place on the disk."""


def write(name: str, folder: Path) -> tuple[Reader, Path]:
    """Write a bomb; returns its reader and its place."""
    if name in ENDLESS:
        reader = NAMED[name]
        path = folder / reader.name_of_file
        reader.seed(folder)
        with path.open("wb") as file:
            os.truncate(file.fileno(), 8 << 30)
        return reader, path
    reader = NAMED[BOMBS[name][0]]
    path = folder / reader.name_of_file
    path.write_bytes(BOMBS[name][1]())
    return reader, path
