"""What the options --chip and --inject say."""

from typing import Annotated

import typer

from ohmshot.chip.faults.injection import FAULTS

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
