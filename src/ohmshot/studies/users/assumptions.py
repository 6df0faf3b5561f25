"""Assumptions of the study of users beside the cell."""

from typing import Annotated

from pydantic import Field

from ohmshot.study.assumptions import Amount, Positive, Share
from ohmshot.study.device import DeviceAssumptions


class UsersAssumptions(DeviceAssumptions):
    """The device, and how it is used."""

    years: Positive = 10.0
    """Years of use; assumed."""
    users_a_day: Positive = 1.0
    """Users of one of the lives, beside the fixed ones; assumed."""
    celsius: Annotated[float, Field(gt=-273)] = 25.0
    """Temperature of that life in degrees Celsius; assumed."""
    pictures_a_day: Amount = 100.0
    """Pictures that the device classifies in a day; assumed."""
    powered_share: Share = 0.01
    """Share of the time that the chip is powered and idle, at the standby power of the energy study; else it is
    switched off and keeps its weights. Assumed."""
