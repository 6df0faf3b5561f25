from pathlib import Path

import numpy as np
import pytest
import torch

from ohmshot.wire.protocol.blocks import block
from ohmshot.wire.protocol.errors import CommandError
from ohmshot.wire.protocol.parameters import Context
from ohmshot.wire.server.commands import COMMANDS, spellings, understand

SMALL = Context(chips=1, rows=4, columns=6)


def test_every_command_is_documented() -> None:
    page = (Path(__file__).parents[3] / "docs" / "protocol.md").read_text("utf-8")
    assert not [command.pattern for command in COMMANDS if f"`{command.pattern}" not in page]


def test_a_pattern_is_spelt_short_or_long_with_or_without_what_is_optional() -> None:
    assert spellings("SYSTem:ERRor[:NEXT]?") == {
        (system, error, *after)
        for system in ("SYST", "SYSTEM")
        for error in ("ERR", "ERROR")
        for after in ((), ("NEXT",))
    }
    assert spellings("*IDN?") == {("*IDN",)}


def test_cells_are_a_channel_list_or_a_block() -> None:
    addresses = block(np.array([0, 2, 3], ">i4").tobytes())
    for text in (b"(@0,2:3)", addresses):
        (call,) = understand(b"CELL:SET " + text + b",1500 mV", SMALL)
        cells, volts = call.values
        assert isinstance(cells, torch.Tensor)
        assert isinstance(volts, torch.Tensor)
        assert cells.tolist() == [0, 2, 3]
        assert volts.tolist() == [1.5] * 3


def test_units_are_scaled_and_what_may_be_left_out_has_a_default() -> None:
    assert understand(b"CHIP:WAIT 2 min", SMALL)[0].values == (120.0, 25.0)
    assert understand(b"chip:wait 12hr, 150 CEL", SMALL)[0].values == (43200.0, 150.0)


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (b"CELL:FORM (@24)", -222),
        (b"CELL:FORM (@0:2147483647)", -222),
        (b"CELL:FORM (@3,3)", -224),
        (b"CELL:FORM (@3:1)", -224),
        (b"CELL:FORM #13abc", -161),
        (b"CELL:FORM ABC", -104),
        (b"CELL:FORM (@0),(@1)", -108),
        (b"CELL:SET (@0:1)", -109),
        (b"CELL:SET (@0:2),1,2", -224),
        (b"CELL:SET (@0),10.1", -222),
        (b"CELL:SET (@0),#14\x7f\xc0\x00\x00", -222),  # not a number
        (b"CELL:SET (@0),1 S", -131),
        (b"CELL:FORM?", -113),
        (b"CELL:HEAL (@0),128", -222),
        (b"CELL:HEAL (@0),1.5", -104),
        (b"CHIP:WAIT 1,-273.15", -222),
        (b"ARR:MULT? 5,2,1,1,1,1", -222),
        (b"ARR:MULT:ROWS? 0,6,3,2,1,1", -222),
        (b"ARR:CELL? 1", -222),
        (b"ARR:MULT? 0,1,1,1,1", -224),
        (b"FORM INT", -224),
        (b"FORM:BORD 1", -104),
        (b"*ESE 256", -222),
        (b"SIM:FRES 1", -224),
        (b"SIM:FRES 0,-1", -222),
        (b"SIM:FRES 0,0;*OPC?", -221),
    ],
)
def test_what_cannot_be_meant_has_a_number(message: bytes, code: int) -> None:
    with pytest.raises(CommandError) as raised:
        understand(message, SMALL)
    assert raised.value.code == code
