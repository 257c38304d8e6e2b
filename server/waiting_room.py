"""Answers everyone while a start prepares itself: ``python -m server.waiting_room --fd N``.

A page that shows how far it is, problem documents for machines; ended by its parent before the web
processes open.
"""

import asyncio
import os
import socket
from pathlib import Path

import click
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.templating import Jinja2Templates
from starlette.types import ASGIApp, Receive, Scope, Send

from kernel.errors import Unavailable
from server import logs, pages
from server.errors import ProblemResponse, problem_of, wants_page
from server.middleware import SecurityHeaders
from server.progress import told
from server.settings import Settings

RETRY_S = 2
LAST_ANSWERS_S = 0.5
_HEADERS = {"Cache-Control": "no-store", "Retry-After": str(RETRY_S), "Connection": "close"}


def build_app(data_dir: Path, templates: Jinja2Templates, *, https: bool = False) -> ASGIApp:
    """The application. Connections end with each answer: the next one meets a web process.

    Args:
        data_dir: where the preparation tells how far it is.
        templates: for the page.
        https: whether the server is reached by https only.
    """

    def healthz(request: Request) -> Response:
        return JSONResponse({"status": "ok"}, headers={"Cache-Control": "no-store", "Connection": "close"})

    def readyz(request: Request) -> Response:
        body = {"status": "preparing", "percent": told(data_dir).permille // 10}
        return JSONResponse(body, 503, _HEADERS)

    async def wait(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        response: Response
        if wants_page(request):
            progress = await asyncio.to_thread(told, data_dir)
            context = {"progress": progress, "refresh_s": RETRY_S}
            response = templates.TemplateResponse(request, "preparing.html", context, 503, _HEADERS)
        else:
            error = Unavailable("preparing", "Roadcast is getting ready.", fix="Try again in a moment.")
            response = ProblemResponse(problem_of(error), _HEADERS)
        await response(scope, receive, send)

    routes = [
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        *pages.static_routes(),
        Mount("/", wait),
    ]
    return SecurityHeaders(Starlette(routes=routes), https)


class _Server(uvicorn.Server):
    """Takes no more connections once it is told to stop, and answers those that it has taken."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """See :class:`uvicorn.Server`."""
        for server in self.servers:
            server.close()
        await asyncio.sleep(LAST_ANSWERS_S)
        await super().shutdown(sockets)


@click.command()
@click.option("--fd", type=int, required=True, help="Descriptor of the listening socket.")
def main(fd: int) -> None:
    """Answer until told to stop."""
    settings = Settings.from_environ(os.environ)
    logs.configure(settings.log_level)
    https = settings.base_url.startswith("https://")
    app = build_app(settings.data_dir, pages.build_templates(), https=https)
    config = uvicorn.Config(
        app,
        loop="asyncio",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=2,
        timeout_graceful_shutdown=1,
        limit_concurrency=1000,
    )
    _Server(config).run(sockets=[socket.socket(fileno=fd)])


if __name__ == "__main__":
    main()
