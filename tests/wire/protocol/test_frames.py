import pytest

from ohmshot.wire.protocol.frames import BadFrameError, Frame, pack_frame, unpack_frame


def test_any_flipped_bit_of_a_frame_is_found() -> None:
    content = pack_frame(Frame(3, 2, b"CELL:FORM (@0)"))
    assert unpack_frame(content) == Frame(3, 2, b"CELL:FORM (@0)")
    for bit in range(8 * len(content)):
        garbled = bytearray(content)
        garbled[bit // 8] ^= 1 << bit % 8
        with pytest.raises(BadFrameError):
            unpack_frame(bytes(garbled))
