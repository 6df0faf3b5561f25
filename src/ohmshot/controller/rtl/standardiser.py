"""The standardiser in gates (model: `ohmshot.controller.standardiser`).

Three passes over the features of the support set, one word of four codes after another: the mean of every feature, the
mean square of what is left, and last the drive codes, which take the place of the feature codes. In between the root is
found bit by bit and the gain divided bit by bit. The means wait in registers, one a feature.
"""

from typing import Any

from amaranth.hdl import Array, Cat, Module, Mux, Signal, Value, signed
from amaranth.lib.data import ArrayLayout
from amaranth.lib.wiring import Component, In, Out

from ohmshot.controller.fixed_point import bits_of
from ohmshot.controller.formats import CLASS_WEIGHT_BITS, MEAN_SQUARE_FRACTION, ROOT_BITS
from ohmshot.controller.rtl.arithmetic import held, named, rounded_shift, table
from ohmshot.controller.rtl.ports import memory_port
from ohmshot.controller.rtl.sizes import CODES_A_WORD, Standardised

SHIFT_BITS = 5
"""Of the shift of the gain (`tests/controller/test_formats.py` holds it below 32)."""


class Standardiser(Component):
    """Measures the standard of a support set, and brings features to it.

    Members:
        go: begins.
        only: brings one example to the standard that was measured last, in the place of the whole support set.
        base: address of that example's first word.
        done: high for one cycle, when drive codes lie in the place of feature codes.
        origin, gain, shift: the standard.
        memory: of the examples: feature codes, what else lies in their words stays, and in the last place the label.

    Attributes:
        states: its automaton, once it is elaborated.
    """

    def __init__(self, build: Standardised) -> None:
        self._build = build
        self.states: Any = None
        origin = signed(build.widths["standardiser.origin"])
        super().__init__(
            {
                "go": In(1),
                "only": In(1),
                "base": In(range(build.example_words)),
                "done": Out(1),
                "origin": Out(ArrayLayout(origin, build.features)),
                "gain": Out(build.widths["standardiser.gain"]),
                "shift": Out(SHIFT_BITS),
                "memory": Out(memory_port(build.example_words, CODES_A_WORD * build.lengths.drive)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the block."""
        m = Module()
        build, lengths, constants, bits = self._build, self._build.lengths, self._build.constants, self._build.widths
        number, word = Signal(range(build.examples + 1), reset_less=True), Signal(range(build.words), reset_less=True)
        lane, address = (
            Signal(range(CODES_A_WORD), reset_less=True),
            Signal(range(build.example_words), reset_less=True),
        )
        one = Signal(reset_less=True)  # only one example is brought to the standard
        labels = [Signal(range(build.ways), name=f"label{n}", reset_less=True) for n in range(build.examples)]
        origins = [
            Signal(signed(bits["standardiser.origin"]), name=f"origin{f}", reset_less=True)
            for f in range(build.features)
        ]
        sums = [Signal(signed(bits["standardiser.sum"]), name=f"sum{k}", reset_less=True) for k in range(CODES_A_WORD)]
        square = Signal(bits["standardiser.square"], reset_less=True)
        mean_square = Signal(max(bits["standardiser.mean_square"], 2 * ROOT_BITS), reset_less=True)
        up = Signal(signed(bits_of(len(mean_square), signed=True)), reset_less=True)
        root, rest = Signal(ROOT_BITS, reset_less=True), Signal(ROOT_BITS + 2, reset_less=True)
        left = Signal(range(max(ROOT_BITS, lengths.gain)), reset_less=True)
        gain, shift = Signal(len(self.gain), reset_less=True), Signal(SHIFT_BITS, reset_less=True)
        new_word = Signal(len(self.memory.new), reset_less=True)

        m.d.comb += [
            Cat(*(self.origin[f] for f in range(build.features))).eq(Cat(*origins)),
            self.gain.eq(gain),
            self.shift.eq(shift),
            self.memory.address.eq(address),
            self.memory.new.eq(new_word),
        ]
        code = Array(self.memory.data.word_select(k, lengths.drive).as_signed() for k in range(CODES_A_WORD))[lane]
        feature = named(m, word * CODES_A_WORD + lane, "feature")
        is_feature = named(m, feature < build.features, "is_feature")
        centred = Signal(signed(bits["standardiser.centred"]))
        m.d.comb += centred.eq((code << lengths.origin) - Array(origins)[feature])
        weight = table(m, Array(labels)[number], constants.class_weights, "class_weight")

        # One multiplier for all.
        one_side, other_side = Signal(signed(len(square) + 1)), Signal(signed(max(CLASS_WEIGHT_BITS + 1, len(centred))))
        product = named(m, one_side * other_side, "product")
        drive = self._drive(m, product, shift)
        last_lane, last_word = lane == CODES_A_WORD - 1, word == build.feature_words - 1
        trial = named(m, Cat(1, 0, root), "trial")
        remaining = named(m, Cat(mean_square[2 * ROOT_BITS - 2 : 2 * ROOT_BITS], rest)[: ROOT_BITS + 2], "remaining")

        with m.FSM() as self.states:
            with m.State("IDLE"), m.If(self.go):
                m.d.sync += [number.eq(0), word.eq(0), lane.eq(0), one.eq(self.only)]
                m.d.sync += [square.eq(0), mean_square.eq(0), *(each.eq(0) for each in sums)]
                with m.If(self.only):
                    m.d.sync += address.eq(self.base)
                    m.next = "ASK_DRIVE"
                with m.Else():
                    m.d.sync += address.eq(build.words - 1)
                    m.next = "ASK_LABEL"
            self._ask(m, "LABEL")
            with m.State("LABEL"):
                with m.Switch(number):
                    for n, label in enumerate(labels):
                        with m.Case(n):
                            m.d.sync += label.eq(self.memory.data.word_select(CODES_A_WORD - 1, lengths.drive))
                m.d.sync += [number.eq(number + 1), address.eq(address + build.words)]
                m.next = "ASK_LABEL"
                with m.If(number == build.examples - 1):
                    m.d.sync += [number.eq(0), address.eq(0)]
                    m.next = "ASK_MEAN"
            self._ask(m, "MEAN")
            with m.State("MEAN"):
                m.d.comb += [one_side.eq(code), other_side.eq(weight)]
                with m.Switch(lane):
                    for k, each in enumerate(sums):
                        with m.Case(k):
                            m.d.sync += each.eq(each + product)
                m.d.sync += lane.eq(lane + 1)
                with m.If(last_lane):
                    m.d.sync += [number.eq(number + 1), address.eq(address + build.words)]
                    m.next = "ASK_MEAN"
                    with m.If(number == build.examples - 1):
                        m.d.sync += number.eq(0)
                        m.next = "ORIGIN"
            with m.State("ORIGIN"):
                self._take_origins(m, word, sums, origins)
                m.d.sync += [each.eq(0) for each in sums]
                m.d.sync += [word.eq(word + 1), address.eq(word + 1)]
                m.next = "ASK_MEAN"
                with m.If(last_word):
                    m.d.sync += [word.eq(0), address.eq(0)]
                    m.next = "ASK_SQUARE"
            self._ask(m, "SQUARE")
            with m.State("SQUARE"):
                m.d.comb += [one_side.eq(Mux(is_feature, centred, 0)), other_side.eq(centred)]
                m.d.sync += [square.eq(square + product), lane.eq(lane + 1)]
                with m.If(last_lane):
                    m.d.sync += [word.eq(word + 1), address.eq(address + 1)]
                    m.next = "ASK_SQUARE"
                    with m.If(last_word):
                        m.d.sync += [word.eq(0), address.eq(address + (build.words - build.feature_words + 1))]
                        m.next = "WEIGH"
            with m.State("WEIGH"):
                m.d.comb += [one_side.eq(square), other_side.eq(weight)]
                part = rounded_shift(product, constants.class_shift - MEAN_SQUARE_FRACTION)
                m.d.sync += [mean_square.eq(mean_square + part), square.eq(0), number.eq(number + 1)]
                m.next = "ASK_SQUARE"
                with m.If(number == build.examples - 1):
                    m.d.sync += [number.eq(0), address.eq(0), up.eq(0)]
                    m.next = "NORMALISE"
            with m.State("NORMALISE"):  # by pairs of bits, until the root has its highest bit
                m.d.sync += [root.eq(0), rest.eq(0), left.eq(ROOT_BITS - 1)]
                with m.If(mean_square == 0):
                    m.d.sync += mean_square.eq(1)
                with m.Elif(mean_square[2 * ROOT_BITS :].any()):
                    m.d.sync += [mean_square.eq(mean_square >> 2), up.eq(up - 1)]
                with m.Elif(~mean_square[2 * ROOT_BITS - 2 : 2 * ROOT_BITS].any()):
                    m.d.sync += [mean_square.eq(mean_square << 2), up.eq(up + 1)]
                with m.Else():
                    m.next = "ROOT"
            with m.State("ROOT"):
                fits = remaining >= trial
                m.d.sync += [rest.eq(Mux(fits, remaining - trial, remaining)), root.eq(Cat(fits, root))]
                m.d.sync += [mean_square.eq(mean_square << 2), left.eq(left - 1)]
                with m.If(left == 0):
                    m.d.sync += [rest.eq(constants.gain), left.eq(lengths.gain - 1)]
                    m.next = "GAIN"
            with m.State("GAIN"):
                fits = rest >= root
                m.d.sync += [rest.eq(Mux(fits, rest - root, rest) << 1), gain.eq(Cat(fits, gain)), left.eq(left - 1)]
                places = named(m, lengths.gain - 1 + constants.gain_shift - up, "places")
                m.d.sync += shift.eq(Mux(places < 0, 0, places))
                with m.If(left == 0):
                    m.next = "ASK_DRIVE"
            self._ask(m, "DRIVE")
            with m.State("DRIVE"):
                m.d.comb += [one_side.eq(centred), other_side.eq(gain)]
                kept = self.memory.data.word_select(lane, lengths.drive)
                m.d.sync += new_word.eq(Cat(new_word[lengths.drive :], Mux(is_feature, drive[: lengths.drive], kept)))
                m.d.sync += lane.eq(lane + 1)
                with m.If(last_lane):
                    m.next = "PUT"
            with m.State("PUT"):
                m.d.comb += [self.memory.enable.eq(1), self.memory.write.eq(1)]
                m.d.sync += [word.eq(word + 1), address.eq(address + 1)]
                m.next = "ASK_DRIVE"
                with m.If(last_word):
                    m.d.sync += [word.eq(0), address.eq(address + (build.words - build.feature_words + 1))]
                    m.d.sync += number.eq(number + 1)
                    with m.If(one | (number == build.examples - 1)):
                        m.next = "DONE"
            with m.State("DONE"):
                m.d.comb += self.done.eq(1)
                m.next = "IDLE"
        return m

    def _ask(self, m: Module, state: str) -> None:
        """State that asks the memory for the word that another state takes."""
        with m.State(f"ASK_{state}"):
            m.d.comb += self.memory.enable.eq(1)
            m.next = state

    def _take_origins(self, m: Module, word: Signal, sums: list[Signal], origins: list[Signal]) -> None:
        """Round the sums of one word of features to their means."""
        shift = self._build.constants.class_shift - self._build.lengths.origin
        with m.Switch(word):
            for k in range(self._build.feature_words):
                with m.Case(k):
                    here = origins[CODES_A_WORD * k : CODES_A_WORD * (k + 1)]
                    m.d.sync += [each.eq(rounded_shift(total, shift)) for each, total in zip(here, sums, strict=False)]

    def _drive(self, m: Module, scaled: Value, shift: Signal) -> Signal:
        """Drive code of a scaled feature."""
        half = Signal(1 << SHIFT_BITS)
        m.d.comb += half.eq((1 << shift) >> 1)
        most = self._build.lengths.drive_full
        return named(m, held((scaled + half) >> shift, -most, most), "drive")
