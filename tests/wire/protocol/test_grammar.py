import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ohmshot.wire.protocol.errors import CommandError
from ohmshot.wire.protocol.framing import Framer, TooLong
from ohmshot.wire.protocol.grammar import Block, Channels, Number, Text, Unit, Word, parse


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
            Block(b"a\n;"),
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


pieces = st.lists(
    st.one_of(
        st.binary(max_size=20).map(lambda content: b"#2%02d" % len(content) + content),
        st.sampled_from([b"*IDN?", b"CELL:FORM ", b"'#15", b'"', b"#", b"#0", b"#99", b"(@0:3)", b";", b" "]),
    ),
    max_size=8,
).map(b"".join)


@given(st.lists(pieces, max_size=5).map(b"\n".join), st.data())
def test_framing_does_not_depend_on_how_the_bytes_arrive(stream: bytes, data: st.DataObject) -> None:
    whole = list(Framer(1000).feed(stream))
    framer, cut = Framer(1000), []
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        cut += list(framer.feed(stream[:size]))
        stream = stream[size:]
    assert cut == whole


def test_a_newline_in_a_block_ends_nothing() -> None:
    assert list(Framer(100).feed(b"A #15a\nb\nc\r\nB\n")) == [b"A #15a\nb\nc", b"B"]


def test_a_forgotten_quote_does_not_swallow_the_next_message() -> None:
    assert list(Framer(100).feed(b"A '#15\nB\n")) == [b"A '#15", b"B"]


def test_what_is_too_long_is_dropped_without_being_held() -> None:
    framer = Framer(100)
    assert list(framer.feed(b"A #9999999999")) == [TooLong(1000000012)]
    for _ in range(20):
        assert list(framer.feed(b"\n*RST\n" + bytes(994))) == []
        assert framer.pending == 0
    framer = Framer(100)
    assert list(framer.feed(b"A #3200" + b"\nB\n" * 66 + b"xy #13\nC\n\nD\n")) == [TooLong(214), b"D"]
