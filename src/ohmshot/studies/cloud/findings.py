"""Findings of the cloud study: sentences from the numbers of its tables."""

from collections.abc import Iterator, Mapping

import polars as pl

from ohmshot.studies.cloud.acts import ACTS, ON_DEVICE, Ways
from ohmshot.studies.cloud.assumptions import CloudAssumptions


def findings(tables: Mapping[str, pl.DataFrame], ways: Ways, assumed: CloudAssumptions) -> Iterator[str]:
    """Sentences on one act, on where sending breaks even, and on the assumed day."""
    one, learned = (ways[ON_DEVICE][act] for act in ACTS)
    yield (
        f"On the device a classification takes {1e3 * one.on_device:.3g} mJ, of it {1e9 * one.joules['chip']:.2f} nJ "
        f"on the chip: the fixed layers, on the processor, take {one.joules['processor'] / one.joules['chip']:.1e} "
        f"times as much. An adaptation takes {1e3 * learned.on_device:.3g} mJ, of it "
        f"{1e6 * learned.joules['chip']:.2f} uJ on the chip, forgetting included."
    )
    radios = tables["break_even"].to_dicts()
    dearer = ", ".join(f"{row['times_the_chip']:.3g} times as much over {row['radio']}" for row in radios)
    yield f"Sending a picture costs the device {dearer} as classifying it there."
    for row in radios:
        shared = row["pictures_a_session"]
        batch = (
            f"from {shared:.3g} pictures a session on it is cheaper to send"
            if shared is not None
            else "sharing a session does not make sending cheaper, the bits alone cost more"
        )
        yield (
            f"{row['radio']}: break-even at {row['processor_pj_per_mac']:.3g} pJ a multiply-accumulate of the "
            f"processor (stated: {1e12 * assumed.joules_per_mac:.3g}); {batch}."
        )
    days = ", ".join(
        f"{row['way']} {row['device_mj_a_day']:.3g} mJ of the battery ({row['in_all_mj_a_day']:.3g} mJ in all), "
        f"a coin cell lasts {row['battery_days']:.0f} days"
        for row in tables["day"].iter_rows(named=True)
    )
    yield (
        f"A day of {assumed.pictures_a_day:g} pictures and {assumed.adaptations_a_day:g} adaptation(s): {days}; what "
        f"leaves the device is {tables['day']['sent_bytes_a_day'].to_numpy().max() / 1e3:.3g} kB, or nothing."
    )
