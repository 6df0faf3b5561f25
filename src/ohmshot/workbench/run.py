"""The workbench from its start to its end: a free port, the address, the browser."""

import socket
import threading
import webbrowser
from collections.abc import Callable

import torch
import uvicorn

from ohmshot.foundation.errors import SettingsError
from ohmshot.workbench.gate import Doors
from ohmshot.workbench.offered import DRAWINGS
from ohmshot.workbench.server import application
from ohmshot.workbench.shared import Workbench
from ohmshot.workbench.warm_up import warm_up


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()


def listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens; port 0 takes any free one.

    Raises:
        SettingsError: the port is taken, or the address is none of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM)
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((host, port))
        found.listen(128)
    except OSError as error:
        found.close()
        raise SettingsError(
            f"{host}, port {port} cannot be opened: {error.strerror}. Leave --port out for any free one."
        ) from error
    return found


def run_workbench(
    bench: Workbench, doors: Doors, port: int, ready: Callable[[str], None], open_browser: bool = True
) -> None:
    """Serve the workbench until interrupted.

    Args:
        bench: what all pages share.
        doors: where it listens.
        port: 0 for any free one.
        ready: called with the address once it can be opened.
        open_browser: whether to open it.

    Raises:
        SettingsError: the port is taken.
    """
    torch.set_num_threads(1)  # tensors here are small, and pages are served side by side by threads of the server's own
    _ = bench.offered, bench.bundle(DRAWINGS)  # what every page begins with
    with listening(doors.host, port) as taken:
        host = f"[{doors.host}]" if ":" in doors.host else doors.host
        address = f"http://{host}:{taken.getsockname()[1]}/"
        whole = f"{address}?token={doors.token}" if doors.token else address

        def started() -> None:
            threading.Thread(target=warm_up, args=(bench,), daemon=True).start()
            ready(whole)
            if open_browser:
                threading.Thread(target=webbrowser.open, args=(whole,), daemon=True).start()

        config = uvicorn.Config(
            application(bench, doors), log_level="warning", ws_max_size=8_000_000, timeout_graceful_shutdown=2,
            server_header=False, ws="websockets-sansio",
        )  # fmt: skip
        _Server(config, started).run(sockets=[taken])
