"""What a benchmark ran on: printed above every table, since a figure without it says nothing."""

import importlib.metadata
import os
import platform
from pathlib import Path

import torch


def pinned(packages: tuple[str, ...] = ("ohmshot", "torch", "numpy", "aihwkit")) -> str:
    """Pin PyTorch to one thread a worker and describe the machine and the versions."""
    torch.set_num_threads(1)
    versions = ", ".join(f"{name} {_version(name)}" for name in packages)
    load = f"; load average {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return f"{_processor()}, {os.cpu_count()} cores, Python {platform.python_version()}, {versions}{load}"


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()
