"""The price of sending pictures away: radios, network and data centre, number by number."""

from dataclasses import dataclass

from ohmshot.study.assumptions import Amount, Positive
from ohmshot.study.device import DeviceAssumptions


@dataclass(frozen=True)
class Radio:
    """A way to the network.

    Attributes:
        name: name of the radio.
        joules_per_bit: energy in J of the device for sending a bit of payload.
        session_joules: energy in J of the device from sleep to connected and back.
    """

    name: str
    joules_per_bit: float
    session_joules: float


class CloudAssumptions(DeviceAssumptions):
    """The device, its radios, the network and the data centre."""

    picture_bytes: Positive = 784.0
    """Bytes of a picture: 28 x 28 at 8 bits, not compressed."""
    label_bytes: Amount = 1.0
    """Bytes that name the class of a support picture."""
    overhead_bytes: Amount = 60.0
    """Bytes of headers and encryption a picture; assumed (IPv4 and TCP without options take 40)."""
    answer_bytes: Amount = 20.0
    """Bytes of an answer without its headers; assumed."""
    pictures_a_session: Positive = 1.0
    """Pictures that share one session of the radio; 1 answers at once."""
    ble_nj_per_bit: Positive = 25.0
    """Bluetooth LE in nJ a bit of payload; derived: 244 bytes at 1 Mbit/s with 6.40 mA sending and 6.26 mA receiving
    the acknowledgement at 3 V (nRF52840 product specification, 0 dBm, DC/DC regulator)."""
    ble_session_mj: Amount = 0.1
    """A session over Bluetooth LE in mJ; assumed: bonded to a gateway nearby, a few events of advertising."""
    wifi_nj_per_bit: Positive = 80.0
    """Wi-Fi in nJ a bit of payload; assumed: 240 mA at 3.3 V and 10 Mbit/s of payload."""
    wifi_session_mj: Amount = 358.0
    """A session over Wi-Fi in mJ; derived: 108.6 mC from deep sleep to one MQTT message with a static address, measured
    on an ESP32 (github.com/glenn20/upy-esp32-experiments, ESPNowvsWifiEnergyUsage), here at 3.3 V."""
    nbiot_nj_per_bit: Positive = 27_000.0
    """NB-IoT in nJ a bit of payload; assumed: 545 mW while sending at 23 dBm and 20 kbit/s."""
    nbiot_session_mj: Amount = 3_000.0
    """A session over NB-IoT in mJ; assumed. That the session and not the size of the packet decides is measured:
    Michelinakis et al., IEEE Internet of Things Journal 8 (2021), doi:10.1109/JIOT.2020.3013949 (abstract)."""
    network_kwh_per_gb: Amount = 0.004
    """Fixed network in kWh/GB; derived: 0.06 in 2015, halving about every two years, four times since (Aslan et al., J.
    Ind. Ecol. 22 (2018), doi:10.1111/jiec.12630, abstract). Mytton et al. (2024, doi:10.1111/jiec.13512, abstract) hold
    that network energy does not follow the traffic, so what a picture adds may be nothing."""
    server_pj_per_mac: Amount = 10.0
    """Energy of a multiply-accumulate in the data centre in pJ; assumed for accelerators at small batches."""
    server_request_mj: Amount = 10.0
    """Energy of a request in the data centre beside its arithmetic in mJ; assumed."""
    power_usage_effectiveness: Positive = 1.58
    """Energy of the site over that of its computers: industry average of 2023 (Uptime Institute)."""
    pictures_a_day: Amount = 100.0
    """Pictures that the device classifies in a day; assumed, the figure goes through it."""
    adaptations_a_day: Amount = 1.0
    """Tasks that it learns in a day; assumed."""

    @property
    def radios(self) -> tuple[Radio, ...]:
        """Radios to compare."""
        return (
            Radio("Bluetooth LE", 1e-9 * self.ble_nj_per_bit, 1e-3 * self.ble_session_mj),
            Radio("Wi-Fi", 1e-9 * self.wifi_nj_per_bit, 1e-3 * self.wifi_session_mj),
            Radio("NB-IoT", 1e-9 * self.nbiot_nj_per_bit, 1e-3 * self.nbiot_session_mj),
        )

    @property
    def network_joules_per_byte(self) -> float:
        """Energy of the fixed network."""
        return 3.6e6 * self.network_kwh_per_gb / 1e9
