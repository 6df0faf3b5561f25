import itertools
from pathlib import Path

import pytest
import torch
from hypothesis import Phase, settings

# For `make mutants`: the same examples for every mutant, and no search for a smaller one that fails too.
settings.register_profile("mutants", derandomize=True, database=None, phases=[Phase.explicit, Phase.generate])


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write-golden", action="store_true", help="store the results of tests/golden anew")


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> None:
    """Workers of pytest-xdist share the cores."""
    torch.set_num_threads(1)


_numbers = itertools.count()


@pytest.fixture(autouse=True)
def _no_test_knows_whom_another_has_trusted(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Nor does one write into the state of the person who runs them."""
    place: Path = tmp_path_factory.getbasetemp() / f"state-{next(_numbers)}"  # made when something is kept
    monkeypatch.setenv("OHMSHOT_STATE", str(place))


@pytest.fixture(autouse=True)
def _draws_do_not_depend_on_the_order_of_tests() -> None:
    """Numbers that a test draws without a generator of its own are the same wherever it runs."""
    torch.manual_seed(0)
