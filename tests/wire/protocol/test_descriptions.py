import json

import pytest

from ohmshot.cell.parameter_set import ParameterSet
from ohmshot.foundation.errors import ChipError
from ohmshot.wire.protocol.descriptions import capabilities_from_json, datasheet_from_json, datasheet_json
from ohmshot.wire.server.simulated_station import SimulatedStation


def test_a_datasheet_comes_back_as_it_was(parameters: ParameterSet) -> None:
    sheet = SimulatedStation(parameters, 5).crossbar.datasheet
    assert datasheet_from_json(datasheet_json(sheet)) == sheet


def test_what_a_chip_forgets_to_say_is_named(station: SimulatedStation) -> None:
    said = json.loads(datasheet_json(station.crossbar.datasheet))
    del said["rows"]
    with pytest.raises(ChipError, match=r"The chip's datasheet cannot be used: rows: Field required\."):
        datasheet_from_json(json.dumps(said).encode())
    with pytest.raises(ChipError, match="The chip's capabilities cannot be used: protocol"):
        capabilities_from_json(b'{"chips": 1, "longest_message": 1000, "commands": []}')
