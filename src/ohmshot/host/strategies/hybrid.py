"""Hybrid: each level by the pulse that leaves it most stable."""

from ohmshot.host.strategies.settle import Settled
from ohmshot.host.strategies.strategy import ProgrammingStrategy
from ohmshot.host.strategies.write_verify import WriteVerify
from ohmshot.programming.policies.hybrid import Hybrid
from ohmshot.programming.policies.reset_ramp import ResetRamp
from ohmshot.programming.policies.reset_then_set import ResetThenSet

STRATEGY = ProgrammingStrategy(
    "hybrid",
    ("pallo2025vlsi", "bonnet2023uncertainty", "esmanhotto2022multilevel"),
    Settled(WriteVerify(Hybrid(ResetRamp(), ResetThenSet()))),
)
