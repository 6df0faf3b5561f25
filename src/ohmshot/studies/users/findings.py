"""Findings of the study of users: sentences from the numbers of its tables."""

from collections.abc import Iterator, Mapping

import polars as pl

from ohmshot.foundation.sentences import capitalised, counted, number_text, signed
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
                f"{_years(last)}; the hardware changes that by {signed(-last['fresh_loss_percent'])} ± "
                f"{last['fresh_loss_ci95_percent']:.2f} points ({signed(-first['fresh_loss_percent'])} ± "
                f"{first['fresh_loss_ci95_percent']:.2f} at {_years(first)}), half of the stay later by "
                f"{signed(-last['drifted_loss_percent'])} and after learning again by "
                f"{signed(-last['again_loss_percent'])}; "
                f"{counted(last['most_cycles'], 'cycle', digits=2)} of the most worn cell, "
                f"{number_text(last['worn_out_percent'], 2)} % worn out, "
                f"{number_text(last['chip_mj'], 3)} mJ on the chip"
            )
        yield f"{capitalised(str(life))}, {counted(users, 'user', digits=3)}: {'; '.join(by_care)}."
    least = battery.sort("battery_days").row(0, named=True)
    most = battery.sort("battery_days").row(-1, named=True)
    alone = battery["chip_alone_battery_days"].to_numpy().min()
    yield (
        f"With {counted(assumed.pictures_a_day, 'picture')} a day a coin cell lasts "
        f"{counted(round(least['battery_days']), 'day')} ({least['life']}, {least['care']}) to "
        f"{counted(round(most['battery_days']), 'day')} ({most['life']}); for the chip alone "
        f"at least {alone:.0f}, its shelf life being {365.25 * assumed.shelf_life_years:.0f}."
    )


def _years(row: dict[str, float]) -> str:
    return counted(row["year"], "year", digits=2)
