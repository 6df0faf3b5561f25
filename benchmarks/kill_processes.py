"""A host that adapts a chip and a chip server, each as a process of its own that may be killed at any instruction."""

import asyncio
import dataclasses
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ohmshot.adapt.adaptation import adaptation
from ohmshot.adapt.bake import STANDARD_BAKE
from ohmshot.adapt.journal import JOURNAL, open_journal
from ohmshot.bundle.file import shipped_bundle
from ohmshot.cell.parameter_set import ParameterSet, load_parameter_set
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.crossbar import ObservedCrossbar
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.foundation.tensor_files import read_tensors, write_tensors
from ohmshot.host.learner import Learner, LearnerSettings
from ohmshot.wire.client.address import connect
from ohmshot.wire.client.crossbar import RemoteCrossbar
from ohmshot.wire.client.links import ConnectionLostError
from ohmshot.wire.client.numbered import RetryPolicy
from ohmshot.wire.server.chip_file import opened_station
from ohmshot.wire.server.server import Server, ServerSettings
from ohmshot.wire.server.serving import serve_until_interrupted

SNAPSHOT_BYTES = 400_000
"""Of the server's log: so short that kills find it writing snapshots too."""
GAVE_UP = 2
"""Exit code."""
QUIET = "quiet"
"""The default set without read noise and ageing: what has been verified stays where it was."""
_OF_AGEING = (
    "read_noise",
    "relaxation_shift_per_decade",
    "relaxation_spread_at_60_s",
    "relaxation_spread_per_decade",
    "reset_relaxation_spread_1_s",
    "reset_relaxation_spread_1_day",
    "retention_loss",
    "retention_spread",
)


@dataclass(frozen=True)
class Place:
    """Where one adaptation happens; plain values, so that other processes can be told.

    Attributes:
        folder: of the chip, the journal and the outcome.
        cells: name of a parameter set, or `QUIET`.
        seed: of the chip.
        port: of its server.
        task: file with the features and labels of the task.
    """

    folder: Path
    cells: str
    seed: int
    port: int
    task: Path

    @property
    def chip(self) -> Path:
        """The file that the server keeps."""
        return self.folder / "chip"

    @property
    def journal(self) -> Path:
        """The folder that the host keeps."""
        return self.folder / "journal"

    def journal_lines(self) -> list[dict[str, Any]]:
        """The whole lines of the journal."""
        path = self.journal / JOURNAL
        content = path.read_bytes() if path.exists() else b""
        return [json.loads(line) for line in content[: content.rfind(b"\n") + 1].splitlines()]

    @property
    def connected(self) -> Path:
        """The file by which a host tells that it has the chip."""
        return self.folder / "connected"

    @property
    def outcome(self) -> Path:
        """The file that is there when all is done."""
        return self.folder / "outcome.safetensors"


def cells_named(name: str) -> ParameterSet:
    """Return a parameter set by its name, or `QUIET`."""
    if name != QUIET:
        return load_parameter_set(name)
    noisy, ideal = load_parameter_set("leti_hfo2_130nm"), load_parameter_set("ideal").values
    values = dataclasses.replace(noisy.values, **{row: getattr(ideal, row) for row in _OF_AGEING})
    return dataclasses.replace(noisy, values=values)


def run_server(place: Place) -> None:
    """Serve the chip until killed or told to end."""
    with opened_station(cells_named(place.cells), place.seed, place.chip, longest_log=SNAPSHOT_BYTES) as station:
        server = Server(station, ServerSettings(port=place.port))
        asyncio.run(serve_until_interrupted(server, station, None, lambda: None))


def run_nothing(place: Place) -> None:
    """End at once: the first process pays for the imports of all."""


def run_host(place: Place) -> None:
    """Adapt the served chip, going on where a host before stopped; bake it; write the outcome.

    Ends with `GAVE_UP` where no server answers at the start, as a command does; then it is to be started again.
    """
    address = f"tcp://127.0.0.1:{place.port}"
    try:
        first = connect(address)
    except ConnectionLostError:
        sys.exit(GAVE_UP)
    crossbar = RemoteCrossbar(first, reconnect=lambda: connect(address), retries=RetryPolicy(0.01, longest_pause_s=0.1))
    place.connected.touch()
    write_tensors(place.outcome, adapted_and_baked(crossbar, place), {})
    crossbar.close()


def adapted_and_baked(crossbar: ObservedCrossbar, place: Place) -> dict[str, Tensor]:
    """Adapt one chip with a journal, measure, bake, measure: everything that two runs are compared by.

    Returns:
        "targets" of the last write, cells "missed" by any write, "adapted" and "baked" conductances in uS [cells],
        "accuracy" and "baked_accuracy" as shares of 1, "pulses", "joules" and "busy_seconds" of the chip so far.
    """
    task, _ = read_tensors(place.task)
    learner = Learner(crossbar, shipped_bundle("four-convolutions"), LearnerSettings())
    support, labels = task["support"], task["support_labels"]
    journal = open_journal(place.journal, learner, support, labels, f"seed {place.seed}")
    for _ in adaptation(learner, support, labels, journal=journal):
        pass
    targets = learner.targets[0].clone()
    adapted, accuracy = crossbar.true_conductances().flatten(), _right(learner, task)
    STANDARD_BAKE.apply_to(crossbar)
    baked, baked_accuracy = crossbar.true_conductances().flatten(), _right(learner, task)
    meter = crossbar.meter()
    return {
        "targets": targets,
        "missed": torch.tensor(_missed(place), dtype=torch.int64),
        "adapted": adapted,
        "baked": baked,
        "accuracy": accuracy,
        "baked_accuracy": baked_accuracy,
        "pulses": meter.pulses[0],
        "joules": meter.joules[0],
        "busy_seconds": meter.seconds[0],
    }


def undisturbed(place: Place) -> dict[str, Tensor]:
    """The same with the same chip in this process."""
    parameters = cells_named(place.cells)
    return adapted_and_baked(SimulatedCrossbar(parameters.values, Circuit(), place.seed, [0]), place)


def _missed(place: Place) -> list[int]:
    return sorted({cell for line in place.journal_lines() for cell in line.get("missed", ())})


def _right(learner: Learner, task: dict[str, Tensor]) -> Tensor:
    answers = learner.forward(task["query"]).logits[0].argmax(-1)
    return (answers == task["query_labels"]).double().mean()
