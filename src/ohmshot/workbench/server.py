"""The server of the page: its files, one socket for everything that is asked, pictures in and files out."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib import resources
from typing import Any

import anyio
from anyio import CapacityLimiter, to_thread
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket, WebSocketDisconnect

from ohmshot.foundation.errors import OhmshotError, SettingsError
from ohmshot.foundation.text import printable
from ohmshot.workbench import downloads
from ohmshot.workbench.examples import encoded, picture
from ohmshot.workbench.gate import Doors, Gate
from ohmshot.workbench.operations import done
from ohmshot.workbench.sessions import GoneError, Session, Sessions
from ohmshot.workbench.shared import Workbench

MOST_BYTES = 40_000_000
"""Of one upload: the largest photographs of phones, and room to spare."""
MOST_MESSAGE = 8_000_000
AT_ONCE = 4
"""Operations that are worked on side by side, whatever the number of pages."""
STATIC = str(resources.files("ohmshot.workbench") / "static")
KINDS = {"csv": "text/csv", "svg": "image/svg+xml", "png": "image/png", "html": "text/html", "json": "application/json"}


def application(bench: Workbench, doors: Doors, sessions: Sessions | None = None) -> Starlette:
    """Return the server as an ASGI application.

    Args:
        bench: what all pages share.
        doors: where it listens.
        sessions: of its pages; None for new ones.
    """
    pages = sessions or Sessions()

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        app.state.limiter = CapacityLimiter(AT_ONCE)
        yield
        pages.close()
        bench.let_go()

    async def session_of(request: Request | WebSocket) -> Session:
        return pages.get(request.query_params.get("session", ""))

    async def worked(app: Starlette, work: Callable[[], Any]) -> Any:
        return await to_thread.run_sync(work, limiter=app.state.limiter)

    async def index(request: Request) -> Response:
        return FileResponse(f"{STATIC}/index.html")

    async def open_session(request: Request) -> Response:
        session = pages.new()
        return JSONResponse(await worked(request.app, lambda: done(bench, session, "hello", {})))

    async def asked(request: Request) -> Response:
        session = await session_of(request)
        message = _message(await _body(request, MOST_MESSAGE))
        name = request.path_params["name"]
        return JSONResponse(await worked(request.app, lambda: done(bench, session, name, message)))

    async def read_picture(request: Request) -> Response:
        await session_of(request)
        content = await _body(request, MOST_BYTES)
        name = printable(request.query_params.get("name", "The picture"))[:80]
        ink = await worked(request.app, lambda: picture(content, name))
        return JSONResponse({"example": encoded(ink)})

    async def download(request: Request) -> Response:
        session = await session_of(request)
        kind = request.path_params["kind"]
        content, name = await worked(request.app, lambda: _file(bench, session, kind))
        return Response(content, media_type=KINDS.get(name.rsplit(".", 1)[-1], "application/octet-stream"),
                        headers={"Content-Disposition": f'attachment; filename="{name}"'})  # fmt: skip

    async def study_file(request: Request) -> Response:
        session = await session_of(request)
        if session.job is None:
            raise SettingsError("No study was run on this page.")
        path = session.job.file(request.path_params["name"])
        shown = request.query_params.get("show") == "1" and path.suffix in (".svg", ".png")
        how = "inline" if shown else "attachment"
        return FileResponse(path, media_type=KINDS.get(path.suffix[1:], "application/octet-stream"),
                            headers={"Content-Disposition": f'{how}; filename="{path.name}"'})  # fmt: skip

    async def live(socket: WebSocket) -> None:
        await socket.accept()
        try:
            session = await session_of(socket)
            while True:
                text = await socket.receive_text()
                if len(text) > MOST_MESSAGE:
                    raise SettingsError("The message is too large.")
                message = _message(text.encode())
                number, name = message.pop("id", None), str(message.pop("op", ""))
                await socket.send_text(
                    json.dumps({"id": number, **await _answered(socket.app, session, name, message)})
                )
        except GoneError as error:
            await socket.close(4404, str(error)[:120])
        except OhmshotError as error:
            await socket.close(1008, str(error)[:120])
        except (WebSocketDisconnect, anyio.ClosedResourceError, RuntimeError):
            pass  # the page was closed, perhaps in the middle of an update: the session keeps what was done

    async def _answered(app: Starlette, session: Session, name: str, message: dict[str, Any]) -> dict[str, Any]:
        try:
            return {"ok": await worked(app, lambda: done(bench, session, name, message))}
        except OhmshotError as error:
            return {"error": str(error)}

    async def told(request: Request, error: Exception) -> Response:
        status = 404 if isinstance(error, GoneError) else 400
        return JSONResponse({"error": str(error)}, status)

    async def cancel(request: Request) -> Response:
        (await session_of(request)).cancelled.set()
        return JSONResponse({})

    return Starlette(
        routes=[
            Route("/", index),
            Route("/api/session", open_session, methods=["POST"]),
            Route("/api/picture", read_picture, methods=["POST"]),
            Route("/api/cancel", cancel, methods=["POST"]),
            Route("/api/do/{name}", asked, methods=["POST"]),
            Route("/api/file/{kind}", download),
            Route("/api/study/{name}", study_file),
            WebSocketRoute("/api/live", live),
            Mount("/static", StaticFiles(directory=STATIC)),
        ],
        middleware=[Middleware(Gate, doors=doors)],
        exception_handlers={OhmshotError: told},
        lifespan=lifespan,
    )


def _file(bench: Workbench, session: Session, kind: str) -> tuple[bytes, str]:
    taught = session.chip()
    with session.lock:
        match kind:
            case "chip":
                bundle = bench.bundle(taught.task.given.bundle)
                return downloads.chip_file(
                    taught, bundle, bench.technologies, bench.place()
                ), "adapted-chip.safetensors"
            case "bundle":
                return downloads.bundle_file(bench.bundle(taught.task.given.bundle)), "bundle.safetensors"
            case "report":
                parameters = bench.technologies.named(taught.settings.technology)
                return downloads.report(taught, parameters).encode(), "report.html"
            case "drawings":
                return downloads.drawings_file(taught.task), "my-symbols.zip"
    raise SettingsError(f"There is no file '{kind}'. Take chip, bundle, report or drawings.")


async def _body(request: Request, most: int) -> bytes:
    """The body of a request, given up as soon as it is too long."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > most:
            raise SettingsError(f"The file is larger than {most / 1e6:.0f} MB. Give a smaller one.")
        parts.append(part)
    return b"".join(parts)


def _message(content: bytes) -> dict[str, Any]:
    try:
        message = json.loads(content or b"{}")
    except (ValueError, RecursionError) as error:
        raise SettingsError("The message is not in JSON.") from error
    if not isinstance(message, dict):
        raise SettingsError("The message is no object.")
    return message
