"""Proofs by temporal induction, in this process: yosys's own solver (`sat -tempinduct`), no system package.

A property is a block with a monitor around it (`Watched`): flops that remember what the block has done, and one bit
that says whether the property holds. The proof has two halves (Sheeran, Singh, Stalmarck, FMCAD 2000): no run of k
cycles from the start breaks it (base case), and k cycles in a row in which it holds are followed by one more
(induction step). Together they hold for ever. At the start every flop may hold anything, as after power-on; the
property counts from the first cycle of reset on, and resets may come at any time after it.
"""

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from amaranth.hdl import Cat, Fragment, Module, ResetSignal, Signal, Value
from amaranth.lib.wiring import Component, In, Out

from ohmshot.controller.rtl.gates.synthesis import design_text, yosys
from ohmshot.foundation.errors import OhmshotError

_TOP, _AWAKE = "watched", "awake"
_VERDICTS = {
    "proved": "Induction step proven: SUCCESS!",
    "broken": "model found for base case: FAIL!",
    "open": "Reached maximum number of time steps -> proof failed",
}


@dataclass(frozen=True)
class Watch:
    """What a monitor says in a cycle.

    Attributes:
        holds: whether the property holds.
        assumed: what is taken for granted of the inputs; 1 for nothing.
    """

    holds: Value
    assumed: Value | int = 1


Monitor = Callable[[Module, Any, dict[str, Signal]], Watch]
"""Adds flops to a module that watch a block; gets the module, the block, and the block's free inputs by name."""


class Watched(Component):
    """A block with all its inputs free, and a monitor.

    Members:
        free: all inputs of the block, side by side.
        assumed, holds: what the monitor says, from the first reset on.
    """

    def __init__(self, block: Any, monitor: Monitor) -> None:
        self._block, self._monitor = block, monitor
        self._inputs = [(path, signal) for path, member, signal in block.signature.flatten(block) if member.flow is In]
        width = sum(len(Value.cast(signal)) for _, signal in self._inputs)
        super().__init__({"free": In(width), "assumed": Out(1), "holds": Out(1)})

    def elaborate(self, platform: object) -> Module:
        """Build it."""
        m = Module()
        m.submodules.block = Fragment.get(self._block, platform)
        at = 0
        for _, signal in self._inputs:
            width = len(Value.cast(signal))
            m.d.comb += Value.cast(signal).eq(self.free[at : at + width])
            at += width
        awake = Signal(name=_AWAKE, reset_less=True)
        with m.If(ResetSignal()):
            m.d.sync += awake.eq(1)
        watch = self._monitor(m, self._block, {"_".join(map(str, path)): signal for path, signal in self._inputs})
        m.d.comb += [self.holds.eq(~awake | watch.holds), self.assumed.eq(~awake | watch.assumed)]
        return m


def in_a_state(states: Any) -> Value:
    """Whether an automaton is in one of its states: its register has more values than it has states."""
    return Cat(states.ongoing(name) for name in states.encoding).any()


@dataclass(frozen=True)
class Property:
    """Something that is to hold for ever.

    Attributes:
        block: of the controller that it is about.
        statement: what holds.
        watched: makes the block with its monitor.
        steps: largest length of the induction in cycles.
        bound: the number that the statement speaks of, in words; empty where there is none.
        assumed: what is taken for granted of the inputs, in words; empty for nothing.
    """

    block: str
    statement: str
    watched: Callable[[], Watched]
    steps: int
    bound: str = ""
    assumed: str = ""


@dataclass(frozen=True)
class Proof:
    """How the proof of a property ended.

    Attributes:
        property: what was to be proved.
        result: "proved"; "broken", if some run from the start breaks it; "open", if neither was shown within its steps.
        steps: cycles of the induction that closed, or of the run that breaks it.
        seconds: of processor time.
    """

    property: Property
    result: str
    steps: int
    seconds: float


def prove(wanted: Property) -> Proof:
    """Prove a property, or find what breaks it.

    Raises:
        OhmshotError: yosys says neither.
        SettingsError: yosys is not installed.
    """
    began = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        design, said = Path(folder) / "design.il", Path(folder) / "said.txt"
        design.write_text(design_text(wanted.watched(), _TOP), encoding="utf-8")
        yosys(
            f"read_rtlil {design}",
            f"hierarchy -top {_TOP}",
            "proc -norom",
            "flatten",
            f"setattr -unset init w:* w:{_AWAKE} %d",
            "opt -full",
            "opt_clean -purge",
            f"tee -o {said} sat -tempinduct -maxsteps {wanted.steps} -set assumed 1 -prove holds 1",
        )
        text = said.read_text("utf-8")
    found = [result for result, line in _VERDICTS.items() if line in text]
    if len(found) != 1:
        raise OhmshotError(f"yosys says nothing about '{wanted.statement}': {text[-400:]}")
    lengths = [line for line in text.splitlines() if line.startswith("** Trying induction with length")]
    return Proof(wanted, found[0], len(lengths), time.process_time() - began)
