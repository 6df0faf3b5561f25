"""Comparison of a result with a stored one, field by field.

Bit-for-bit equality is promised on one version of PyTorch and one set of processor instructions only: elsewhere a sum
may round another way, one cell may fall out of its window by that, and is programmed with other draws. There a result
is compared within `SHARE` and `LEAST`; the structure must be the same everywhere.
"""

import hashlib
import json
import math
import platform
from typing import Any

import torch

LEFT_OUT = ("seconds", "wall_seconds")
"""Fields that differ between two equal runs."""
LONGEST = 40
"""Columns of more rows are stored as their ends, their sum and a checksum."""
SHARE, LEAST = 0.25, 0.08
"""Elsewhere a number may differ by this share of it, or by this much."""


def machine() -> dict[str, str]:
    """Everything that decides how a sum rounds."""
    return {
        "torch": torch.__version__.split("+")[0],
        "instructions": torch.backends.cpu.get_cpu_capability(),
        "architecture": platform.machine(),
    }


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
    if path.endswith(".checksum") or (isinstance(stored, str) and isinstance(found, str)):
        return True  # sentences repeat numbers that are compared where they come from
    if isinstance(stored, bool) or not isinstance(stored, int | float) or not isinstance(found, int | float):
        return bool(stored == found)
    return math.isclose(stored, found, rel_tol=SHARE, abs_tol=LEAST * max(1.0, abs(stored) ** 0.5))
