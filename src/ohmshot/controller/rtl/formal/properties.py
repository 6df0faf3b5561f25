"""All that is proved of a controller, block by block."""

from ohmshot.controller.pulse_sequencer import PulseTiming
from ohmshot.controller.rtl.formal import blocks
from ohmshot.controller.rtl.formal.engine import engine_properties, longest_order
from ohmshot.controller.rtl.formal.prover import Property
from ohmshot.controller.rtl.formal.sequencer import longest_train, sequencer_properties
from ohmshot.controller.rtl.host_port import HostPort
from ohmshot.controller.rtl.learning import Learning
from ohmshot.controller.rtl.move_weight import MoveWeight
from ohmshot.controller.rtl.multiply import Multiply
from ohmshot.controller.rtl.pulse_sequencer import PulseSequencer
from ohmshot.controller.rtl.sizes import Build
from ohmshot.controller.rtl.softmax import Softmax
from ohmshot.controller.rtl.write_verify import WriteVerify
from ohmshot.controller.rtl.writer import Writer
from ohmshot.controller.write_plan import WritePlan


def writing_properties(plan: WritePlan, timing: PulseTiming) -> list[Property]:
    """Return what is proved of the part that gives pulses.

    Args:
        plan: of the write-verify engine.
        timing: of the pulses.
    """
    return [
        *sequencer_properties(lambda: PulseSequencer(timing, plan.verify_bits), timing),
        *engine_properties(lambda: WriteVerify(plan), plan, _after_order(timing)),
        *blocks.writer_properties(lambda: Writer(plan, timing)),
    ]


def learning_properties(build: Build, plan: WritePlan, timing: PulseTiming) -> list[Property]:
    """Return what is proved of the arithmetic and of the host port.

    Args:
        build: what the gates are made for.
        plan: of the write-verify engine.
        timing: of the pulses.
    """
    waits = longest_order(plan, _after_order(timing)) + 1  # until the engine takes the next order
    return [
        *blocks.host_port_properties(lambda: HostPort(build)),
        *blocks.multiply_properties(lambda: Multiply(build), build),
        *blocks.softmax_properties(lambda: Softmax(build), build),
        *blocks.move_properties(lambda: MoveWeight(build), build),
        *blocks.learning_properties(lambda: Learning(build), build, waits),
    ]


def _after_order(timing: PulseTiming) -> int:
    """Most cycles of a train after that of its order."""
    return longest_train(timing) - 1
