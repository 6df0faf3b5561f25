from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from ohmshot.bundle.file import shipped_bundle
from ohmshot.cli import app
from ohmshot.foundation.errors import SettingsError
from ohmshot.studies.cloud.acts import ACTS, ON_DEVICE, ChipCosts, acts, day
from ohmshot.studies.cloud.assumptions import CloudAssumptions
from ohmshot.studies.cloud.tables import break_even_table
from ohmshot.study.assumptions import assumptions_of, assumptions_table, overrides_of, parse_overrides
from ohmshot.study.device import DeviceAssumptions, macs_of_features, macs_of_gradients

BUNDLE = shipped_bundle("four-convolutions")
COSTS = ChipCosts(torch.tensor([1e-9, 2e-9]).double(), torch.tensor([3e-7, 5e-7]).double())


def told(**values: float) -> CloudAssumptions:
    return assumptions_of(CloudAssumptions, CloudAssumptions.model_validate(values))


def test_a_day_is_the_sum_of_its_acts() -> None:
    for way in acts(COSTS, BUNDLE, CloudAssumptions()).values():
        used = day(way, 10, 2)
        one, learned = (way[act] for act in ACTS)
        assert used.in_all == pytest.approx(10 * one.in_all + 2 * learned.in_all)
        assert used.on_device == pytest.approx(sum(used.joules[part] for part in ("chip", "processor", "radio")))
        assert used.sent == pytest.approx(10 * one.sent + 2 * learned.sent)


def test_what_stays_on_the_device_sends_nothing_and_takes_what_the_chip_measured() -> None:
    local = acts(COSTS, BUNDLE, CloudAssumptions())[ON_DEVICE]
    assert all(act.sent == 0 for act in local.values())
    assert local[ACTS[0]].joules["chip"] == pytest.approx(1.5e-9)


def test_at_the_break_even_both_cost_the_same() -> None:
    for row in break_even_table(acts(COSTS, BUNDLE, told()), BUNDLE, told()).iter_rows(named=True):
        price = told(processor_pj_per_cycle=row["processor_pj_per_mac"], macs_per_cycle=1.0)
        ways = acts(COSTS, BUNDLE, price)
        assert ways[row["radio"]][ACTS[0]].on_device == pytest.approx(ways[ON_DEVICE][ACTS[0]].on_device)
        if (shared := row["pictures_a_session"]) is not None:
            ways = acts(COSTS, BUNDLE, told(pictures_a_session=shared))
            assert ways[row["radio"]][ACTS[0]].on_device == pytest.approx(ways[ON_DEVICE][ACTS[0]].on_device)


def test_multiply_accumulates_are_those_of_the_layers() -> None:
    # 5 x 5 over 14 x 14, 3 x 3 over 7 x 7 and 4 x 4, 4 x 4 once.
    assert macs_of_features(BUNDLE) == 196 * 64 * 25 + 49 * 64 * 64 * 9 + 16 * 128 * 64 * 9 + 19 * 128 * 16
    assert macs_of_gradients(BUNDLE, 25) == 5 * 25 * 39 * 5  # the first layer does not learn


def test_a_battery_without_load_lasts_its_shelf_life_and_with_load_its_energy() -> None:
    device = DeviceAssumptions()
    assert device.battery_days(0.0) == pytest.approx(3652.5)
    assert device.battery_days(24.3) == pytest.approx(100, rel=0.01)


def test_assumptions_are_told_by_name_and_every_one_has_a_source() -> None:
    changed = parse_overrides(CloudAssumptions, ["wifi_session_mj=10"])
    assert overrides_of(changed) == ("wifi_session_mj=10",)
    assert assumptions_of(CloudAssumptions, changed).wifi_session_mj == 10
    assert assumptions_table(CloudAssumptions())["source"].str.len_chars().min() > 10  # type: ignore[operator]
    for wrong in ("radio=1", "wifi_session_mj", "wifi_session_mj=much", "macs_per_cycle=0"):
        with pytest.raises(SettingsError, match="assume"):
            parse_overrides(CloudAssumptions, [wrong])
    with pytest.raises(SettingsError, match="nothing"):
        parse_overrides(None, ["a=1"])


def test_the_command_takes_assumptions_and_the_page_repeats_them(tmp_path: Path) -> None:
    command = ["study", "cloud", "--size", "small", "--source", "invented", "--assume", "macs_per_cycle=117"]
    ran = CliRunner().invoke(app, [*command, "--markdown", f"{tmp_path}/cloud.md", "--figures", f"{tmp_path}"])
    assert ran.exit_code == 0, ran.output
    assert "--assume macs_per_cycle=117" in (tmp_path / "cloud.md").read_text("utf-8")
