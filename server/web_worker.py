"""One web process, on a listening socket that its parent holds: ``python -m server.web_worker --fd N``."""

import os
import socket
import sys
from collections.abc import Callable, Sequence

import click
import uvicorn
from starlette.types import ASGIApp

from server import logs
from server.middleware import ByPath
from server.playback_protocol import protocol_with
from server.playback_router import PlaybackRouter
from server.settings import Settings
from server.sharing import share
from server.supervisor import await_gate

GRACE_S = 2
WEBSOCKET_MESSAGE_BYTES = 64 * 1024

SWITCH_INTERVAL_S = 0.0005
"""How long the event loop waits for a thread that computes, whenever it comes back from a system call; with
Python's own 5 ms a query that lasts would cost it as much for each socket that is read."""


@click.command()
@click.option("--fd", type=int, required=True, help="Descriptor of the listening socket.")
def main(fd: int) -> None:
    """Serve until told to stop."""
    settings = Settings.from_environ(os.environ)
    logs.configure(settings.log_level, beside=True)
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    from server.wiring.house import build

    house = build(settings)
    app = house.app()
    await_gate()
    listener = socket.socket(fileno=fd)
    server = Server(configuration(app, settings.cors_origins), house.players.end_streams)
    server.run(sockets=[listener])
    sys.exit(0 if server.started else 1)


class Server(uvicorn.Server):
    """One that says goodbye first, to those whose answers would never end.

    Args:
        farewell: ends them.
    """

    def __init__(self, config: uvicorn.Config, farewell: Callable[[], None]) -> None:
        super().__init__(config)
        self._farewell = farewell

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop serving."""
        self._farewell()
        await super().shutdown(sockets)


def configuration(app: ASGIApp, origins: Sequence[str] = ()) -> uvicorn.Config:
    """How every web process runs an application, whose answers pages of ``origins`` may read."""
    front = app.front if isinstance(app, ByPath) else None
    quick = front.quick if isinstance(front, PlaybackRouter) else None
    return uvicorn.Config(
        share(app, origins),
        http=protocol_with(quick) if quick else "httptools",
        loop="uvloop",
        ws_max_size=WEBSOCKET_MESSAGE_BYTES,
        ws_per_message_deflate=False,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=True,
        timeout_keep_alive=20,
        timeout_graceful_shutdown=GRACE_S,
        limit_concurrency=10_000,
    )


if __name__ == "__main__":
    main()
