"""Synthesis in this process: a block of Amaranth, by yosys and abc, to cells of a library, with gated clocks.

The hierarchy of the blocks is kept, so that area and energy can be told block by block.
"""

import contextlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from amaranth.back import rtlil

from ohmshot.controller.rtl.gates.cells import Library
from ohmshot.controller.rtl.gates.clock_gating import gate_blocks, gating, reset_enables
from ohmshot.controller.rtl.gates.netlist import Netlist, netlist_from
from ohmshot.foundation.errors import OhmshotError, SettingsError

AVOIDED = ("*lpflow*", "*xnor3*", "*xor3*", "*_probe*")
"""Cells of SKY130 that abc must not choose: for power domains and probes, and two whose functions it mismatches."""


def yosys_design() -> Any:
    """Return an empty design of yosys.

    Raises:
        SettingsError: yosys is not installed.
    """
    try:
        from pyosys import libyosys
    except ImportError as error:
        raise SettingsError("This needs the extra rtl: pip install 'ohmshot[rtl]'.") from error
    return libyosys.Design()


def yosys(*commands: str, design: Any = None) -> None:
    """Run commands of yosys in this process.

    Args:
        commands: one after another.
        design: of yosys, changed in place; None for an empty one.

    Raises:
        SettingsError: yosys is not installed.
        OhmshotError: a command fails.
    """
    design = yosys_design() if design is None else design
    from pyosys import libyosys

    with _quiet():
        for command in commands:
            try:
                libyosys.run_pass(f"tee -q {command}", design)
            except (RuntimeError, ValueError) as error:
                raise OhmshotError(f"yosys failed at '{command}': {error}.") from error


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Send what yosys says to the process's output nowhere: it does not go through Python's."""
    sys.stdout.flush()
    kept = os.dup(1)
    try:
        with open(os.devnull, "w") as nowhere:  # noqa: PTH123 - a device, not a file
            os.dup2(nowhere.fileno(), 1)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def design_text(block: Any, name: str) -> str:
    """Return a block of Amaranth as RTLIL, the language of yosys."""
    text: str = rtlil.convert(block, name=name)
    return text


def synthesised(block: Any, name: str, library: Library, period_ns: float = 50.0) -> Netlist:
    """Synthesise a block.

    Args:
        block: of Amaranth.
        name: of the block.
        library: of cells.
        period_ns: of the clock; abc sizes cells for it.
    """
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        liberty, resets, source, out = (place / each for each in ("cells.lib", "resets.v", "design.il", "netlist.json"))
        liberty.write_text(library.liberty, encoding="utf-8")
        resets.write_text(reset_enables(), encoding="utf-8")
        source.write_text(design_text(block, name), encoding="utf-8")
        design = yosys_design()
        yosys(
            f"read_rtlil {source}",
            f"hierarchy -top {name}",
            "proc",
            f"synth -top {name} -run begin:fine",
            "opt -full",
            f"synth -top {name} -run fine:",
            "opt_dff",
            *gating(library, str(resets)),
            design=design,
        )
        gate_blocks(design, library)
        avoided = " ".join(f"-dont_use {pattern}" for pattern in AVOIDED)
        yosys(
            "simplemap",
            f"dfflibmap -liberty {liberty}",
            f"abc -liberty {liberty} -D {round(1000 * period_ns)} {avoided}",
            "opt_clean -purge",
            f"write_json {out}",
            design=design,
        )
        return netlist_from(json.loads(out.read_text("utf-8")), name, library)


def verilog(block: Any, name: str) -> str:
    """Return a block of Amaranth as Verilog.

    Args:
        block: of Amaranth.
        name: of the outermost module.
    """
    with tempfile.TemporaryDirectory() as folder:
        design, out = Path(folder) / "design.il", Path(folder) / "design.v"
        design.write_text(design_text(block, name), encoding="utf-8")
        yosys(f"read_rtlil {design}", "proc", "opt_clean", f"write_verilog -noattr {out}")
        return out.read_text("utf-8")
