from collections.abc import Iterator

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


@pytest.fixture(autouse=True, scope="session")
def _own_state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Tokens of servers that tests start lie in a folder of the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OHMSHOT_STATE", str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture(autouse=True)
def _draws_do_not_depend_on_the_order_of_tests() -> None:
    """Numbers that a test draws without a generator of its own are the same wherever it runs."""
    torch.manual_seed(0)
