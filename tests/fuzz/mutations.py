"""Damages done to files: what disks, networks and attackers do. A seed gives the same damage on every machine."""

import random

NUMBERS = (
    b"0",
    b"-1",
    b"1e999",
    b"NaN",
    b"null",
    b"9" * 30,
    b"9" * 5000,
    b"18446744073709551615",
    b"2147483648",
    b"0.1e-400",
)
WORDS = (
    b"\0",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\r",
    b'"',
    b"{",
    b"[",
    b"\\",
    b"../../../etc/passwd",
    b"\x1b[31m",
    b"[/b]",
    "\ud800".encode("utf-8", "surrogatepass"),
)
NESTED = ((b"[", b"]"), (b'{"a":', b"}"), (b"{a=", b"}"), (b"(", b")"))


def mutated(content: bytes, seed: int) -> tuple[str, bytes]:
    """Return what was done to a file, and the damaged file."""
    draw = random.Random(seed)
    kind = KINDS[seed % len(KINDS)]
    return kind.__name__.strip("_"), kind(content, draw)


def _cut(content: bytes, draw: random.Random) -> bytes:
    return content[: draw.randrange(len(content))] if content else content


def _bits(content: bytes, draw: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(draw.choice((1, 1, 1, 2, 8))):
        changed[draw.randrange(len(changed))] ^= 1 << draw.randrange(8)
    return bytes(changed)


def _header_bits(content: bytes, draw: random.Random) -> bytes:
    """Most of what a reader decides by stands at the beginning."""
    changed = bytearray(content)
    changed[draw.randrange(min(len(changed), 64))] = draw.randrange(256)
    return bytes(changed)


def _huge(content: bytes, draw: random.Random) -> bytes:
    """Sizes that no file has, where a size may stand."""
    changed, size = bytearray(content), draw.choice((2, 4, 8))
    at = draw.randrange(max(1, min(len(changed), draw.choice((16, 128, 1 << 30))) - size + 1))
    value = draw.choice(
        (b"\xff" * size, b"\x7f" * size, b"\0" * (size - 1) + b"\x7f", b"\0" * size, b"\xff" * (size - 1) + b"\x7f")
    )
    changed[at : at + size] = value
    return bytes(changed)


def _block(content: bytes, draw: random.Random) -> bytes:
    at, size = draw.randrange(len(content)), draw.choice((1, 16, 512))
    return content[:at] + draw.choice((draw.randbytes(size), bytes(size))) + content[at + size :]


def _again(content: bytes, draw: random.Random) -> bytes:
    first, last = sorted((draw.randrange(len(content) + 1), draw.randrange(len(content) + 1)))
    return content[:last] + content[first:last] * draw.choice((1, 2, 20)) + content[last:]


def _left_out(content: bytes, draw: random.Random) -> bytes:
    first = draw.randrange(len(content))
    return content[:first] + content[first + draw.choice((1, 3, 40)) :]


def _word(content: bytes, draw: random.Random) -> bytes:
    at = draw.randrange(len(content) + 1)
    return content[:at] + draw.choice(WORDS) + content[at:]


def _number(content: bytes, draw: random.Random) -> bytes:
    """Another number in the place of one that is written in digits."""
    digits = [at for at, each in enumerate(content[:100_000]) if 48 <= each <= 57 and not 48 <= content[at - 1] <= 57]
    if not digits:
        return _block(content, draw)
    first = last = draw.choice(digits)
    while last < len(content) and content[last : last + 1] in b"0123456789.eE+-":
        last += 1
    return content[:first] + draw.choice(NUMBERS) + content[last:]


def _nested(content: bytes, draw: random.Random) -> bytes:
    opening, closing = draw.choice(NESTED)
    deep, at = draw.choice((100, 3000, 100_000)), draw.choice((0, draw.randrange(len(content) + 1)))
    return content[:at] + opening * deep + draw.choice((b"", closing * deep)) + content[at:]


KINDS = (_cut, _bits, _header_bits, _huge, _block, _again, _left_out, _word, _number, _nested, _bits, _huge)
