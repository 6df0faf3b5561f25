"""Memories as macros of a process: what a compiled SRAM takes, since cells of a library would take several times that.

Figures of IHP's open SRAM macros for SG13G2 (Apache-2.0, repository IHP-GmbH/IHP-Open-PDK at 5cccb161,
``libs.ref/sg13g2_sram/lib/RM_IHPSG13_1P_256x*_c2_bm_bist_typ_1p20V_25C.lib``): area, ``cell_leakage_power``,
``internal_power`` of the clock pin for a read and for a write, and the delay from the clock to the data at a small
load. SKY130's library has none, so these stand for it too.
"""

from dataclasses import dataclass

from ohmshot.foundation.errors import SettingsError


@dataclass(frozen=True)
class Macro:
    """One memory of one port.

    Attributes:
        words: how many.
        bits: of a word.
        area_um2: area.
        leakage_nw: leakage while it is powered.
        read_pj: energy of one read.
        write_pj: energy of one write.
        access_ns: from the clock's edge to the data.
    """

    words: int
    bits: int
    area_um2: float
    leakage_nw: float
    read_pj: float
    write_pj: float
    access_ns: float

    def joules(self, reads: int, writes: int) -> float:
        """Energy of some accesses."""
        return 1e-12 * (reads * self.read_pj + writes * self.write_pj)


MACROS = (
    Macro(256, 16, 28127.104, 49.5039, 14.1920, 18.4562, 3.03),
    Macro(256, 32, 49488.4992, 99.0077, 26.0060, 33.4496, 3.10),
)


def macro_for(words: int, bits: int) -> Macro:
    """The smallest macro that holds some words.

    Raises:
        SettingsError: none does.
    """
    fitting = [macro for macro in MACROS if macro.words >= words and macro.bits >= bits]
    if not fitting:
        raise SettingsError(f"No macro of the table holds {words} words of {bits} bits.")
    return min(fitting, key=lambda macro: macro.area_um2)
