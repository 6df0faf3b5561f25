"""Help for tests of the exported Verilog: a bench for Icarus that plays back what stood at a block's ports."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

from controller.rtl.blockwise import Recording
from ohmshot.controller.rtl.gates.synthesis import verilog

IVERILOG = shutil.which("iverilog")
_BENCH = """\
`timescale 1ns / 1ps
module bench;
  reg clk = 0;
  reg [{ins}:0] given [0:{last}];
  reg [{outs}:0] wanted [0:{last}];
  reg [{ins}:0] in;
  wire [{outs}:0] out;
  integer n, wrong;
  dut dut({ports});
  initial begin
    $readmemh("given.hex", given);
    $readmemh("wanted.hex", wanted);
    wrong = 0;
    for (n = 0; n <= {last}; n = n + 1) begin
      in = given[n];
      #10;
      if (out !== wanted[n]) begin
        wrong = wrong + 1;
        if (wrong <= 3) $display("cycle %0d: %h, not %h", n, out, wanted[n]);
      end
      #10 clk = 1;
      #20 clk = 0;
    end
    $display("%0d cycles, %0d wrong", n, wrong);
  end
endmodule
"""


def played_back(block: Any, recording: Recording, folder: Path) -> str:
    """Run a block's Verilog in Icarus on recorded inputs, outputs compared in every cycle; returns what it says.

    Args:
        block: made anew, since a block is elaborated once.
        recording: of the same block in Amaranth's simulator.
        folder: for the files.
    """
    text = verilog(block, "dut")
    (folder / "dut.v").write_text(text, encoding="utf-8")
    ports = [".clk(clk), .rst(1'b0)"] if "input clk;" in text else []
    for wire, members in (("in", recording.inputs), ("out", recording.outputs)):
        at = 0
        for name, width in members:
            ports.append(f".\\{name} ({wire}[{at + width - 1}:{at}])")
            at += width
    ins, outs = (sum(width for _, width in members) - 1 for members in (recording.inputs, recording.outputs))
    bench = _BENCH.format(ins=ins, outs=outs, last=len(recording.cycles) - 1, ports=", ".join(ports))
    (folder / "bench.v").write_text(bench, encoding="utf-8")
    for name, place in (("given", 0), ("wanted", 1)):
        (folder / f"{name}.hex").write_text(
            "\n".join(f"{each[place]:x}" for each in recording.cycles), encoding="utf-8"
        )
    program = folder / "bench.vvp"
    subprocess.run(
        [str(IVERILOG), "-g2005", "-o", program, folder / "bench.v", folder / "dut.v"], check=True, cwd=folder
    )
    run = subprocess.run(["vvp", "-n", program], check=True, cwd=folder, capture_output=True, text=True)
    return run.stdout
