import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ohmshot.wire.protocol.errors import CommandError
from ohmshot.wire.protocol.grammar import BlockData, Channels, Number, Text, Unit, Word, parse


def test_units_share_the_path_before_them() -> None:
    assert [unit.header for unit in parse(b"MET:COUN?;ENER?;*OPC?;BUSY?;:CHIP:SHAP?")] == [
        ("MET", "COUN"),
        ("MET", "ENER"),
        ("*OPC",),
        ("MET", "BUSY"),
        ("CHIP", "SHAP"),
    ]


def test_every_kind_of_argument_is_read() -> None:
    (unit,) = parse(b'a:b 1.5 mV , -.5E2,asc,"it ""is""",\'so\',#13a\n;,(@0,4:7)')
    assert unit == Unit(
        ("A", "B"),
        False,
        (
            Number(1.5, "MV"),
            Number(-50.0),
            Word("ASC"),
            Text('it "is"'),
            Text("so"),
            BlockData(b"a\n;"),
            Channels(((0, 0), (4, 7))),
        ),
    )


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (b"1", -102),
        (b"A,1", -102),
        (b"A 1 2", -102),
        (b"A 1,", -102),
        (b";A", -102),
        (b"A::B", -102),
        (b"A 1e99999", -120),
        (b"A " + b"1" * 300, -120),
        (b"A 'x", -151),
        (b"A #3", -161),
        (b"A #0ab", -161),
        (b"A #15ab", -161),
        (b"A (@1,)", -171),
        (b"A " + b"1," * 70000 + b"1", -223),
        (b"A;" * 65, -223),
        (b"\xff\x00", -102),
    ],
)
def test_what_breaks_the_syntax_has_a_number(message: bytes, code: int) -> None:
    with pytest.raises(CommandError) as raised:
        parse(message)
    assert raised.value.code == code


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(message: bytes) -> None:
    with contextlib.suppress(CommandError):
        assert all(unit.header for unit in parse(message))
