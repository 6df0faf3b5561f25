from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from hypothesis import Phase, settings

from ohmshot.bundle.seen import FILE

# How long an example takes says how busy the machine is.
settings.register_profile("ohmshot", deadline=None)
settings.load_profile("ohmshot")
# For `make mutants`: the same examples for every mutant, and no search for a smaller one that fails too.
settings.register_profile(
    "mutants", deadline=None, derandomize=True, database=None, phases=[Phase.explicit, Phase.generate]
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write-golden", action="store_true", help="store the results of tests/golden anew")


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> None:
    """Workers of pytest-xdist share the cores."""
    torch.set_num_threads(1)


@pytest.fixture(autouse=True, scope="session")
def _state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Tokens of servers that tests start lie in a folder of the tests, not in that of the person who runs them."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("state")
        patch.setenv("OHMSHOT_STATE", str(folder))
        yield folder


@pytest.fixture(autouse=True)
def _no_test_knows_whom_another_has_trusted(_state: Path) -> None:
    (_state / FILE).unlink(missing_ok=True)


@pytest.fixture(autouse=True)
def _draws_do_not_depend_on_the_order_of_tests() -> None:
    """Numbers that a test draws without a generator of its own are the same wherever it runs."""
    torch.manual_seed(0)
