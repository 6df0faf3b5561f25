from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.characterisation.fit import fit_wafer
from ohmshot.characterisation.measurements import EXPERIMENTS, validated
from ohmshot.characterisation.wafer import WaferTest, simulated_wafer
from ohmshot.report.fit_page import fit_page

LETI = load_parameter_set("leti_hfo2_130nm")
SMALL = WaferTest(
    devices=12,
    cycles=2,
    amplitudes=5,
    reads=5,
    relaxation_times=(10, 100, 1000),
    bake_celsius=(150, 175, 200),
    bake_hours=(1, 10),
)


def test_the_page_shows_every_experiment_and_loads_nothing() -> None:
    page = fit_page(fit_wafer(validated(simulated_wafer(LETI.values, 1, SMALL), "w.csv"), LETI), "lot", "w.csv")
    assert page.count("<svg") == len(EXPERIMENTS) - 1 + 1  # ramps stand for RESETs; the levels have a figure too
    assert "retention_activation_energy" in page
    assert "Not measured" not in page
    assert 'id="references"' in page
    assert "src=" not in page
    assert "<link" not in page


def test_the_page_names_what_was_not_measured() -> None:
    test = WaferTest(experiments=("read",), devices=4, reads=5)
    page = fit_page(fit_wafer(validated(simulated_wafer(LETI.values, 1, test), "w.csv"), LETI), "lot", "w.csv")
    assert "Not measured: set, reset, relaxation, retention." in page
