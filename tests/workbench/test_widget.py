import base64
import re
from importlib import resources

import numpy as np
import pytest

pytest.importorskip("anywidget")
from ohmshot.api.loading import load_bundle
from ohmshot.chip.simulated_chips import SimulatedChips
from ohmshot.host.learner import Learner
from ohmshot.workbench.widget import ChipMap


def test_the_map_of_a_notebook_holds_every_cell_and_follows_the_chip() -> None:
    chip = SimulatedChips()
    learner = Learner(chip, load_bundle())
    learner.initialise()
    shown = ChipMap(learner, chip, lit=[3])
    assert (shown.chip_layout["rows"], shown.chip_layout["columns"], shown.lit, shown.selected) == (32, 64, [3], -1)
    before = np.frombuffer(base64.b64decode(shown.cells["conductance"]), "<f4")
    assert before == pytest.approx(chip.true_conductances()[0].flatten().numpy())
    chip.wait(3600 * 12, 150)
    shown.update()
    after = np.frombuffer(base64.b64decode(shown.cells["conductance"]), "<f4")
    assert after == pytest.approx(chip.true_conductances()[0].flatten().numpy())
    assert (before != after).any()


def test_its_module_is_that_of_the_page_and_loads_no_other() -> None:
    module = (resources.files("ohmshot.workbench") / "static/map.js").read_text("utf-8")
    assert "export default { render }" in module
    assert not re.search(r"^\s*import\b|\bimport\(", module, re.MULTILINE)
