from ohmshot.study.periphery import chip_parts, periphery


def test_every_row_has_a_source_and_assumed_ones_a_range() -> None:
    for quantity in periphery().values():
        assert quantity.source
        assert quantity.status != "assumed" or quantity.sweep is not None


def test_the_parts_add_up_and_lie_in_their_ranges() -> None:
    *parts, chip = chip_parts(2048)
    for name in ("area_mm2", "standby_nw"):
        stated, low, high = getattr(chip, name)
        assert abs(stated - sum(getattr(part, name)[0] for part in parts)) < 1e-9
        assert low <= stated <= high
    assert parts[0].standby_nw == (0.0, 0.0, 0.0)  # the array is non-volatile
