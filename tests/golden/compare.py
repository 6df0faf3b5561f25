"""Comparison of a result with a stored one, field by field.

Bit-for-bit equality is promised on one version of PyTorch and where sums round alike only (`rounding`): elsewhere one
cell may fall out of its window by a sum that rounds another way, and is programmed with other draws. There numbers,
also those in texts, are compared within `SHARE` and `LEAST`, and `DERIVED` fields not at all; words and structure must
be the same everywhere.
"""

import functools
import hashlib
import json
import math
import re
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import conv2d

LEFT_OUT = ("seconds", "wall_seconds")
"""Fields that differ between two equal runs."""
LONGEST = 150
"""Columns of more rows are stored as their ends, their sum and a checksum."""
SHARE, LEAST = 0.4, 0.08
"""Elsewhere two numbers may differ by this share of the larger, and those without a unit of energy or time by this.

Runs of few cells scatter: of AVX2 and no vector instructions against AVX-512, the latter changed the pulses of one
update by 26 % and the most cycles of a cell by 35 %. Under a half, so that a doubled number is seen; what changes less
than that is seen only on a machine like the one that stored it."""
UNIT = re.compile(r"[._]([pnum]?j|joules|seconds)(?![a-z])")
"""Fields in units of energy or time: however small the number, it is a quantity, and only its share counts."""
TINY = 1e-4
"""Numbers below are quantities in SI units, also where their field has no name."""
DERIVED = re.compile(r"ci95|interval95|standard_deviation|differences|checksum|findings")
"""Spreads over the few chips of a golden run, and differences and sentences made of numbers compared by themselves."""
NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")


def machine() -> dict[str, str]:
    """Everything that decides how a sum rounds."""
    return {"torch": torch.__version__.split("+")[0], "rounding": rounding()}


@functools.cache
def rounding() -> str:
    """Digest of what this machine's libraries make of fixed numbers; two machines of equal digests round alike.

    The names of processors and instructions do not tell. MKL, oneDNN and OpenBLAS choose their loops by the model, so
    that two processors with AVX-512 give convolutions and products of matrices that differ in the last bit of a
    float32, and roots and exponentials that differ in that of a float64. Nothing of ohmshot is called: a change of the
    package must not pass for another machine.
    """
    random = torch.Generator().manual_seed(0)

    def drawn(*shape: int) -> Tensor:
        return torch.rand(shape, generator=random) - 0.5

    kernels = (drawn(32, 1, 3, 3), *(drawn(32, 32, 3, 3) for _ in range(3)))
    found = []
    for examples in (5, 25, 75):
        seen = drawn(examples, 1, 28, 28)
        for kernel in kernels:
            seen = conv2d(seen, kernel, stride=2, padding=1).relu()
        rows, first, second = drawn(2, examples, 33), drawn(2, 33, 45), drawn(2, 45, 5)
        asked = (rows @ first).relu() @ second
        found += [seen, rows[0] @ first[0], asked, rows.transpose(1, 2) @ asked, asked.log_softmax(-1), rows.exp()]
    values = drawn(64, 1024).double()
    found += [values.square().mean(1), values.square().sqrt(), values.exp(), values @ values.T]
    array = values.numpy()
    found += [torch.from_numpy(each) for each in (array.mean(0), array.std(1), np.exp(array[0]), array @ array.T)]
    return hashlib.sha256(b"".join(each.numpy().tobytes() for each in found)).hexdigest()[:16]


def reduced(value: Any) -> Any:
    """A result as it is stored: without times, long columns shortened."""
    if isinstance(value, dict):
        return {name: reduced(part) for name, part in value.items() if name not in LEFT_OUT}
    if isinstance(value, list) and len(value) > LONGEST:
        numbers = [part for part in value if isinstance(part, int | float)]
        return {
            "rows": len(value),
            "first": value[:3],
            "last": value[-3:],
            "sum": math.fsum(numbers),
            "checksum": hashlib.sha256(json.dumps(value).encode()).hexdigest(),
        }
    return [reduced(part) for part in value] if isinstance(value, list) else value


def differences(stored: Any, found: Any, exactly: bool, path: str = "") -> list[str]:
    """One line a field that is not as it was stored."""
    if isinstance(stored, dict) and isinstance(found, dict):
        if set(stored) != set(found):
            return [f"{path}: fields {sorted(set(stored) ^ set(found))} are on one side only"]
        return [line for name in stored for line in differences(stored[name], found[name], exactly, f"{path}.{name}")]
    if isinstance(stored, list) and isinstance(found, list):
        if len(stored) != len(found):
            return [f"{path}: {len(found)} entries, stored {len(stored)}"]
        pairs = enumerate(zip(stored, found, strict=True))
        return [line for i, (was, now) in pairs for line in differences(was, now, exactly, f"{path}[{i}]")]
    same = stored == found if exactly else _alike(stored, found, path)
    return [] if same else [f"{path}: {found!r}, stored {stored!r}"]


def _alike(stored: Any, found: Any, path: str) -> bool:
    if DERIVED.search(path):
        return True
    if isinstance(stored, str) and isinstance(found, str):
        numbers = zip(NUMBER.findall(stored), NUMBER.findall(found), strict=False)
        return NUMBER.sub("", stored) == NUMBER.sub("", found) and all(
            _alike(float(was), float(now), path) for was, now in numbers
        )
    if isinstance(stored, bool) or not isinstance(stored, int | float) or not isinstance(found, int | float):
        return bool(stored == found)
    quantity = UNIT.search(path) or 0 < abs(stored) < TINY
    least = 0.0 if quantity else LEAST * max(1.0, abs(stored) ** 0.5)
    return math.isclose(stored, found, rel_tol=SHARE, abs_tol=least)
