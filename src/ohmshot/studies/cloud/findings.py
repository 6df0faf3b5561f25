"""Findings of the cloud study: sentences from the numbers of its tables."""

from collections.abc import Iterator, Mapping

import polars as pl

from ohmshot.foundation.sentences import counted, number_text, times
from ohmshot.studies.cloud.acts import ACTS, ON_DEVICE, Ways
from ohmshot.studies.cloud.assumptions import CloudAssumptions


def findings(tables: Mapping[str, pl.DataFrame], ways: Ways, assumed: CloudAssumptions) -> Iterator[str]:
    """Sentences on one act, on where sending breaks even, and on the assumed day."""
    one, learned = (ways[ON_DEVICE][act] for act in ACTS)
    yield (
        f"On the device a classification takes {1e3 * one.on_device:.3g} mJ, of it {1e9 * one.joules['chip']:.2f} nJ "
        f"on the chip: the fixed layers, on the processor, take "
        f"{times(one.joules['processor'], one.joules['chip'])} as much. An adaptation takes "
        f"{1e3 * learned.on_device:.3g} mJ, of it {1e6 * learned.joules['chip']:.2f} uJ on the chip, "
        "forgetting included."
    )
    radios = tables["break_even"].to_dicts()
    dearer = ", ".join(f"{number_text(row['times_the_chip'], 3)} times as much over {row['radio']}" for row in radios)
    yield f"Sending a picture costs the device {dearer} as classifying it there."
    for row in radios:
        shared = row["pictures_a_session"]
        batch = (
            f"from {counted(shared, 'picture', digits=3)} a session on it is cheaper to send"
            if shared is not None
            else "sharing a session does not make sending cheaper, the bits alone cost more"
        )
        yield (
            f"{row['radio']}: break-even at {number_text(row['processor_pj_per_mac'], 3)} pJ a multiply-accumulate of "
            f"the processor (stated: {1e12 * assumed.joules_per_mac:.3g}); {batch}."
        )
    days = ", ".join(
        f"{row['way']} {number_text(row['device_mj_a_day'], 3)} mJ of the battery "
        f"({number_text(row['in_all_mj_a_day'], 3)} mJ in all), a coin cell lasts "
        f"{counted(round(row['battery_days']), 'day')}"
        for row in tables["day"].iter_rows(named=True)
    )
    yield (
        f"A day of {counted(assumed.pictures_a_day, 'picture')} and "
        f"{counted(assumed.adaptations_a_day, 'adaptation')}: {days}; what "
        f"leaves the device is {number_text(float(tables['day']['sent_bytes_a_day'].to_numpy().max()) / 1e3, 3)} kB, "
        "or nothing."
    )
