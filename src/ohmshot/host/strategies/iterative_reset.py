"""Iterative RESET: a SET above the target, then RESET pulses of growing amplitude down to it."""

from ohmshot.host.strategies.settle import Settled
from ohmshot.host.strategies.strategy import ProgrammingStrategy
from ohmshot.host.strategies.write_verify import WriteVerify
from ohmshot.programming.policies.reset_ramp import ResetRamp

STRATEGY = ProgrammingStrategy("iterative-reset", ("pallo2025vlsi",), Settled(WriteVerify(ResetRamp())))
