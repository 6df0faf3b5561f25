"""The self-test on a Cortex-M that QEMU has: it passes, counts instructions, and finds what is wrong."""

import shutil
from pathlib import Path

import microcontroller
import pytest

import ohmshot as oh
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.controller.firmware.export import export_c
from ohmshot.controller.firmware.for_chip import exported_for
from ohmshot.controller.firmware.self_test import export_self_test

TOOLS = ("arm-none-eabi-gcc", "qemu-system-arm")


@pytest.mark.slow
@pytest.mark.skipif(not all(map(shutil.which, TOOLS)), reason=f"needs {' and '.join(TOOLS)}")
def test_a_board_learns_the_recorded_task_and_notices_another(tmp_path: Path) -> None:
    cells, strategy = load_parameter_set("leti_hfo2_130nm").values, oh.strategy("closed-loop")
    firmware = exported_for(oh.load_bundle("four-convolutions"), cells, strategy, 2, True)
    export_c(tmp_path, firmware)
    vectors, *_ = export_self_test(tmp_path, firmware, cells, strategy)
    for cpu in microcontroller.CPUS:
        counts = microcontroller.run(microcontroller.build(tmp_path, cpu, "-O2"))
        assert 5e6 < counts["features"] < 60e6  # 3.3 million multiply-accumulates
        assert 0 < counts["classify"] < counts["arithmetic"] < counts["updates"] < counts["features"]
    text = vectors.read_text()
    begin = text.index("ohm_test_reads")
    row = text.index("{", begin) + 1
    vectors.write_text(text[:row] + "255, " + text[row:].partition(", ")[2])  # another first read
    with pytest.raises(RuntimeError, match="self-test failed"):
        microcontroller.run(microcontroller.build(tmp_path, "cortex-m4", "-O2"))
