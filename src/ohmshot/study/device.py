"""The device around the chip: processor and battery."""

from math import prod

from ohmshot.bundle.bundle import Bundle
from ohmshot.foundation.units import DAY_S, YEAR_S
from ohmshot.study.assumptions import Amount, Assumptions, Positive, Share


class ProcessorAssumptions(Assumptions):
    """The microcontroller beside the chip, at work."""

    processor_pj_per_cycle: Positive = 41.3
    """Energy of a processor cycle in pJ: 41.3 uW/MHz, the least of seven microcontrollers running a convolutional
    network in the comparison at openreview.net/forum?id=hw6s-qry_qx (Ambiq Apollo3; abstract)."""
    macs_per_cycle: Positive = 0.6
    """Multiply-accumulates of 8-bit convolutions in a cycle; assumed for a Cortex-M4. An accelerator is far better: the
    same comparison gives 117 a cycle for the MAX78000."""

    @property
    def joules_per_mac(self) -> float:
        """Energy of one multiply-accumulate on the processor in J."""
        return 1e-12 * self.processor_pj_per_cycle / self.macs_per_cycle


class DeviceAssumptions(ProcessorAssumptions):
    """A small battery-powered device with that microcontroller beside the chip."""

    battery_mah: Positive = 225.0
    """Capacity of a CR2032 coin cell in mAh; assumed, makers state 210 to 240."""
    battery_volts: Positive = 3.0
    """Its nominal voltage in V."""
    self_discharge_per_year: Share = 0.01
    """Share that the cell loses in a year on the shelf; assumed, makers state about 1 %."""
    shelf_life_years: Positive = 10.0
    """Years after which it is changed anyway; assumed, makers state up to 10."""
    sleep_ua: Amount = 0.71
    """Current of the processor while it sleeps, clock and memory kept, in uA: TI CC2340R2, data sheet SWRS282."""

    @property
    def sleep_joules_a_day(self) -> float:
        """Energy in J that the processor takes asleep in a day; its waking time is short."""
        return 1e-6 * self.sleep_ua * self.battery_volts * DAY_S

    @property
    def battery_joules(self) -> float:
        """Energy of a fresh cell in J."""
        return self.battery_mah * 3.6 * self.battery_volts

    def battery_days(self, joules_a_day: float) -> float:
        """Life of a cell in days at a load: its self-discharge is a steady load, its shelf life a bound."""
        leak = self.battery_joules * self.self_discharge_per_year * DAY_S / YEAR_S
        return min(self.battery_joules / (joules_a_day + leak), self.shelf_life_years * YEAR_S / DAY_S)


def macs_of_features(bundle: Bundle) -> int:
    """Multiply-accumulates of the fixed layers on one example."""
    _, height, width = bundle.header.network.input
    total = 0
    for layer in bundle.header.network.convolutions:
        height, width = (
            (size + 2 * pad - kernel) // stride + 1
            for size, pad, kernel, stride in zip(
                (height, width), layer.padding, layer.kernel, layer.stride, strict=True
            )
        )
        total += height * width * layer.outputs * layer.inputs * prod(layer.kernel)
    return total


def macs_of_gradients(bundle: Bundle, examples: int) -> int:
    """Multiply-accumulates of the host in all updates on a support set: the gradients, since the chip multiplies.

    A layer takes one product for its gradient, and one more to hand the error on where a layer before it learns.
    """
    sizes = [weights.numel() for weights in bundle.head]
    first = next((layer for layer in range(len(sizes) - 1) if bool(bundle.rates[:, layer].any())), len(sizes) - 1)
    return len(bundle.rates) * examples * (sum(sizes[first:]) + sum(sizes[first + 1 :]))
