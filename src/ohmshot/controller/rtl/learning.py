"""The learning engine in gates (model: `ohmshot.controller.learning`): errors and their outer product with the inputs.

Four rows of weights learn at once, since a word of the memory of examples holds four drive codes. An example whose
errors are all 0 is neither fetched nor multiplied: later updates, when most examples are learned, take little energy.
"""

from amaranth.hdl import Array, Cat, Module, Mux, Signal, Value, signed
from amaranth.lib.memory import Memory
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
        example: number of the example.
        go: begins to learn.
        done: high for one cycle, when the last order has been taken.
        examples, weights: the memories.
        order: the write engine.
    """

    def __init__(self, build: Build) -> None:
        self._build = build
        super().__init__(
            {
                "update": In(range(len(build.rates.rates))),
                "valid": In(1),
                "place": In(range(build.ways)),
                "share": In(build.widths["softmax.probability"]),
                "label": In(range(build.ways)),
                "store": In(1),
                "example": In(range(build.examples)),
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
        ways, lanes = build.ways, CODES_A_WORD * build.ways
        bits = build.widths["error_0.error"]
        errors = [Signal(signed(bits), name=f"error{j}", reset_less=True) for j in range(ways)]
        gradients = [
            Signal(signed(build.widths["outer_0.gradient"]), name=f"gradient{k}", reset_less=True) for k in range(lanes)
        ]
        m.submodules.kept = kept = Memory(shape=ways * bits, depth=build.examples, init=[])
        keep, recall = kept.write_port(), kept.read_port(domain="comb")
        wrong = Signal(build.examples, reset_less=True)  # which examples have an error that is not 0

        number = Signal(range(build.examples + 1), reset_less=True)
        arrives = Signal()  # the word that was asked for in the last cycle is there
        group_address = Signal(range(build.words + 1), reset_less=True)
        address = Signal(range(build.example_words), reset_less=True)
        lane = Signal(range(lanes), reset_less=True)
        row, output = Signal(range(build.inputs), reset_less=True), Signal(range(ways), reset_less=True)
        weight_address = Signal(range(build.weights + 1), reset_less=True)

        error = self._error(m)
        with m.If(self.valid), m.Switch(self.place):
            for j, each in enumerate(errors):
                with m.Case(j):
                    m.d.sync += each.eq(error)
        m.d.comb += [keep.addr.eq(self.example), keep.data.eq(Cat(*errors)), keep.en.eq(self.store)]
        with m.If(self.store), m.Switch(self.example):
            for n in range(build.examples):
                with m.Case(n):
                    m.d.sync += wrong[n].eq(Cat(*errors).any())

        m.d.comb += [recall.addr.eq(number), self.examples.address.eq(address)]
        m.submodules.weight = weight = MoveWeight(build)
        connect(m, weight.memory, flipped(self.weights))
        connect(m, weight.order, flipped(self.order))
        m.d.comb += [
            weight.gradient.eq(Array(gradients)[lane]),
            weight.address.eq(weight_address),
            weight.row.eq(row),
            weight.output.eq(output),
        ]
        with m.FSM():
            with m.State("IDLE"), m.If(self.go):
                m.d.sync += [group_address.eq(0), row.eq(0), weight_address.eq(0)]
                with m.If(wrong.any()):
                    m.next = "CLEAR"
                with m.Else():
                    m.next = "DONE"
            with m.State("CLEAR"):
                m.d.sync += [each.eq(0) for each in gradients]
                m.d.sync += [number.eq(0), address.eq(group_address)]
                m.next = "ACCUMULATE"
            with m.State("ACCUMULATE"):
                asked = Array(wrong[n] for n in range(build.examples))[number] & (number != build.examples)
                m.d.comb += self.examples.enable.eq(asked)
                m.d.sync += [arrives.eq(asked), number.eq(number + 1), address.eq(address + build.words)]
                with m.If(asked):
                    m.d.sync += Cat(*errors).eq(recall.data)
                with m.If(arrives):
                    self._multiply(m, errors, gradients)
                with m.If(number == build.examples):
                    m.d.sync += [lane.eq(0), output.eq(0), arrives.eq(0)]
                    m.d.sync += [each.eq(0) for each in errors]  # so that the multipliers are quiet
                    m.next = "PICK"
            with m.State("PICK"):
                m.d.comb += weight.go.eq(1)
                m.next = "NEXT"
            with m.State("NEXT"), m.If(weight.idle):
                m.d.sync += [lane.eq(lane + 1), weight_address.eq(weight_address + 1), output.eq(output + 1)]
                m.next = "PICK"
                with m.If(output == ways - 1):
                    m.d.sync += [output.eq(0), row.eq(row + 1)]
                    with m.If(row == build.inputs - 1):
                        m.next = "DONE"
                    with m.Elif(lane == lanes - 1):
                        m.d.sync += group_address.eq(group_address + 1)
                        m.next = "CLEAR"
            with m.State("DONE"):
                m.d.comb += self.done.eq(1)
                m.next = "IDLE"
        return m

    def _error(self, m: Module) -> Value:
        """Error code of a probability: less one at the label, times the rate of the update and of the label's class."""
        build, lengths = self._build, self._build.configuration.lengths
        difference = self.share - Mux(self.place == self.label, 1 << lengths.probability, 0)
        rows = build.rates.rates
        if any(len(set(row)) > 1 for row in rows):
            index: Value = self.update * build.ways + self.label
            rate = table(m, index, [rate for row in rows for rate in row], "rate")
        else:
            rate = table(m, self.update, [row[0] for row in rows], "rate")
        scaled = named(m, rounded_shift(difference * rate, build.rates.shift), "scaled")
        most = most_of(lengths.error)
        return named(m, held(scaled, -most, most), "error")

    def _multiply(self, m: Module, errors: list[Signal], gradients: list[Signal]) -> None:
        """Add the products of a word's drive codes and an example's errors, all lanes at once."""
        drive = self._build.configuration.lengths.drive
        for k in range(CODES_A_WORD):
            code = self.examples.data.word_select(k, drive).as_signed()
            for j, each in enumerate(errors):
                gradient = gradients[k * len(errors) + j]
                m.d.sync += gradient.eq(gradient + code * each)
