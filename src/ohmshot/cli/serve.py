"""`ohmshot serve`: a simulated chip for others to drive."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from ohmshot.cli.app import app
from ohmshot.cli.console import console
from ohmshot.cli.options import DEFAULT_PARAMETERS, InjectOption, ParametersOption, WhichChipOption


@app.command("serve")
def serve_command(
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes any free one and says which.")] = 5025,
    host: Annotated[str, typer.Option(help="Address; beyond this machine, needs TLS and a token.")] = "127.0.0.1",
    seed: WhichChipOption = 0,
    parameters: ParametersOption = DEFAULT_PARAMETERS,
    arrays: Annotated[int, typer.Option(min=1, help="2-kbit arrays side by side.")] = 1,
    state: Annotated[Path | None, typer.Option(help="File that keeps the chip; without it the chip is fresh.")] = None,
    recover: Annotated[
        bool, typer.Option("--recover", help="Go on from what is sound in a damaged log; the cells must be verified.")
    ] = False,
    certificate: Annotated[Path | None, typer.Option(help="PEM file, for TLS.")] = None,
    key: Annotated[Path | None, typer.Option(help="PEM file with the certificate's private key.")] = None,
    token_file: Annotated[
        Path | None,
        typer.Option(help="File with the token that a client must give; default: a new one that your clients find."),
    ] = None,
    no_token: Annotated[
        bool, typer.Option("--no-token", help="Whoever is on this machine may drive the chip, every program too.")
    ] = False,
    serial: Annotated[str | None, typer.Option(help="Serve this serial line too, for example /dev/ttyUSB0.")] = None,
    inject: InjectOption = None,
    connections: Annotated[int, typer.Option(min=1, help="Most connections at once.")] = 128,
) -> None:
    """Serve one simulated chip in the command language of docs/protocol.md until interrupted."""
    import asyncio

    from ohmshot.cell.parameter_set import load_parameter_set
    from ohmshot.chip.circuit import Circuit
    from ohmshot.chip.faults.injection import injection_from
    from ohmshot.wire.protocol.faulty_line import FaultyLine
    from ohmshot.wire.server.chip_file import opened_station
    from ohmshot.wire.server.server import Server, ServerSettings
    from ohmshot.wire.server.serving import serve_until_interrupted, token_from_file

    settings = ServerSettings(
        host=host,
        port=port,
        certificate=certificate,
        key=key,
        token=token_from_file(token_file) if token_file else None,
        without_token=no_token,
        most_connections=connections,
    )
    injection = injection_from(inject or ())
    line = FaultyLine(injection, seed) if injection.of_line else None
    opened = opened_station(
        load_parameter_set(parameters),
        seed,
        state,
        Circuit().arrays(arrays),
        injection,
        recover=recover,
        tell=lambda line: console.print(line, soft_wrap=True),
    )
    with opened as station:
        server = Server(station, settings, line)

        def ready() -> None:
            scheme = "tls" if certificate else "tcp"
            shown = f"[{host}]" if ":" in host else host
            console.print(f"serving {', '.join(station.identity)} at {scheme}://{shown}:{server.port}", soft_wrap=True)
            for line in token_lines(server.token_files, no_token):
                console.print(line, soft_wrap=True)

        asyncio.run(serve_until_interrupted(server, station, serial, ready))


def token_lines(files: Sequence[Path], without: bool) -> list[str]:
    """What a person must know about the token."""
    if without:
        return ["no token: every user and every program of this machine can drive the chip"]
    return [f"token: ohmshot finds it by itself as this user; for other programs it is in {file}" for file in files]
