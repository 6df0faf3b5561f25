"""Help for tests of single blocks: each is driven at its ports with random numbers and compared with its model."""

import dataclasses
import random
from collections.abc import Callable, Sequence
from typing import Any

import torch
from amaranth.hdl import Module, Signal, Value

from controlled import array_for
from controller.rtl.recording import Recording
from ohmshot.controller import first_layer, learning, multiply, softmax, standardiser
from ohmshot.controller.configuration import for_task
from ohmshot.controller.rtl.learning import Learning
from ohmshot.controller.rtl.levels import Level
from ohmshot.controller.rtl.multiply import Multiply
from ohmshot.controller.rtl.simulation import lines_behind, simulate
from ohmshot.controller.rtl.sizes import CODES_A_WORD, Build, Carried, Standardised
from ohmshot.controller.rtl.softmax import Softmax
from ohmshot.host.placement import Block

LIMIT = 40_000


async def until(context: Any, signal: Any, limit: int = LIMIT) -> int:
    """Wait for a signal; returns the cycles."""
    for cycles in range(limit):
        if context.get(signal):
            return cycles
        await context.tick()
    raise AssertionError("a block does not answer")


def memory_behind(port: Any, words: list[int]) -> Any:
    """A memory of one port that keeps its words in a list; what is read stands until the next read."""

    async def answer(context: Any) -> None:
        async for _, _, enable, write, address, new in context.tick().sample(
            port.enable, port.write, port.address, port.new
        ):
            if enable and write:
                words[address] = new
            elif enable:
                context.set(port.data, words[address] if address < len(words) else 0)

    return answer


def run(block: Any, bench: Any, *background: Any, record: Recording | None = None) -> None:
    recorders = [record.of(block)] if record is not None else []
    simulate(block, bench, background=[*background, *recorders])


def split(build: Build) -> Build:
    """The same layer on two blocks of the array that lie above one another, of unequal heights, and a third beside."""
    inputs, width = build.inputs, build.ways * build.copies
    blocks = (
        Block(0, (0, 13), (0, width), 19, 3),
        Block(0, (13, inputs - 13), (0, width - 1), 2, 17),
        Block(0, (13, inputs - 13), (width - 1, 1), 0, 1),
    )
    return dataclasses.replace(build, configuration=dataclasses.replace(build.configuration, blocks=(blocks,)))


def packed_codes(codes: Sequence[int], label: int, words: int) -> list[int]:
    """Words of one example: its drive codes, and in the last place its label."""
    all_codes = [*codes, *[0] * (words * CODES_A_WORD - len(codes) - 1), label]
    return [
        sum((code & 255) << 8 * k for k, code in enumerate(all_codes[at : at + CODES_A_WORD]))
        for at in range(0, len(all_codes), CODES_A_WORD)
    ]


def signed(code: int, bits: int) -> int:
    return code - (code >> (bits - 1) << bits)


def check_multiply(
    make: Callable[[Build], Any], build: Build, examples: int = 6, record: Recording | None = None
) -> None:
    rnd = random.Random(11)
    drives = [[rnd.choice((-127, 127, rnd.randrange(-127, 128))) for _ in range(build.inputs)] for _ in range(examples)]
    labels = [rnd.randrange(build.ways) for _ in range(examples)]
    words = [word for d, label in zip(drives, labels, strict=True) for word in packed_codes(d, label, build.words)]
    block, asked = make(build), []

    class Lines:
        def multiply(self, rows: list[int]) -> list[int]:
            codes = [rnd.choice((-511, 511, rnd.randrange(-511, 512))) for _ in range(64)]
            asked.append((list(rows), codes))
            return codes

    async def bench(context: Any) -> None:
        for number, (drive, label) in enumerate(zip(drives, labels, strict=True)):
            asked.clear()
            context.set(block.base, number * build.words)
            context.set(block.go, 1)
            await context.tick()
            context.set(block.go, 0)
            await until(context, block.done, 1000)
            replies = iter(list(asked))

            def convert(given: torch.Tensor, part: Block, replies: Any = replies) -> torch.Tensor:
                rows, codes = next(replies)
                assert rows[part.row : part.row + part.inputs[1]] == given[0, 0].tolist()
                at = 2 * part.pair
                return torch.tensor(codes[at : at + 2 * part.outputs[1]])[None, None]

            wanted = multiply.sums(convert, build.blocks, build.ways, build.copies, torch.tensor(drive)[None, None])
            bits = build.widths["multiply.sum_0"]
            assert [
                signed(context.get(Value.cast(block.sums[j])) & (1 << bits) - 1, bits) for j in range(build.ways)
            ] == wanted[0, 0].tolist()
            assert context.get(block.label) == label
            assert next(replies, None) is None
            await context.tick()

    run(block, bench, memory_behind(block.memory, words), lines_behind(block.array, Lines()), record=record)


RARE = ((5, 132, 173, 76, 190), (159, 20, -67, -200, -130))
"""Sums in whose divisions a remainder equals the divisor, and the lowest bits of a numerator count: searched for."""


def check_softmax(
    make: Callable[[Build], Any], build: Build, examples: int = 25, record: Recording | None = None
) -> None:
    rnd, block = random.Random(12), make(build)
    lengths, most = build.configuration.lengths, (1 << build.widths["multiply.sum_0"] - 1) - 2

    async def bench(context: Any) -> None:
        for n in range(examples):
            reach = rnd.choice((3, 40, 300, most))
            sums = [rnd.choice((-reach, reach, rnd.randrange(-reach, reach + 1))) for _ in range(build.ways)]
            if n < len(RARE):
                sums = list(RARE[n])
            only = n % 5 == 4
            for j, each in enumerate(sums):
                context.set(block.sums[j], each)
            context.set(block.only_largest, only)
            context.set(block.go, 1)
            await context.tick()
            context.set(block.go, 0)
            shares: list[int | None] = [None] * build.ways
            for _ in range(200):
                if context.get(block.valid):
                    shares[context.get(block.place)] = context.get(block.share)
                if context.get(block.done):
                    break
                await context.tick()
            assert context.get(block.done)
            assert context.get(block.largest) == sums.index(max(sums))
            wanted = softmax.probabilities(lengths, build.configuration.softmax, torch.tensor(sums)).tolist()
            assert shares == ([None] * build.ways if only else wanted)
            await context.tick()

    run(block, bench, record=record)


def level_of(build: Build) -> Level:
    return Level(build.levels, build.widths["level_0.left"])


def check_levels(make: Callable[[Build], Any], build: Build, record: Recording | None = None) -> None:
    block, most, values = make(build), build.levels.most, build.levels
    near = [s * t * still + d for t in values.thresholds for still in (1, 2) for d in (-1, 0, 1) for s in (-1, 1)]
    numbers = [n for n in (*near, 0, most, -most, *random.Random(13).sample(range(-most, most), 100)) if abs(n) <= most]

    async def bench(context: Any) -> None:
        for number in numbers:
            left = number
            for copy, level in enumerate(learning.levels(values, torch.tensor([[number]]))[0].tolist()):
                context.set(block.left, left)
                context.set(block.copy, copy)
                await context.delay(1e-9)
                assert context.get(block.level) == level
                left -= values.values[abs(level)] * (-1 if level < 0 else 1)
                assert context.get(block.rest) == left
                await context.tick()

    m = Module()  # the block has no flops, and a simulation needs a clock
    m.submodules.block = block
    m.d.sync += Signal(name="ticks").eq(0)
    simulate(m, bench, background=[record.of(block)] if record is not None else [])


def check_learning(
    make: Callable[[Build], Any], build: Build, updates: int = 2, seed: int = 14, record: Recording | None = None
) -> None:
    """Probabilities of all examples in, weights and orders out; every third example is learned already."""
    rnd, block = random.Random(seed), make(build)
    lengths, width = build.configuration.lengths, build.widths["outer_0.weight"]
    most, one = build.levels.most, 1 << lengths.probability
    labels = torch.arange(build.ways).repeat_interleave(build.examples // build.ways)
    drive = torch.tensor(
        [[rnd.choice((-127, 127, rnd.randrange(-127, 128))) for _ in range(build.inputs)] for _ in labels]
    )
    examples = zip(drive.tolist(), labels.tolist(), strict=True)
    words = [word for row, label in examples for word in packed_codes(row, label, build.words)]
    weights = torch.tensor(
        [
            [rnd.choice((-most, most, 0, rnd.randrange(-most, most + 1))) for _ in range(build.ways)]
            for _ in range(build.inputs)
        ]
    )
    memory = [each & (1 << build.weight_bits) - 1 for each in weights.flatten().tolist()]
    memory += [0] * (build.weight_words - len(memory))
    orders: list[tuple[int, int]] = []

    async def writer(context: Any) -> None:
        context.set(block.order.ready, 0)
        waits = 0
        async for _, _, valid, ready, cell, level in context.tick().sample(
            block.order.valid, block.order.ready, block.order.cell, block.order.level
        ):
            if valid and ready:
                orders.append((cell, level))
                waits = rnd.randrange(4)
            waits -= 1
            context.set(block.order.ready, waits < 0)

    async def bench(context: Any) -> None:
        nonlocal weights
        for update in range(updates):
            orders.clear()
            context.set(block.update, update)
            shares = [
                [one if way == label else 0 for way in range(build.ways)] if n % 3 == 2
                else [rnd.randrange(one + 1) for _ in range(build.ways)]
                for n, label in enumerate(labels.tolist())
            ]  # fmt: skip
            for n, (row, label) in enumerate(zip(shares, labels.tolist(), strict=True)):
                await until(context, block.idle, 50)
                for place, share in enumerate(row):
                    for name, value in (("valid", 1), ("place", place), ("share", share), ("label", label)):
                        context.set(getattr(block, name), value)
                    await context.tick()
                    context.set(block.valid, 0)
                context.set(block.example, n)
                context.set(block.store, 1)
                await context.tick()
                context.set(block.store, 0)
            await until(context, block.idle, 50)
            context.set(block.go, 1)
            await context.tick()
            context.set(block.go, 0)
            await until(context, block.done)
            towards = learning.differences(lengths, torch.tensor(shares), labels)
            errors = learning.errors(lengths, build.rates, update, towards, labels)
            new = learning.moved(build.rates, most, weights, learning.gradient(drive, errors))
            found = [signed(each & (1 << width) - 1, width) for each in memory[: build.weights]]
            assert found == new.flatten().tolist()
            assert orders == orders_of(build, weights, new)
            weights = new
            await context.tick()

    run(
        block, bench, memory_behind(block.examples, words), memory_behind(block.weights, memory), writer, record=record
    )  # fmt: skip


def orders_of(build: Build, before: torch.Tensor, after: torch.Tensor) -> list[tuple[int, int]]:
    """Cells whose level moves, with the new one: weight by weight, copy by copy, plus before minus."""
    found = []
    old, new = (learning.levels(build.levels, each) for each in (before, after))
    for row in range(build.inputs):
        for output in range(build.ways):
            for copy in range(build.copies):
                pair = copy * build.ways + output
                (block,) = (
                    each for each in build.blocks
                    if each.inputs[0] <= row < sum(each.inputs) and each.outputs[0] <= pair < sum(each.outputs)
                )  # fmt: skip
                cell = 64 * (block.row + row - block.inputs[0]) + 2 * (block.pair + pair - block.outputs[0])
                sides = [(max(s * int(each[row, pair]), 0)) for s in (1, -1) for each in (old, new)]
                found += [
                    (cell + side, sides[2 * side + 1]) for side in (0, 1) if sides[2 * side] != sides[2 * side + 1]
                ]
    return found


def check_standardiser(
    make: Callable[[Standardised], Any], build: Standardised, sets: int = 4, record: Recording | None = None
) -> None:
    """Support sets that are spread, far off, all alike; after each an example to be answered."""
    rnd, block = random.Random(15), make(build)
    labels = [n % build.ways for n in range(build.examples)]
    words = [0] * build.example_words

    async def bench(context: Any) -> None:
        for spread, centre in ((20, 0), (127, 5), (2, -100), (0, 64), (1, 0), (60, 30))[:sets]:
            drawn = [
                [max(-127, min(127, centre + rnd.randint(-spread, spread))) for _ in range(build.features)]
                for _ in range(build.examples + 1)
            ]
            rnd.shuffle(labels)
            for n, row in enumerate(drawn):
                label = labels[n] if n < build.examples else 0
                words[n * build.words : (n + 1) * build.words] = packed_codes([*row, 99], label, build.words)
            for only in (0, 1):
                context.set(block.only, only)
                context.set(block.base, build.examples * build.words)
                context.set(block.go, 1)
                await context.tick()
                context.set(block.go, 0)
                await until(context, block.done)
                await context.tick()
            codes = torch.tensor(drawn)
            # Weights of the classes are those of as many examples each; these sets have them.
            wanted = standardiser.measured(build.lengths, build.constants, codes[:-1], torch.tensor(labels))
            bits = build.widths["standardiser.origin"]
            found = [
                signed(context.get(Value.cast(block.origin[f])) & (1 << bits) - 1, bits) for f in range(build.features)
            ]
            assert found == wanted.origin.flatten().tolist()
            assert (context.get(block.gain), context.get(block.shift)) == (int(wanted.gain), int(wanted.shift))
            driven = standardiser.drive(build.lengths, wanted, codes).tolist()
            given = [*labels, 0]
            for n, row in enumerate(driven):
                expected = packed_codes([*row, 99], given[n], build.words)
                assert words[n * build.words : (n + 1) * build.words] == expected

    run(block, bench, memory_behind(block.memory, words), record=record)


def check_first_layer(
    make: Callable[[Carried], Any], build: Carried, examples: int = 4, record: Recording | None = None
) -> None:
    rnd, block = random.Random(16), make(build)
    most, one = build.levels.most, 1 << build.configuration.lengths.probability
    weights = torch.tensor(
        [
            [rnd.choice((-most, most, 0, rnd.randint(-most, most))) for _ in range(build.ways)]
            for _ in range(build.hidden)
        ]
    )
    width = build.widths["outer_1.weight"]
    memory = [each & (1 << width) - 1 for each in weights.flatten().tolist()]
    backward = first_layer.backward_weights(build.levels, learning.levels(build.levels, weights))

    async def bench(context: Any) -> None:
        for _ in range(examples):
            towards = [rnd.choice((-one, one, 0, rnd.randint(-one, one))) for _ in range(build.ways)]
            hidden = [rnd.choice((0, rnd.randint(1, 127))) for _ in range(build.hidden)]
            for j, each in enumerate(towards):
                context.set(block.differences[j], each)
            context.set(block.go, 1)
            await context.tick()
            context.set(block.go, 0)
            found: list[int | None] = [None] * build.hidden
            for _ in range(LIMIT):
                unit = context.get(block.unit)
                context.set(block.on, unit < build.hidden and hidden[unit] > 0)
                if context.get(block.valid):
                    found[unit] = context.get(block.carried)
                if context.get(block.done):
                    break
                await context.tick()
            wanted = first_layer.carried(torch.tensor([towards]), backward, torch.tensor([hidden]))
            assert found == wanted[0].tolist()
            await context.tick()

    run(block, bench, memory_behind(block.weights, memory), record=record)


MAKERS = {"multiply": Multiply, "softmax": Softmax, "learning": Learning, "levels": level_of}
CHECKS = {"multiply": check_multiply, "softmax": check_softmax, "learning": check_learning, "levels": check_levels}


def standardised(name: str, shots: int) -> Standardised:
    """A standardiser for a bundle and examples of each class."""
    configuration = array_for(name).controller
    labels = torch.arange(configuration.outputs[-1]).repeat_interleave(shots)
    return Standardised(configuration, for_task(configuration, labels), len(labels))


def carried(name: str) -> Carried:
    """An engine of a first layer for a bundle."""
    return Carried(array_for(name).controller, 25)
