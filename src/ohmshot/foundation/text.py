"""Names and texts of other people, made fit to be shown."""

import unicodedata

_KEPT = "\n\t"
_HIDDEN = ("Cc", "Cs", "Zl", "Zp")
"""Unicode categories of what is never shown as it is: controls, lone surrogates, separators of lines and paragraphs."""
_TURNING = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Signs that turn the direction of what follows, by which a name can be made to look like another."""


def printable(text: str) -> str:
    r"""Return a text with everything escaped that would steer a terminal or that no file of UTF-8 can hold.

    Controls (but line feed and tab), lone surrogates, as they stand for bytes of a file's name that are no UTF-8, and
    signs that turn the direction of writing become ``\x1b``, ``\udce9`` and the like. Two names that differ still do.

    Examples:
        >>> printable("red \x1b[31m caf\udce9 π")
        'red \\x1b[31m caf\\udce9 π'
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escaped(sign) if _is_hidden(sign) else sign for sign in text)


def one_line(text: str) -> str:
    r"""Return a text, such as the name of somebody's file, with line feeds and tabs escaped too; see `printable`.

    Examples:
        >>> one_line("a\nwrote b.png")
        'a\\nwrote b.png'
    """
    return printable(text).replace("\n", "\\n").replace("\t", "\\t")


def _is_hidden(sign: str) -> bool:
    return sign not in _KEPT and (unicodedata.category(sign) in _HIDDEN or sign in _TURNING)


def _escaped(sign: str) -> str:
    return sign.encode("unicode_escape", "surrogatepass").decode()
