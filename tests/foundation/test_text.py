"""Texts of other people are shown without what would steer a terminal."""

import hypothesis.strategies as st
from hypothesis import given

from ohmshot.foundation.text import printable


def test_what_steers_a_terminal_is_escaped_and_the_rest_stays() -> None:
    assert printable("a\x1b[31m\x07b") == "a\\x1b[31m\\x07b"
    assert printable("caf\udce9") == "caf\\udce9"
    assert printable("exe\u202egpj.") == "exe\\u202egpj."
    assert printable("日本 é [a] :smile:\n\tb") == "日本 é [a] :smile:\n\tb"
    assert printable("\r\x85") == "\\r\\x85"


@given(st.text(st.characters(exclude_categories=())))
def test_every_text_can_be_written_and_steers_nothing(text: str) -> None:
    shown = printable(text)
    shown.encode()  # no lone surrogate is left
    assert not any(sign < " " and sign not in "\n\t" for sign in shown)
    assert "\x7f" not in shown
    assert "\x9b" not in shown
