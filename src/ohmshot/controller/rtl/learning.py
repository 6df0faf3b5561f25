"""The learning engine in gates (model: `ohmshot.controller.learning`): errors and their outer product with the inputs.

Four rows of weights learn in one pass over the examples, since a word of the memory of examples holds four drive codes:
5 multipliers take one of them after another. An example whose errors are all 0 is neither fetched nor multiplied: later
updates, when most examples are learned, take little energy. Errors wait in the memory of weights, behind these.
"""

from typing import Any

from amaranth.hdl import Array, Cat, Module, Mux, Signal, Value, signed
from amaranth.lib.wiring import Component, In, Out, connect, flipped

from ohmshot.controller.formats import most_of
from ohmshot.controller.rtl.arithmetic import held, named, rounded_shift, table
from ohmshot.controller.rtl.move_weight import MoveWeight
from ohmshot.controller.rtl.ports import example_port, order_port, weight_port
from ohmshot.controller.rtl.sizes import CODES_A_WORD, Build


class Learning(Component):
    """Learns from the probabilities of all examples; then gives orders for the cells whose level has moved.

    Members:
        update: number of the update; chooses the rate.
        valid, place, share, label: a probability of the example that is measured now, as the softmax unit gives it.
        store: high for one cycle after the last probability of an example.
        idle: nothing is on its way: the next example may be stored, or learning begin.
        example: number of the example, taken with ``store``.
        go: begins to learn.
        done: high for one cycle, when the last order has been taken.
        examples, weights: the memories.
        order: the write engine.

    Attributes:
        weight: the mover of weights.
        at: where it is in its loops over rows and examples, for proofs to look at.
        states: its automaton, once it is elaborated.
    """

    def __init__(self, build: Build) -> None:
        self._build = build
        shapes = {
            "number": range(build.examples + 1),
            "part": range(max(CODES_A_WORD, build.error_words + 1)),  # error word, or code of a word
            "group": range(build.words + 1),
            "lane": range(CODES_A_WORD),
            "output": range(build.ways),
            "row": range(build.inputs),
            "weight_address": range(build.weights + 1),
        }
        self.at = {name: Signal(shape, name=name, reset_less=True) for name, shape in shapes.items()}
        self.weight = MoveWeight(build)
        self.states: Any = None
        super().__init__(
            {
                "update": In(range(len(build.rates.rates) + 1)),
                "valid": In(1),
                "place": In(range(build.ways)),
                "share": In(build.widths["softmax.probability"]),
                "label": In(range(build.ways)),
                "store": In(1),
                "example": In(range(build.examples)),
                "idle": Out(1),
                "go": In(1),
                "done": Out(1),
                "examples": Out(example_port(build)),
                "weights": Out(weight_port(build)),
                "order": Out(order_port()),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the block."""
        m = Module()
        build = self._build
        ways, words = build.ways, build.error_words
        bits = build.widths["error_0.error"]
        errors = [Signal(signed(bits), name=f"error{j}", reset_less=True) for j in range(ways)]
        gradients = [
            [
                Signal(signed(build.widths["outer_0.gradient"]), name=f"gradient{k}_{j}", reset_less=True)
                for j in range(ways)
            ]
            for k in range(CODES_A_WORD)
        ]
        wrong = Signal(build.examples, reset_less=True)  # which examples have an error that is not 0, in turn

        number, part, group, lane, output, row, weight_address = self.at.values()
        address = Signal(range(build.example_words + build.words), reset_less=True)
        error_address = Signal(range(build.weight_words + words), reset_less=True)

        m.submodules.weight = weight = self.weight
        connect(m, weight.order, flipped(self.order))
        m.d.comb += [
            weight.gradient.eq(Array(Array(row_of)[output] for row_of in gradients)[lane]),
            weight.address.eq(weight_address),
            weight.row.eq(row),
            weight.output.eq(output),
            weight.memory.data.eq(self.weights.data),
            self.weights.address.eq(weight.memory.address),
            self.weights.new.eq(weight.memory.new),
            self.weights.enable.eq(weight.memory.enable),
            self.weights.write.eq(weight.memory.write),
            self.examples.address.eq(address),
        ]
        fetched = Signal(words)  # which word of errors the memory gives now
        self._take_errors(m, errors, fetched)
        codes = [self.examples.data.word_select(k, build.configuration.lengths.drive) for k in range(CODES_A_WORD)]
        code, multiplies = Array(codes), named(m, Cat(*(each.any() for each in codes)), "multiplies")
        driven = Signal(signed(build.configuration.lengths.drive))  # 0 while nothing is multiplied: quiet multipliers
        sums = [
            named(m, Array(row_of[j] for row_of in gradients)[part] + driven * errors[j], f"sum{j}")
            for j in range(ways)
        ]

        with m.FSM() as self.states:
            with m.State("IDLE"):
                m.d.comb += self.idle.eq(1)
                with m.If(self.store):
                    m.d.sync += [part.eq(0), error_address.eq(build.weights + self.example * words)]
                    m.d.sync += wrong.eq(Cat(wrong[1:], Cat(*errors).any()))
                    m.next = "KEEP"
                with m.Elif(self.go):
                    m.d.sync += [group.eq(0), row.eq(0), weight_address.eq(0)]
                    m.next = "DONE"
                    with m.If(wrong.any()):
                        m.next = "CLEAR"
            with m.State("KEEP"):
                self._ask_errors(m, error_address)
                m.d.comb += [self.weights.write.eq(1), self.weights.new.eq(self._error_word(errors, part))]
                m.d.sync += [part.eq(part + 1), error_address.eq(error_address + 1)]
                with m.If(part == words - 1):
                    m.next = "IDLE"
            with m.State("CLEAR"):
                m.d.sync += [each.eq(0) for row_of in gradients for each in row_of]
                m.d.sync += [number.eq(0), address.eq(group), error_address.eq(build.weights)]
                m.next = "EXAMPLE"
            with m.State("EXAMPLE"):
                m.d.sync += part.eq(0)
                with m.If(number == build.examples):
                    m.d.sync += [lane.eq(0), output.eq(0)]
                    m.next = "PICK"
                with m.Elif(Array(wrong[n] for n in range(build.examples))[number]):
                    m.d.comb += self.examples.enable.eq(1)
                    self._ask_errors(m, error_address)
                    m.d.sync += error_address.eq(error_address + 1)
                    m.next = "ERRORS"
                with m.Else():
                    m.d.sync += [number.eq(number + 1), address.eq(address + build.words)]
                    m.d.sync += error_address.eq(error_address + words)
            with m.State("ERRORS"):
                m.d.comb += fetched.eq(1 << part)
                m.d.sync += part.eq(part + 1)
                with m.If(~multiplies.any()):
                    m.d.sync += error_address.eq(error_address + (words - 1))
                    self._go_on(m, multiplies, part, number, address)
                with m.Elif(part == words - 1):
                    self._go_on(m, multiplies, part, number, address)
                with m.Else():
                    self._ask_errors(m, error_address)
                    m.d.sync += error_address.eq(error_address + 1)
            with m.State("MULTIPLY"):
                m.d.comb += driven.eq(code[part])
                with m.Switch(part):
                    for k, row_of in enumerate(gradients):
                        with m.Case(k):
                            m.d.sync += [each.eq(new) for each, new in zip(row_of, sums, strict=True)]
                later = ((1 << CODES_A_WORD) - 2) << part
                self._go_on(m, named(m, multiplies & later, "multiplies_yet"), part, number, address)
            with m.State("PICK"):
                m.d.comb += weight.go.eq(1)
                m.next = "NEXT"
            with m.State("NEXT"), m.If(weight.idle):
                m.d.sync += [weight_address.eq(weight_address + 1), output.eq(output + 1)]
                m.next = "PICK"
                with m.If(output == ways - 1):
                    m.d.sync += [output.eq(0), row.eq(row + 1), lane.eq(lane + 1)]
                    with m.If(row == build.inputs - 1):
                        m.next = "DONE"
                    with m.Elif(lane == CODES_A_WORD - 1):
                        m.d.sync += group.eq(group + 1)
                        m.next = "CLEAR"
            with m.State("DONE"):
                m.d.comb += self.done.eq(1)
                m.next = "IDLE"
        return m

    def _go_on(self, m: Module, multiplies: Signal, part: Signal, number: Signal, address: Signal) -> None:
        """Multiply the next code of the word that is not 0, or turn to the next example: half of the codes are 0."""
        m.d.sync += [number.eq(number + 1), address.eq(address + self._build.words)]
        m.next = "EXAMPLE"
        for k in reversed(range(CODES_A_WORD)):
            with m.If(multiplies[k]):
                m.d.sync += [part.eq(k), number.eq(number), address.eq(address)]
                m.next = "MULTIPLY"

    def _take_errors(self, m: Module, errors: list[Signal], fetched: Signal) -> None:
        """Take in the error of the probability that the softmax unit gives now, or errors from the memory.

        Each register is written in one place under one condition, so that synthesis can gate its clock.
        """
        build, error = self._build, self._error(m)
        for j, each in enumerate(errors):
            word, place = divmod(j, build.errors_a_word)
            comes = self.valid & (self.place == j)
            with m.If(comes | fetched[word]):
                m.d.sync += each.eq(Mux(comes, error, self.weights.data[len(each) * place :][: len(each)]))

    def _error(self, m: Module) -> Value:
        """Error code of a probability: less one at the label, times the rate of the update and of the label's class."""
        build, lengths = self._build, self._build.configuration.lengths
        whole = Mux(self.place == self.label, 1 << lengths.probability, 0)
        difference = Mux(self.valid, self.share - whole, 0)  # a quiet multiplier while the share is being divided
        rows = build.rates.rates
        if any(len(set(row)) > 1 for row in rows):
            index: Value = self.update * build.ways + self.label
            rate = table(m, index, [rate for row in rows for rate in row], "rate")
        else:
            rate = table(m, self.update, [row[0] for row in rows], "rate")
        scaled = named(m, rounded_shift(difference * rate, build.rates.shift), "scaled")
        most = most_of(lengths.error)
        return named(m, held(scaled, -most, most), "error")

    def _error_word(self, errors: list[Signal], part: Signal) -> Value:
        """Errors that go into one word together."""
        each = self._build.errors_a_word
        return Array(Cat(*errors[k * each : (k + 1) * each]) for k in range(self._build.error_words))[part]

    def _ask_errors(self, m: Module, address: Signal) -> None:
        """Access a word of errors in the memory of weights."""
        m.d.comb += [self.weights.enable.eq(1), self.weights.address.eq(address)]
