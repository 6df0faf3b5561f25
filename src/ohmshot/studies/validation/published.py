"""Published figures of cells, with where they were read; the simulator is held against them."""

ESMANHOTTO = "Esmanhotto et al., Adv. Intell. Syst. 4 (2022), Fig. 4, digitised by a third party"
ESMANHOTTO_LEVELS = (44.6, 53.3, 60.8, 71.6, 81.9, 91.9, 102.7, 116.6)
"""uS, mean of the eight levels about 59 s after programming."""
ESMANHOTTO_MEANS: dict[float, tuple[float, ...]] = {
    155.0: (42.8, 51.6, 60.8, 70.9, 81.4, 91.5, 102.2, 116.6),
    690.0: (40.0, 49.3, 60.3, 70.9, 81.1, 91.2, 102.2, 116.1),
    3800.0: (37.2, 47.7, 59.5, 70.9, 80.6, 90.9, 102.2, 116.1),
}
"""uS, mean of each level by the time in s."""
ESMANHOTTO_SPREADS: dict[float, tuple[float, ...]] = {
    60.0: (0.173, 0.103, 0.055, 0.060, 0.041, 0.032, 0.026, 0.044),
    1000.0: (0.295, 0.188, 0.081, 0.098, 0.061, 0.038, 0.029, 0.045),
    3000.0: (0.335, 0.224, 0.095, 0.115, 0.071, 0.043, 0.031, 0.046),
}
"""Standard deviation over mean of each level by the time in s."""

WAN = "Wan et al., Nature 608 (2022), Ext. Data Fig. 3, as fitted in aihwkit"
WAN_POLYNOMIALS: dict[float, tuple[float, ...]] = {
    1.0: (0.348, 16.03, -43.85, 45.39, -16.82),
    86_400.0: (0.701, 22.09, -50.77, 47.10, -16.46),
    172_800.0: (0.782, 20.27, -43.51, 37.06, -11.93),
}
"""Standard deviation in uS by the time in s: coefficients in conductance / 40 uS, lowest power first."""

FALCONE = "Falcone et al., arXiv 2502.04524 (2025), as published in aihwkit"
MILO = "Milo et al., IRPS 2021, Fig. 4 (IGVVA-100), as fitted in CrossSim"
MILO_COEFFICIENTS = (4.782, -0.009107)
"""Standard deviation in uS after verified programming: first + second * conductance in uS."""

BONNET = "Bonnet et al., Nat. Commun. 14 (2023) 7530"
VLSI_SUMMARY = "summary of the VLSI 2025 work (CEA-Leti, Weebit Nano)"
DALGATY = "Dalgaty et al., Nat. Electron. 4 (2021), abstract"
WEEBIT = "Weebit Nano, company release (2023)"
LETI_28_NM = "CEA-Leti, 28 nm FDSOI, 16 kbit"

RADAR = "RADAR data (Levy et al., IEEE Trans. Electron Devices 2021), chip technology not named"
RADAR_BAKE: tuple[tuple[float, float, float], ...] = (
    (125.0, -10.4, 11.5),
    (102.0, -14.7, 17.3),
    (85.0, -14.2, 20.2),
    (68.0, -27.0, 31.0),
    (54.0, -22.0, 17.0),
    (33.0, -9.0, 20.0),
    (12.0, -3.0, 9.0),
)
"""uS: median before, shift of the median and robust standard deviation of the change after 30 min at 80 degrees C."""


def polynomial(x: float, coefficients: tuple[float, ...]) -> float:
    """Evaluate c0 + c1 x + c2 x^2 + ..."""
    return sum(c * x**power for power, c in enumerate(coefficients))
