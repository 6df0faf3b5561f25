"""Help for tests of the tests: faults of one place of a block's source, all of them, always in the same order."""

import ast
import contextlib
import inspect
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from controller.rtl.broken import made_from

_COMPARED = {ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt}
_CALCULATED = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}  # fmt: skip
SECONDS = 120
"""A check that takes longer has found something that does not end."""
_WIDTHS = ("Signal", "range", "signed", "unsigned", "named", "Fragment")
"""Calls inside of which a change is one of a width, or of a name."""


@dataclass(frozen=True)
class Mutant:
    """A block with one fault.

    Attributes:
        place: the line as it was, and what is changed in it.
        text: of the whole module.
    """

    place: str
    text: str


def mutants(block: type) -> list[Mutant]:
    """All faults of one place in what a block elaborates: another comparison, operator, number, next state or bit."""
    text = inspect.getsource(sys.modules[block.__module__])
    tree, lines = ast.parse(text), text.splitlines()
    (made,) = (node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == block.__name__)
    found = []
    functions = [
        node for node in made.body
        if isinstance(node, ast.FunctionDef) and node.name != "__init__" and not node.decorator_list
    ]  # fmt: skip
    for function in functions:
        for node in _changeable(function):
            for what, change in _changes(node):
                kept = dict(node.__dict__)
                change(node)
                line = lines[node.lineno - 1].strip()
                found.append(Mutant(f"{block.__name__}: {line} [{what}]", ast.unparse(tree)))
                node.__dict__.clear()
                node.__dict__.update(kept)
    return found


def _changeable(function: ast.FunctionDef) -> list[Any]:
    nodes: list[Any] = []

    def visit(node: ast.AST) -> None:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _WIDTHS[:4]:
            return
        if isinstance(node, ast.Slice | ast.JoinedStr) or node in (function.returns, function.args):
            return
        nodes.append(node)
        for child in ast.iter_child_nodes(node):
            visit(child)

    for statement in function.body:
        visit(statement)
    return nodes


def _changes(node: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in _COMPARED:
        other = _COMPARED[type(node.ops[0])]
        yield f"{type(node.ops[0]).__name__} -> {other.__name__}", lambda n: setattr(n, "ops", [other()])
    elif isinstance(node, ast.BinOp) and type(node.op) in _CALCULATED:
        changed = _CALCULATED[type(node.op)]
        yield f"{type(node.op).__name__} -> {changed.__name__}", lambda n: setattr(n, "op", changed())
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Invert | ast.USub):
        yield "sign or inversion dropped", lambda n: setattr(n, "op", ast.UAdd())
    elif isinstance(node, ast.Constant) and type(node.value) is int:
        yield f"{node.value} -> {node.value + 1}", lambda n: setattr(n, "value", n.value + 1)
    elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
        if isinstance(node.targets[0], ast.Attribute) and node.targets[0].attr == "next":
            yield f"next {node.value.value} -> IDLE" if node.value.value != "IDLE" else "next IDLE dropped", _stay
    elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Attribute):
        yield "statement dropped", lambda n: setattr(n, "value", ast.List([], ast.Load()))


def _stay(node: Any) -> None:
    if node.value.value == "IDLE":  # an automaton that is given nothing stays where it is
        node.targets, node.value = [ast.Name("_", ast.Store())], ast.Constant("IDLE")
    else:
        node.value = ast.Constant("IDLE")


@contextlib.contextmanager
def in_place_of(block: type, changed: Any) -> Iterator[None]:
    """Let every module of the gates take another class in the place of a block."""
    places = [
        (module, name)
        for module in list(sys.modules.values())
        if "controller.rtl" in getattr(module, "__name__", "")
        for name, value in list(vars(module).items())
        if value is block
    ]
    try:
        for module, name in places:
            setattr(module, name, changed)
        yield
    finally:
        for module, name in places:
            setattr(module, name, block)


def survives(block: type, mutant: Mutant, check: Any) -> bool:
    """Whether a check passes although a block is broken."""

    def too_long(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, too_long)
    signal.alarm(SECONDS)
    try:
        with in_place_of(block, made_from(block, mutant.text)):
            check()
    except Exception:  # a block that cannot be built, an assertion, a simulation that fails or does not end
        return False
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    return True
