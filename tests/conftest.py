import pytest
import torch


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write-golden", action="store_true", help="store the results of tests/golden anew")


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> None:
    """Workers of pytest-xdist share the cores."""
    torch.set_num_threads(1)
