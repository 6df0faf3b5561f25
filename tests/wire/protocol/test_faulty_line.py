from ohmshot.chip.faults.injection import Injection
from ohmshot.wire.protocol.faulty_line import Delivery, FaultyLine

MESSAGE = b"CELL:FORM (@0)"


def wrong_bits(data: bytes) -> int:
    return sum((a ^ b).bit_count() for a, b in zip(data, MESSAGE, strict=True))


def test_a_sound_line_delivers_what_is_sent() -> None:
    assert FaultyLine(Injection(stuck=0.5), 1).delivery(MESSAGE) == Delivery(MESSAGE)


def test_one_bit_is_wrong_in_a_message_as_often_as_in_its_answer() -> None:
    line = FaultyLine(Injection(bit_flip=1.0), 1)
    deliveries = [line.delivery(MESSAGE) for _ in range(400)]
    answers = sum(delivery.answer_garbled for delivery in deliveries)
    assert 150 < answers < 250  # 200 with a standard deviation of 10
    assert all(wrong_bits(delivery.data) == 1 - delivery.answer_garbled for delivery in deliveries)
    assert line.met["bit flip"] == 400


def test_a_connection_breaks_before_a_message_arrives_as_often_as_after() -> None:
    line = FaultyLine(Injection(lost_connection=1.0, late_answer=1.0), 1)
    deliveries = [line.delivery(MESSAGE) for _ in range(400)]
    assert all(delivery.lost and not delivery.late for delivery in deliveries)
    assert 150 < sum(delivery.data == b"" for delivery in deliveries) < 250


def test_the_same_seed_gives_the_same_faults() -> None:
    first, second = (FaultyLine(Injection(lost_connection=0.3, late_answer=0.3, bit_flip=0.3), 7) for _ in range(2))
    assert [first.delivery(MESSAGE) for _ in range(50)] == [second.delivery(MESSAGE) for _ in range(50)]
