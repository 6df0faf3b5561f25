"""The notebooks: those that examples/notebooks/make.py makes of the examples, and they run."""

import base64
import importlib.util
import io
from pathlib import Path
from types import ModuleType

import pytest
from PIL import Image

nbformat = pytest.importorskip("nbformat", reason="notebooks need the extra docs")
pytest.importorskip("nbclient", reason="notebooks need the extra docs")

FOLDER = Path(__file__).parents[2] / "examples" / "notebooks"
NAMES = ("01_first_adaptation", "02_your_network_on_the_chip")


@pytest.fixture(scope="module")
def make() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_notebooks", FOLDER / "make.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def pictures(notebook: object) -> list[Image.Image]:
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]  # type: ignore[attr-defined]
    data = [output.get("data", {}) for cell in cells for output in cell.outputs]
    return [Image.open(io.BytesIO(base64.b64decode(each["image/png"]))) for each in data if "image/png" in each]


def test_every_notebook_is_known() -> None:
    assert [path.stem for path in sorted(FOLDER.glob("*.ipynb"))] == list(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_is_that_of_its_example(name: str, make: ModuleType) -> None:
    stored = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)
    nbformat.validate(stored)
    assert [(cell.cell_type, cell.source) for cell in stored.cells] == [
        (cell.cell_type, cell.source) for cell in make.cells(name)
    ], "make it anew: python examples/notebooks/make.py"
    assert len(pictures(stored)) == 2
    text = (FOLDER / f"{name}.ipynb").read_text("utf-8")
    assert "Traceback" not in text
    assert "site-packages" not in text  # nothing of the machine that made it


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_runs(name: str, make: ModuleType) -> None:
    drawn = pictures(make.executed(name))
    assert len(drawn) == 2
    assert all(len(picture.convert("L").getcolors()) > 16 for picture in drawn)  # something is drawn
