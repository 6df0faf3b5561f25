"""Iterative SET: RESET, SET at the same condition, accept what falls into the window (rejection sampling)."""

from ohmshot.host.strategies.settle import Settled
from ohmshot.host.strategies.strategy import ProgrammingStrategy
from ohmshot.host.strategies.write_verify import WriteVerify
from ohmshot.programming.policies.reset_then_set import ResetThenSet

STRATEGY = ProgrammingStrategy("iterative-set", ("bonnet2023uncertainty",), Settled(WriteVerify(ResetThenSet())))
