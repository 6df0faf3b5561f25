"""The drivers in examples/ drive a served chip."""

import importlib.util
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from ohmshot.cell.parameter_set import ParameterSet
from ohmshot.wire.server.server import Server, ServerSettings

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.mark.parametrize(("example", "needs"), [("pymeasure_driver", "pymeasure"), ("qcodes_driver", "qcodes")])
def test_a_driver_sets_and_reads(
    example: str,
    needs: str,
    parameters: ParameterSet,
    serve: Callable[..., AbstractContextManager[Server]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    pytest.importorskip(needs)
    found = importlib.util.spec_from_file_location(example, EXAMPLES / f"{example}.py")
    assert found
    assert found.loader
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    with serve(parameters, ServerSettings(port=0, without_token=True)) as server:
        module.main(f"TCPIP::127.0.0.1::{server.port}::SOCKET")
    told = capsys.readouterr().out
    assert "leti_hfo2_130nm" in told
    assert "after SET" in told
