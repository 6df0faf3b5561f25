"""What the wire costs: one adaptation in this process, and the same over loopback to a chip server.

    python benchmarks/wire.py [--address visa] [--repeats 5]

Both sides run the same episode on a fresh life of the same chip (initialisation, five updates, the queries after each);
the server is a process of its own. Prints median seconds, their ratio (at most 3 is the aim), and the bytes both ways.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import torch

from ohmshot.adapt.adaptation import adaptation as steps_of
from ohmshot.bundle.file import shipped_bundle
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.crossbar import Crossbar
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.data.episodes import EpisodeShape, sample_episodes
from ohmshot.data.source import evaluation_drawings
from ohmshot.foundation.randomness import generator
from ohmshot.host.care.care import NO_CARE
from ohmshot.host.learner import Learner, LearnerSettings
from ohmshot.wire.client.address import connect
from ohmshot.wire.client.crossbar import RemoteCrossbar

SEED = 5


def adaptation() -> Callable[[Crossbar], torch.Tensor]:
    """Return a function that adapts one chip to one episode and gives its answers."""
    bundle, drawings = shipped_bundle("four-convolutions"), evaluation_drawings("invented")
    episodes = sample_episodes(
        drawings, EpisodeShape(bundle.header.network.ways, 5, 15), 1, generator(SEED, "episodes")
    )
    features = bundle.features(drawings.values)
    support, query = episodes.support(features), episodes.query(features)

    def adapt(crossbar: Crossbar) -> torch.Tensor:
        learner = Learner(crossbar, bundle, LearnerSettings())
        for _ in steps_of(learner, support, episodes.support_labels, NO_CARE):
            answers = learner.forward(query).logits
        crossbar.meter()
        return answers

    return adapt


def timed(adapt: Callable[[Crossbar], torch.Tensor], chip: Callable[[], Crossbar]) -> tuple[float, torch.Tensor]:
    crossbar = chip()
    started = time.perf_counter()
    answers = adapt(crossbar)
    return time.perf_counter() - started, answers


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--address", choices=("tcp", "visa"), default="tcp")
    options.add_argument("--repeats", type=int, default=5)
    given = options.parse_args()
    torch.set_num_threads(1)
    adapt, parameters = adaptation(), load_parameter_set("leti_hfo2_130nm").values

    def here() -> Crossbar:
        return SimulatedCrossbar(parameters, Circuit(), SEED, [0])

    command = [sys.executable, "-m", "ohmshot", "serve", "--port", "0", "--seed", str(SEED)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "COLUMNS": "200"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as server:
        try:
            assert server.stdout
            port = server.stdout.readline().rsplit(":", 1)[1].strip()
            where = {"tcp": f"tcp://127.0.0.1:{port}", "visa": f"visa://TCPIP::127.0.0.1::{port}::SOCKET"}
            client = RemoteCrossbar(connect(where[given.address]), None, lambda: connect(where[given.address]))
            link = client.conversation.link

            def far() -> Crossbar:
                client.fresh([0], [0])
                return client

            near_times, far_times = [], []
            adapt(here())  # what is loaded once is not the wire's cost
            for _ in range(given.repeats):
                seconds, expected = timed(adapt, here)
                near_times.append(seconds)
                sent, received = link.sent, link.received
                seconds, answers = timed(adapt, far)
                far_times.append(seconds)
                assert torch.equal(answers, expected)
            near, distant = statistics.median(near_times), statistics.median(far_times)
            print(f"in process {1e3 * near:.1f} ms, over {given.address} {1e3 * distant:.1f} ms")
            print(f"ratio {distant / near:.2f} (median of {given.repeats}; the answers are equal bit by bit)")
            print(f"sent {link.sent - sent} bytes, received {link.received - received} bytes in one adaptation")
            client.close()
        finally:
            server.terminate()


if __name__ == "__main__":
    main()
