import pytest
import torch


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> None:
    """Workers of pytest-xdist share the cores."""
    torch.set_num_threads(1)
