"""The public names: typed, documented, with examples that run, and cheap to import."""

import doctest
import functools
import inspect
import subprocess
import sys
from collections.abc import Iterator
from types import ModuleType

import pytest

import ohmshot as oh
from ohmshot.adapt.adaptations import LearnedTasks
from ohmshot.data.source import SOURCES

FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE | doctest.IGNORE_EXCEPTION_DETAIL


def public(package: ModuleType) -> Iterator[tuple[str, object]]:
    """Names and objects of a package, and of the packages among them."""
    for name in package.__all__:
        value = getattr(package, name)
        if isinstance(value, ModuleType):
            yield from public(value)
        else:
            yield f"{package.__name__}.{name}", value


def has_example(value: object) -> bool:
    """Whether a docstring has a section of examples with one that runs."""
    text = inspect.getdoc(value) or ""
    return "Examples:" in text and ">>>" in text


@pytest.fixture(scope="module", autouse=True)
def _examples_are_made_once() -> Iterator[None]:
    """What takes seconds to make is shared by the examples; none of them changes it."""
    with pytest.MonkeyPatch.context() as patch:
        for source in ("invented", "digits"):
            patch.setitem(SOURCES, source, functools.cache(SOURCES[source]))
        yield


@pytest.mark.parametrize(("name", "value"), [pytest.param(*each, id=each[0]) for each in public(oh)])
def test_examples_of_a_public_name_run(name: str, value: object) -> None:
    assert has_example(value), f"{name} needs a docstring with 'Examples:' and a line that begins with >>>"
    finder, runner = doctest.DocTestFinder(), doctest.DocTestRunner(optionflags=FLAGS)
    said: list[str] = []
    for test in finder.find(value, name, module=sys.modules[value.__module__], globs={}):
        runner.run(test, out=said.append)
    assert runner.tries > 0
    assert not runner.failures, "".join(said)


def test_a_name_without_an_example_is_seen() -> None:
    assert not has_example(LearnedTasks)
    assert has_example(oh.adapt)


def test_importing_is_quick_and_loads_nothing_heavy() -> None:
    code = (
        "import sys, time; begun = time.process_time(); import ohmshot; print(time.process_time() - begun);"
        "print(*({'torch', 'numpy', 'polars', 'matplotlib', 'numba', 'pydantic', 'scipy'} & set(sys.modules)))"
    )
    seconds, heavy = [], ""
    for _ in range(3):
        ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        first, heavy = ran.stdout.split("\n")[:2]
        seconds.append(float(first))
    assert heavy == ""
    assert min(seconds) < 0.3


def test_a_function_is_not_hidden_by_the_room_of_its_name() -> None:
    code = (
        "import ohmshot as oh; import ohmshot.adapt.adaptation;"
        "assert callable(oh.adapt), oh.adapt;"
        "from ohmshot.adapt.bake import Bake; assert callable(oh.adapt), oh.adapt"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_every_public_name_is_listed_once_and_the_rest_is_not_there() -> None:
    assert len(set(oh.__all__)) == len(oh.__all__)
    assert set(oh.__all__) <= set(dir(oh))
    with pytest.raises(AttributeError, match="chip_factory"):
        oh.chip_factory  # noqa: B018
