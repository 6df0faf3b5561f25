"""What a message may grow to while it is read, before anything of it is done."""

import time
import tracemalloc

import pytest

from ohmshot.wire.protocol.errors import Code, CommandError
from ohmshot.wire.protocol.grammar import Channels, Number, Text, parse

MEBIBYTE = 2**20


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (b'SYST:TOK "' + b"a" * 15 * MEBIBYTE + b'"', Code.STRING_DATA),
        (b'SYST:TOK "' + b'""' * 7 * MEBIBYTE + b'"', Code.STRING_DATA),
        (b"SYST:TOK '" + b"''" * 7 * MEBIBYTE, Code.STRING_DATA),
        (b"CELL:FORM (@" + b"0," * 7 * MEBIBYTE + b"0)", Code.TOO_MUCH_DATA),
        (b"CELL:FORM (@" + b"0," * 7 * MEBIBYTE, Code.EXPRESSION),
        (b"CELL:SET (@0:9)" + b",1" * 7 * MEBIBYTE, Code.TOO_MUCH_DATA),
        (b";".join([b"CELL:SET (@0:9)" + b",1" * 60_000] * 60), Code.TOO_MUCH_DATA),
        (b";".join([b"CELL:FORM (@" + b"0," * 60_000 + b"0)"] * 60), Code.TOO_MUCH_DATA),
        (b"*ESE " + b"1" * 15 * MEBIBYTE, Code.NUMERIC_DATA),
        (b"*ESE #H" + b"1" * 15 * MEBIBYTE, Code.NUMERIC_DATA),
        (b"*ESE " + b" " * 15 * MEBIBYTE + b"?", Code.SYNTAX),
        (b";" * 15 * MEBIBYTE, Code.SYNTAX),
        (b"A:" * 7 * MEBIBYTE, Code.SYNTAX),
    ],
)
def test_fifteen_mebibytes_grow_to_no_more_than_a_hundred(message: bytes, code: Code) -> None:
    tracemalloc.start()
    started = time.process_time()
    try:
        with pytest.raises(CommandError) as raised:
            parse(message)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert raised.value.code == code
    assert most < 100 * MEBIBYTE
    assert time.process_time() - started < 5.0


def test_spaces_may_stand_in_a_channel_list() -> None:
    (unit,) = parse(b"CELL:HEAL? (@0, 4 : 7 ,9 )")
    assert unit.arguments == (Channels(((0, 0), (4, 7), (9, 9))),)


@pytest.mark.parametrize("written", [b"#H20", b"#h20", b"#Q40", b"#B100000"])
def test_numbers_of_other_bases(written: bytes) -> None:  # IEEE 488.2, 7.7.4: all of these are 32
    (unit,) = parse(b"*ESE " + written)
    assert unit.arguments == (Number(32.0),)


def test_a_quote_inside_a_string_is_doubled() -> None:
    (unit,) = parse(b"""SYST:TOK "say ""so\"""")
    assert unit.arguments == (Text('say "so'),)
