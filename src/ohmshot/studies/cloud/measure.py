"""Energy and data traffic of learning on the chip, against sending every picture to a data centre.

The chip's energies are measured on simulated chips. What its host computes (the fixed layers, the gradients) is counted
and priced, and so are radio, network and data centre: all prices are `ohmshot.studies.cloud.assumptions`.
"""

import math
from dataclasses import dataclass

import polars as pl
import torch
from torch import Tensor

from ohmshot.adapt.adapted import adapted_chips, tasks_for
from ohmshot.bundle.bundle import Bundle
from ohmshot.foundation.statistics import half_interval
from ohmshot.studies.cloud.assumptions import CloudAssumptions, Radio
from ohmshot.study.adjustable import assumptions_of, assumptions_table
from ohmshot.study.device import macs_of_features, macs_of_gradients
from ohmshot.study.study import Counts, Measurement, Progress, Study, StudySettings

ON_DEVICE = "on the device"
PARTS = ("chip", "processor", "radio", "network", "data centre")
DEVICE_PARTS = PARTS[:3]
ACTS = ("one classification", "one adaptation")
USES = tuple(round(10 ** (step / 4)) for step in range(0, 21))
"""Pictures a day that the table goes through: 1 to 100,000."""


@dataclass(frozen=True)
class ChipCosts:
    """Energy in J of each episode, float64 [episodes]: one classification, and one task learned and forgotten again."""

    classification: Tensor
    adaptation: Tensor


@dataclass(frozen=True)
class Act:
    """One classification or one adaptation, done in one way.

    Attributes:
        joules: by part.
        sent: bytes that leave the device.
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


def measure(settings: StudySettings, progress: Progress) -> Measurement:
    """Measure the chip, price the rest."""
    assumed = assumptions_of(CloudAssumptions, settings.assumed)
    costs = chip_costs(settings, progress)
    ways = acts(costs, settings.bundle, assumed)
    tables = {
        "acts": _acts_table(ways),
        "day": _day_table(ways, assumed),
        "uses": _uses_table(ways, assumed),
        "processor": _processor_table(ways, settings.bundle),
        "break_even": _break_even_table(ways, settings.bundle, assumed),
        "chip": _chip_table(costs),
        "assumptions": assumptions_table(assumed),
    }
    return Measurement(tables, _findings(tables, ways, assumed), ("aslan2018intensity", "michelinakis2021nbiot"))


def chip_costs(settings: StudySettings, progress: Progress = lambda done, total: None) -> ChipCosts:
    """Let the chips learn, classify and forget, and read their meters."""
    classifications, adaptations = [], []
    for chips in adapted_chips(settings, tasks_for(settings), settings.parameters.values):
        before = chips.crossbar.meter()
        chips.accuracy()
        after = chips.crossbar.meter()
        chips.learner.restart()
        forgetting = chips.crossbar.meter() - after
        classifications.append((after - before).joules / chips.query.shape[1])
        adaptations.append(chips.updates.joules + forgetting.joules)
        progress(chips.numbers.stop, settings.episodes)
    return ChipCosts(torch.cat(classifications), torch.cat(adaptations))


def acts(costs: ChipCosts, bundle: Bundle, assumed: CloudAssumptions) -> dict[str, dict[str, Act]]:
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


def _acts_table(ways: dict[str, dict[str, Act]]) -> pl.DataFrame:
    rows = [
        (way, name, *(1e3 * act.joules[part] for part in PARTS), 1e3 * act.on_device, 1e3 * act.in_all, act.sent)
        for way, both in ways.items()
        for name, act in both.items()
    ]
    parts = [f"{part.replace(' ', '_')}_mj" for part in PARTS]
    return pl.DataFrame(rows, ["way", "act", *parts, "device_mj", "in_all_mj", "sent_bytes"], orient="row")


def _day_table(ways: dict[str, dict[str, Act]], assumed: CloudAssumptions) -> pl.DataFrame:
    rows = []
    for way, both in ways.items():
        used = day(both, assumed.pictures_a_day, assumed.adaptations_a_day)
        rows.append((way, *_with_sleep(used, assumed), used.sent, _battery_days(used, assumed)))
    columns = ["way", "device_mj_a_day", "in_all_mj_a_day", "sent_bytes_a_day", "battery_days"]
    return pl.DataFrame(rows, columns, orient="row")


def _uses_table(ways: dict[str, dict[str, Act]], assumed: CloudAssumptions) -> pl.DataFrame:
    rows = []
    for way, both in ways.items():
        for pictures in USES:
            used = day(both, pictures, assumed.adaptations_a_day)
            rows.append((way, pictures, *_with_sleep(used, assumed), _battery_days(used, assumed)))
    columns = ["way", "pictures_a_day", "device_mj_a_day", "in_all_mj_a_day", "battery_days"]
    return pl.DataFrame(rows, columns, orient="row")


def _with_sleep(used: Act, assumed: CloudAssumptions) -> tuple[float, float]:
    """Energy of a day in mJ, on the device and in all, the sleeping processor included."""
    return 1e3 * (used.on_device + assumed.sleep_joules_a_day), 1e3 * (used.in_all + assumed.sleep_joules_a_day)


def _battery_days(used: Act, assumed: CloudAssumptions) -> float:
    return assumed.battery_days(used.on_device + assumed.sleep_joules_a_day)


def _processor_table(ways: dict[str, dict[str, Act]], bundle: Bundle) -> pl.DataFrame:
    """Energy of a classification on the device against the price of a multiply-accumulate."""
    prices, macs, chip = (
        (10 ** (step / 4) for step in range(-4, 13)),
        macs_of_features(bundle),
        ways[ON_DEVICE][ACTS[0]],
    )
    rows = [(price, 1e3 * (1e-12 * price * macs + chip.joules["chip"])) for price in prices]
    return pl.DataFrame(rows, ["processor_pj_per_mac", "device_mj"], orient="row")


def _break_even_table(ways: dict[str, dict[str, Act]], bundle: Bundle, assumed: CloudAssumptions) -> pl.DataFrame:
    """Where a radio would cost the device as much as classifying a picture itself, one number moved at a time."""
    own, macs = ways[ON_DEVICE][ACTS[0]], macs_of_features(bundle)
    rows = []
    for radio in assumed.radios:
        sent = ways[radio.name][ACTS[0]]
        bits = 8 * (sent.sent + assumed.answer_bytes + assumed.overhead_bytes)
        per_mac = 1e12 * (sent.on_device - own.joules["chip"]) / macs
        spared = own.on_device - bits * radio.joules_per_bit
        # Sharing sessions helps only where the bits alone are cheaper than computing.
        pictures = radio.session_joules / spared if spared > 0 else math.nan
        size = (own.on_device - radio.session_joules / assumed.pictures_a_session) / (8 * radio.joules_per_bit)
        others = assumed.overhead_bytes * 2 + assumed.answer_bytes
        rows.append((radio.name, sent.on_device / own.on_device, per_mac, pictures, max(0.0, size - others)))
    columns = ["radio", "times_the_chip", "processor_pj_per_mac", "pictures_a_session", "picture_bytes"]
    return pl.DataFrame(rows, columns, orient="row").fill_nan(None)


def _chip_table(costs: ChipCosts) -> pl.DataFrame:
    rows = [
        (name, 1e9 * float(joules.mean()), 1e9 * half_interval(joules), 1e9 * float(joules.max()))
        for name, joules in zip(ACTS, (costs.classification, costs.adaptation), strict=True)
    ]
    return pl.DataFrame(rows, ["act", "energy_nj", "ci95_nj", "most_nj"], orient="row")


def _findings(
    tables: dict[str, pl.DataFrame], ways: dict[str, dict[str, Act]], assumed: CloudAssumptions
) -> tuple[str, ...]:
    one, learned = (ways[ON_DEVICE][act] for act in ACTS)
    found = [
        f"On the device a classification takes {1e3 * one.on_device:.3g} mJ, of it {1e9 * one.joules['chip']:.2f} nJ "
        f"on the chip: the fixed layers, on the processor, take {one.joules['processor'] / one.joules['chip']:.1e} "
        f"times as much. An adaptation takes {1e3 * learned.on_device:.3g} mJ, of it "
        f"{1e6 * learned.joules['chip']:.2f} uJ on the chip, forgetting included.",
        "Sending a picture costs the device "
        + ", ".join(
            f"{row['times_the_chip']:.3g} times as much over {row['radio']}"
            for row in tables["break_even"].iter_rows(named=True)
        )
        + " as classifying it there.",
    ]
    for row in tables["break_even"].iter_rows(named=True):
        shared = row["pictures_a_session"]
        batch = (
            f"from {shared:.3g} pictures a session on it is cheaper to send"
            if shared is not None
            else "sharing a session does not make sending cheaper, the bits alone cost more"
        )
        found.append(
            f"{row['radio']}: break-even at {row['processor_pj_per_mac']:.3g} pJ a multiply-accumulate of the "
            f"processor (stated: {1e12 * assumed.joules_per_mac:.3g}); {batch}."
        )
    used = {row["way"]: row for row in tables["day"].iter_rows(named=True)}
    sent = max(row["sent_bytes_a_day"] for row in used.values())
    found.append(
        f"A day of {assumed.pictures_a_day:g} pictures and {assumed.adaptations_a_day:g} adaptation(s): "
        + ", ".join(
            f"{way} {row['device_mj_a_day']:.3g} mJ of the battery ({row['in_all_mj_a_day']:.3g} mJ in all), "
            f"a coin cell lasts {row['battery_days']:.0f} days"
            for way, row in used.items()
        )
        + f"; what leaves the device is {sent / 1e3:.3g} kB, or nothing."
    )
    return tuple(found)


STUDY = Study(
    name="cloud",
    title="On the chip or in the cloud: energy and data traffic",
    question="What do learning and classifying on the chip save against sending the pictures away, and where not?",
    measure=measure,
    counts={"default": Counts(20, 200), "small": Counts(2, 4)},
    assumptions={
        "compliance_per_conductance": "not swept: the chip's share of the device's energy is below a thousandth",
        "line_capacitance": "not swept, as above",
    },
    adjustable=CloudAssumptions,
)
