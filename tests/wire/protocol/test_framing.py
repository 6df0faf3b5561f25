from hypothesis import given
from hypothesis import strategies as st

from ohmshot.wire.protocol.framing import Framer

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
    assert list(framer.feed(b"A #9999999999")) == [None]
    for _ in range(20):
        assert list(framer.feed(b"\n*RST\n" + bytes(994))) == []
        assert framer.pending == 0
    framer = Framer(100)
    assert list(framer.feed(b"A #3200" + b"\nB\n" * 66 + b"xy #13\nC\n\nD\n")) == [None, b"D"]
