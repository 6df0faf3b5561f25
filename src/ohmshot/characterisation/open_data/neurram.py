"""The set `neurram_40us`: technology C of the relaxation archive, cells up to 40 uS.

That C is the cell of NeuRRAM (Wan et al., Nature 608 (2022) 504) is an inference: the same range, and its standard
deviation after 1 s and a day is that of the paper's polynomials. Only relaxation is in the raw data; the rest is the
paper's (`wan_2022`).
"""

from pathlib import Path

import numpy as np
import polars as pl

from ohmshot.characterisation.open_data import log_time
from ohmshot.characterisation.open_data.archive import RELAXATION, changes_at_room, digest
from ohmshot.characterisation.open_data.raw_set import RawRow, RawSet
from ohmshot.characterisation.open_data.resampling import fitted_row
from ohmshot.characterisation.rows import FittedRow

WAN_DOI, FILE = "10.1038/s41586-022-04992-8", "relaxdata.min.tsv.gz"
EDGES = np.array([0.2, 2.0, 4.0, 7.0, 11.0, 15.0, 20.0, 25.0, 30.0, 35.0, 40.0])


def neurram(folder: Path) -> RawSet:
    """Fit the set to the raw files in a folder.

    Raises:
        MeasurementError: a file is missing.
    """
    room = changes_at_room(folder, "C", FILE).filter(pl.col("start").is_between(EDGES[0], EDGES[-1]))
    fit = log_time.fit_log_time(log_time.looks_of(room, EDGES))
    many = log_time.resampled_fits(room, EDGES, None, None)
    source = f"{digest(folder, RELAXATION)}, techC/{FILE}, 10 ms to 1e5 s"

    def fitted(name: str, note: str) -> RawRow:
        values = np.array([getattr(each, name) for each in many])
        return RawRow(fitted_row(getattr(fit, name), values, note), "fitted", source, conditions="25 C")

    shift = fitted("shift", "mean a decade; the direction of the last pulse is not known, so it is the same for both")
    rows = {
        "log_relaxation_conductances": RawRow(
            FittedRow(tuple(map(float, fit.looks.start)), "mean conductance of the groups"), "derived", source
        ),
        "log_relaxation_variance": fitted("variance", "variance a decade"),
        "log_relaxation_shift_after_set": shift,
        "log_relaxation_shift_after_reset": shift,
        "log_relaxation_start": fitted("onset", "time from which relaxation counts in decades"),
        "log_relaxation_jumps": fitted("jumps", "jumps a decade: robust and standard spread differ as measured"),
    }
    return RawSet(
        "neurram_40us",
        "HfOx 1T1R up to 40 uS, technology C, relaxation from raw data",
        "wan_2022",
        (WAN_DOI,),
        "That technology C is the NeuRRAM cell is inferred from its range and its spread. Relaxes in log time (rows "
        "log_relaxation_*): rows relaxation_*, reset_relaxation_* and retention_* are not used; without bakes there "
        "is no loss. One SET stands for verified programming, as in wan_2022.",
        rows,
        fit,
        room,
        EDGES,
    )
