"""What the controller takes on a microcontroller: code, memory, and instructions of each stage, run under QEMU.

    python benchmarks/microcontroller.py

Needs arm-none-eabi-gcc with newlib, and qemu-system-arm. QEMU counts instructions (`-icount shift=0`), not cycles: it
knows neither wait states nor how long a multiply takes. Prints Markdown.
"""

import argparse
import re
import subprocess
import tempfile
from pathlib import Path

import ohmshot as oh
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.controller.firmware.export import SOURCES, export_c
from ohmshot.controller.firmware.for_chip import exported_for
from ohmshot.controller.firmware.self_test import export_self_test

CPUS = ("cortex-m0plus", "cortex-m4")
LOOP = 200_000
"""Instructions of the loop that the board times first."""
STRICT = (
    "-std=c99",
    "-Wall",
    "-Wextra",
    "-Wconversion",
    "-Wshadow",
    "-Werror",
    "-mthumb",
    "-masm-syntax-unified",
    "-ffreestanding",
)
STAGES = ("features", "begin", "arithmetic", "updates", "classify")


def build(folder: Path, cpu: str, optimise: str) -> Path:
    """Compile the self-test for a processor; it is linked for a board of QEMU."""
    flags = (*STRICT, optimise, f"-mcpu={cpu}", "-ffunction-sections", "-fdata-sections")
    sources = [folder / name for name in (*SOURCES, "ohmshot_selftest.c", "mps2.c")]
    program = folder / f"{cpu}{optimise}.elf"
    link = ("-nostartfiles", "-Wl,--gc-sections", "-T", folder / "mps2.ld", "-lc", "-lgcc")
    subprocess.run(["arm-none-eabi-gcc", *flags, *sources, *link, "-o", program], check=True)
    return program


def sizes(folder: Path, cpu: str, optimise: str) -> tuple[int, int]:
    """Bytes of code with constants, and of static memory, of the sources without test and board."""
    total = [0, 0]
    for name in SOURCES:
        made = folder / "part.o"
        subprocess.run(
            ["arm-none-eabi-gcc", *STRICT, optimise, f"-mcpu={cpu}", "-c", folder / name, "-o", made], check=True
        )
        text, data, bss, *_ = _output("arm-none-eabi-size", made).splitlines()[1].split()
        total = [total[0] + int(text) + int(data), total[1] + int(data) + int(bss)]
    return total[0], total[1]


def state_bytes(program: Path) -> int:
    """Bytes of the caller's memory of a task, and of the features' scratch memory."""
    lines = [line.split() for line in _output("arm-none-eabi-nm", "-S", program).splitlines()]
    return sum(int(line[1], 16) for line in lines if line[-1] in ("state", "scratch"))


def run(program: Path) -> dict[str, int]:
    """Instructions of every stage.

    Raises:
        RuntimeError: the self-test found something wrong.
    """
    command = ["qemu-system-arm", "-M", "mps2-an386", "-nographic", "-icount", "shift=0", "-kernel", str(program)]
    done = subprocess.run(
        [*command, "-semihosting-config", "enable=on,target=native"],
        capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    # QEMU writes on its standard error what a program says through semihosting.
    ticks = {name: int(count) for name, count in re.findall(r"^(\w+) (\d+)$", done.stderr, re.MULTILINE)}
    if done.returncode or ticks.pop("wrong", 1) != 0:
        raise RuntimeError(f"The self-test failed: {done.stderr}")
    loop = ticks.pop("loop_of_200000")
    return {name: round(count * LOOP / loop) for name, count in ticks.items()}


def _output(*command: object) -> str:
    return subprocess.run([str(each) for each in command], capture_output=True, text=True, check=True).stdout


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bundles", nargs="+", default=["four-convolutions", "characters"])
    parser.add_argument("--optimise", default="-O2", choices=["-Os", "-O2"])
    given = parser.parse_args()
    cells, strategy = load_parameter_set("leti_hfo2_130nm").values, oh.strategy("hybrid")
    print("| bundle | CPU | code and constants, bytes | static RAM | caller's RAM | " + " | ".join(STAGES) + " |")
    print("|---" * (5 + len(STAGES)) + "|")
    for name in given.bundles:
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            firmware = exported_for(oh.load_bundle(name), cells, strategy, 5, True)
            export_c(folder, firmware)
            export_self_test(folder, firmware, cells, strategy)
            for cpu in CPUS:
                program = build(folder, cpu, given.optimise)
                code, static = sizes(folder, cpu, given.optimise)
                counts = run(program)
                stages = " | ".join(f"{counts[stage]:,}" for stage in STAGES)
                print(f"| {name} | {cpu} | {code:,} | {static} | {state_bytes(program):,} | {stages} |", flush=True)


if __name__ == "__main__":
    main()
