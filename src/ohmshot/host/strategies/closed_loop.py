"""Closed loop: the amplitude of every pulse follows from what the cell itself has answered. Ours."""

from ohmshot.host.strategies.settle import Settled
from ohmshot.host.strategies.strategy import ProgrammingStrategy
from ohmshot.host.strategies.write_verify import WriteVerify
from ohmshot.programming.policies.closed_loop import ClosedLoop

STRATEGY = ProgrammingStrategy(
    "closed-loop", ("milo2021programming",), Settled(WriteVerify(ClosedLoop(), most_cycles=8))
)
