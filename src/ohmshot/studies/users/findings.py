"""Findings of the study of users: sentences from the numbers of its tables."""

from collections.abc import Iterator, Mapping

import polars as pl

from ohmshot.studies.users.assumptions import UsersAssumptions


def findings(tables: Mapping[str, pl.DataFrame], assumed: UsersAssumptions) -> Iterator[str]:
    """Sentences on every life, and on the battery."""
    years, battery = tables["years"], tables["battery"]
    for (life,), of_life in years.group_by("life", maintain_order=True):
        by_care, users = [], 0.0
        for (care,), rows in of_life.group_by("care", maintain_order=True):
            first, last = rows.row(0, named=True), rows.row(-1, named=True)
            users = last["users"]
            by_care.append(
                f"{care}: {last['fresh_percent']:.2f} ± {last['fresh_ci95_percent']:.2f} % of a new user after "
                f"{last['year']:.2g} years, of which the hardware costs {last['fresh_loss_percent']:.2f} ± "
                f"{last['fresh_loss_ci95_percent']:.2f} points ({first['fresh_loss_percent']:.2f} ± "
                f"{first['fresh_loss_ci95_percent']:.2f} at {first['year']:.2g} years), half of the stay later "
                f"{last['drifted_loss_percent']:.2f} and after learning again {last['again_loss_percent']:.2f}; "
                f"{last['most_cycles']:.2g} cycles of the most worn cell, {last['worn_out_percent']:.2g} % worn out, "
                f"{last['chip_mj']:.3g} mJ on the chip"
            )
        yield f"{str(life)[0].upper()}{str(life)[1:]}, {users:.3g} users: {'; '.join(by_care)}."
    least = battery.sort("battery_days").row(0, named=True)
    most = battery.sort("battery_days").row(-1, named=True)
    alone = battery["chip_alone_battery_days"].to_numpy().min()
    yield (
        f"With {assumed.pictures_a_day:g} pictures a day a coin cell lasts {least['battery_days']:.0f} days "
        f"({least['life']}, {least['care']}) to {most['battery_days']:.0f} days ({most['life']}); for the chip alone "
        f"at least {alone:.0f}, its shelf life being {365.25 * assumed.shelf_life_years:.0f}."
    )
