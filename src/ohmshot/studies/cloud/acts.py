"""One classification and one adaptation, done on the chip or sent away: energy by part, and bytes that leave."""

from dataclasses import dataclass

from torch import Tensor

from ohmshot.bundle.bundle import Bundle
from ohmshot.studies.cloud.assumptions import CloudAssumptions, Radio
from ohmshot.study.device import macs_of_features, macs_of_gradients

ON_DEVICE = "on the device"
PARTS = ("chip", "processor", "radio", "network", "data centre")
DEVICE_PARTS = PARTS[:3]
ACTS = ("one classification", "one adaptation")


@dataclass(frozen=True)
class ChipCosts:
    """Energy in J of each episode, float64 [episodes]: one classification, and one task learned and forgotten again."""

    classification: Tensor
    adaptation: Tensor


@dataclass(frozen=True)
class Act:
    """One classification or one adaptation, done in one way.

    Attributes:
        joules: energy in J by part.
        sent: bytes sent by the device.
    """

    joules: dict[str, float]
    sent: float

    @property
    def on_device(self) -> float:
        """Energy in J that the battery gives."""
        return sum(self.joules[part] for part in DEVICE_PARTS)

    @property
    def in_all(self) -> float:
        """Energy in J with network and data centre."""
        return sum(self.joules.values())


Ways = dict[str, dict[str, Act]]
"""Acts by what is done (`ACTS`), by the way in which it is done."""


def acts(costs: ChipCosts, bundle: Bundle, assumed: CloudAssumptions) -> Ways:
    """Price both acts in every way, with 5-shot support sets: {way: {act: Act}}."""
    support = 5 * bundle.header.network.ways
    features, gradients = macs_of_features(bundle), macs_of_gradients(bundle, support)
    local = {
        ACTS[0]: _local(costs.classification, features, assumed),
        ACTS[1]: _local(costs.adaptation, support * features + gradients, assumed),
    }
    remote = {
        radio.name: {
            ACTS[0]: _sent(radio, 1, features, assumed),
            ACTS[1]: _sent(radio, support, support * features + gradients, assumed),
        }
        for radio in assumed.radios
    }
    return {ON_DEVICE: local, **remote}


def _local(chip: Tensor, macs: int, assumed: CloudAssumptions) -> Act:
    joules = dict.fromkeys(PARTS, 0.0) | {"chip": float(chip.mean()), "processor": macs * assumed.joules_per_mac}
    return Act(joules, 0.0)


def _sent(radio: Radio, pictures: int, macs: int, assumed: CloudAssumptions) -> Act:
    """Send pictures, each labelled where they are several, and take one answer; receiving costs as sending does."""
    labels = assumed.label_bytes if pictures > 1 else 0.0
    sent = pictures * (assumed.picture_bytes + labels + assumed.overhead_bytes)
    answer = assumed.answer_bytes + assumed.overhead_bytes
    # An adaptation is a session of its own; single pictures share theirs with others.
    sessions = max(1 / assumed.pictures_a_session, float(pictures > 1))
    server = 1e-12 * assumed.server_pj_per_mac * macs + 1e-3 * assumed.server_request_mj
    joules = {
        "chip": 0.0,
        "processor": 0.0,
        "radio": sessions * radio.session_joules + 8 * (sent + answer) * radio.joules_per_bit,
        "network": (sent + answer) * assumed.network_joules_per_byte,
        "data centre": server * assumed.power_usage_effectiveness,
    }
    return Act(joules, sent)


def day(way: dict[str, Act], pictures: float, adaptations: float) -> Act:
    """A day of use."""
    one, learned = (way[act] for act in ACTS)
    joules = {part: pictures * one.joules[part] + adaptations * learned.joules[part] for part in PARTS}
    return Act(joules, pictures * one.sent + adaptations * learned.sent)
