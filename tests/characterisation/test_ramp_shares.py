"""Shares of a RESET's variance: the same readings give the same rows, whatever order polars forms groups in."""

import numpy as np
import polars as pl

from ohmshot.characterisation.ramp import shares


def test_intervals_do_not_depend_on_the_order_of_groups() -> None:
    draw = np.random.default_rng(5)
    device, cycle, amplitude = (each.ravel() for each in np.meshgrid(range(60), range(4), range(5), indexing="ij"))
    residual = draw.normal(size=60)[device] + draw.normal(size=len(device))
    points = pl.DataFrame(
        {"device": device, "cycle": cycle, "amplitude": amplitude, "moved": True, "residual": residual}
    )
    found = [shares(points) for _ in range(8)]
    assert all(each == found[0] for each in found)
    assert found[0]["reset_device_share"].interval is not None
