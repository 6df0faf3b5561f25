"""Tables of the cloud study."""

import math

import polars as pl

from ohmshot.bundle.bundle import Bundle
from ohmshot.foundation.statistics import mean_and_half
from ohmshot.studies.cloud.acts import ACTS, ON_DEVICE, PARTS, Act, ChipCosts, Ways, day
from ohmshot.studies.cloud.assumptions import CloudAssumptions
from ohmshot.study.device import macs_of_features

PICTURES_A_DAY = tuple(round(10 ** (step / 4)) for step in range(0, 21))
"""Pictures a day that the table goes through: 1 to 100,000."""

PART_COLUMNS = {part: f"{part.replace(' ', '_')}_mj" for part in PARTS}
ACTS_COLUMNS = ("way", "act", *PART_COLUMNS.values(), "device_mj", "in_all_mj", "sent_bytes")
DAY = ("way", "device_mj_a_day", "in_all_mj_a_day", "sent_bytes_a_day", "battery_days")
USES = ("way", "pictures_a_day", "device_mj_a_day", "in_all_mj_a_day", "battery_days")
PROCESSOR = ("processor_pj_per_mac", "device_mj")
BREAK_EVEN = ("radio", "times_the_chip", "processor_pj_per_mac", "pictures_a_session", "picture_bytes")
CHIP = ("act", "energy_nj", "ci95_nj", "most_nj")


def acts_table(ways: Ways) -> pl.DataFrame:
    """Energy by part, and bytes sent, of every act in every way."""
    rows = [
        (way, name, *(1e3 * act.joules[part] for part in PARTS), 1e3 * act.on_device, 1e3 * act.in_all, act.sent)
        for way, both in ways.items()
        for name, act in both.items()
    ]
    return pl.DataFrame(rows, ACTS_COLUMNS, orient="row")


def day_table(ways: Ways, assumed: CloudAssumptions) -> pl.DataFrame:
    """The assumed day of use in every way."""
    rows = []
    for way, both in ways.items():
        used = day(both, assumed.pictures_a_day, assumed.adaptations_a_day)
        rows.append((way, *_with_sleep(used, assumed), used.sent, _battery_days(used, assumed)))
    return pl.DataFrame(rows, DAY, orient="row")


def uses_table(ways: Ways, assumed: CloudAssumptions) -> pl.DataFrame:
    """Days with few and with many pictures in every way."""
    rows = []
    for way, both in ways.items():
        for pictures in PICTURES_A_DAY:
            used = day(both, pictures, assumed.adaptations_a_day)
            rows.append((way, pictures, *_with_sleep(used, assumed), _battery_days(used, assumed)))
    return pl.DataFrame(rows, USES, orient="row")


def _with_sleep(used: Act, assumed: CloudAssumptions) -> tuple[float, float]:
    """Energy of a day in mJ, on the device and in all, the sleeping processor included."""
    return 1e3 * (used.on_device + assumed.sleep_joules_a_day), 1e3 * (used.in_all + assumed.sleep_joules_a_day)


def _battery_days(used: Act, assumed: CloudAssumptions) -> float:
    return assumed.battery_days(used.on_device + assumed.sleep_joules_a_day)


def processor_table(ways: Ways, bundle: Bundle) -> pl.DataFrame:
    """Energy of a classification on the device against the price of a multiply-accumulate."""
    prices = (10 ** (step / 4) for step in range(-4, 13))
    macs, chip = macs_of_features(bundle), ways[ON_DEVICE][ACTS[0]].joules["chip"]
    rows = [(price, 1e3 * (1e-12 * price * macs + chip)) for price in prices]
    return pl.DataFrame(rows, PROCESSOR, orient="row")


def break_even_table(ways: Ways, bundle: Bundle, assumed: CloudAssumptions) -> pl.DataFrame:
    """Break-even of sending a picture and classifying it on the device, one number moved at a time."""
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
    return pl.DataFrame(rows, BREAK_EVEN, orient="row").fill_nan(None)


def chip_table(costs: ChipCosts) -> pl.DataFrame:
    """Measured energy of the chip alone."""
    rows = [
        (name, *mean_and_half(joules, 1e9), 1e9 * float(joules.max()))
        for name, joules in zip(ACTS, (costs.classification, costs.adaptation), strict=True)
    ]
    return pl.DataFrame(rows, CHIP, orient="row")
