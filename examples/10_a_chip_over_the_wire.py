"""A chip over the wire.

The host talks to a chip by a text protocol, over TCP, a serial line or VISA (docs/protocol.md). Here the chip is a
simulated one behind `ohmshot serve`; a tester with a real one takes its place by another address. The code of the
host is the same.
"""

import re
import subprocess
import sys

import ohmshot as oh

server = subprocess.Popen(
    [sys.executable, "-m", "ohmshot", "serve", "--port", "0"],
    stdout=subprocess.PIPE,
    stderr=subprocess.STDOUT,
    text=True,
)
address = None
for line in server.stdout:  # it says where it listens
    if found := re.search(r"tcp://[\w.]+:\d+", line):
        address = found[0]
        break
print("the chip is at", address)

try:
    with oh.connect(address) as chip:
        print(chip.datasheet.rows, "x", chip.datasheet.columns, "cells")

        task = oh.draw_tasks(oh.load_examples("digits"), tasks=1)
        result = oh.adapt(
            oh.load_bundle(),
            task.support,
            task.support_labels,
            query=(task.query, task.query_labels),
            chips=chip,
            limits=oh.Limits(session_cells=3000),  # the host refuses whatever could exceed this
        )
        print(result)

        # Everything is asked of the chip by messages: what it cost, how worn it is, what its cells hold.
        cost = chip.meter()
        print(
            f"{int(cost.pulses[0])} pulses, {float(cost.joules[0]) * 1e6:.2f} uJ, most cycles {int(chip.wear().max())}"
        )
finally:
    server.terminate()
    server.wait()
