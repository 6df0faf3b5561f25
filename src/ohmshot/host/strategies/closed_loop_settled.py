"""Closed loop, settled: the closed loop, then twice: wait a minute, read, write again what has moved. Ours."""

from ohmshot.host.strategies.settle import Settled
from ohmshot.host.strategies.strategy import ProgrammingStrategy
from ohmshot.host.strategies.write_verify import WriteVerify
from ohmshot.programming.policies.closed_loop import ClosedLoop

# A window narrower than what cells move by in the first minute is effort that relaxation undoes.
STRATEGY = ProgrammingStrategy(
    "closed-loop-settled",
    ("milo2021programming", "esmanhotto2022multilevel"),
    Settled(WriteVerify(ClosedLoop(), tolerance=4.0, most_cycles=8), settle_rounds=2),
)
