"""Options that several commands share: one name, one meaning, one check, one text of help."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ohmshot.chip.faults.injection import FAULTS
from ohmshot.host.strategies.registry import strategy_names

if TYPE_CHECKING:  # it brings PyTorch along
    from ohmshot.data.episodes import Scope

NAMES = strategy_names()
DEFAULT_PARAMETERS = "leti_hfo2_130nm"


class TaskScope(StrEnum):
    """Origin of the classes of a task, as the command line names it."""

    any = "any"
    one_group = "one-group"

    @property
    def of_episodes(self) -> "Scope":
        """The same for `ohmshot.data.episodes.EpisodeShape`."""
        return "one group" if self is TaskScope.one_group else "any"


SeedOption = Annotated[int, typer.Option(help="Seed of everything random.")]
WhichChipOption = Annotated[int, typer.Option("--seed", help="Seed of the simulated chip.")]
BundleOption = Annotated[
    Path | None,
    typer.Option(help="Learned initialisation: a file, characters (the default) or four-convolutions."),
]
StudiedBundleOption = Annotated[
    Path | None,
    typer.Option(help="Learned initialisation: a file, four-convolutions or characters; default: the study's own."),
]
TrustedKeysOption = Annotated[
    Path | None, typer.Option(help="Take the bundle only if one of these keys signed it, see `ohmshot bundle`.")
]
ParametersOption = Annotated[str, typer.Option(help="Parameter set of the cell: a name or a TOML file.")]
StrategyOption = Annotated[
    str,
    typer.Option(help=f"Programming strategy: {', '.join(NAMES[:-1])} or {NAMES[-1]}."),
]
DataOption = Annotated[Path | None, typer.Option(help="Folder that holds the data set; of features, the NPZ file.")]
FeaturesOption = Annotated[
    Path | None, typer.Option("--features", help="Features that you computed: NPZ (features, labels) or NPY.")
]
ArraysOption = Annotated[
    int | None, typer.Option(min=1, help="2-kbit arrays of a chip; default: as many as the head takes.")
]
WaysOption = Annotated[int, typer.Option(min=2, help="Classes to tell apart.")]
ShotsOption = Annotated[int, typer.Option(min=1, help="Examples of each class to learn from.")]
QueriesOption = Annotated[int, typer.Option(min=1, help="Examples of each class to be judged by.")]
ScopeOption = Annotated[
    TaskScope, typer.Option("--scope", help="Classes of a task: from any alphabet, or all from one.")
]
BakeHoursOption = Annotated[float, typer.Option(min=0, help="Length of the bake after the updates.")]
BakeCelsiusOption = Annotated[float, typer.Option(min=-273.0, help="Temperature of the bake.")]
TestCellsOption = Annotated[
    bool, typer.Option("--test-cells", help="Test every new chip for stuck cells before it learns.")
]
ControllerOption = Annotated[
    bool,
    typer.Option("--controller", help="Let the controller learn, in integers, in place of the computer in the loop."),
]
JsonOption = Annotated[Path | None, typer.Option("--json", help="Write the result here.")]
ReportOption = Annotated[Path | None, typer.Option(help="Write a page that needs nothing else here.")]
MarkdownOption = Annotated[Path | None, typer.Option(help="Write a page of Markdown, with the figures of --figures.")]
FiguresOption = Annotated[Path | None, typer.Option(help="Folder to write the figures to as PNG.")]
ChipOption = Annotated[
    str,
    typer.Option(
        "--chip",
        help="sim (in this process), tcp://HOST:PORT, tls://HOST:PORT?ca=FILE, serial:///dev/DEVICE, visa://RESOURCE.",
    ),
]
InjectOption = Annotated[
    list[str] | None,
    typer.Option(
        "--inject",
        help=f"A fault on purpose, NAME:VALUE (docs/faults.md), several times: {', '.join(FAULTS)}.",
    ),
]
