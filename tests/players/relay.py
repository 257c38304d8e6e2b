"""Stands between a player and the server, as the head unit around a player that knows nothing of us may.

It notes what was fetched and when, and on demand puts the newest lease on each request for a picture.
"""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import httpx

TIMEOUT_S = 30.0


@dataclass(frozen=True)
class Fetch:
    """One request: when it was made, in seconds since 1970, for what, and how it was answered."""

    at_s: float
    path: str
    status: int

    @property
    def picture_at(self) -> int | None:
        """The grid position of a video segment."""
        parts = self.path.split("/")
        is_segment = parts[1] == "segments" and parts[2] != "init"
        return int(parts[5]) if is_segment and parts[3].startswith("v") else None


@dataclass
class Relay:
    """Where it listens, and what it has fetched for whom.

    Args:
        upstream: the server.
        report: the session's report, whose lease goes on requests for pictures; empty leaves them alone.
    """

    upstream: str
    report: str = ""
    url: str = ""
    fetches: list[Fetch] = field(default_factory=list)

    def through(self, url: str) -> str:
        """``url``, but through here."""
        return url.replace(self.upstream, self.url, 1)

    def pictures(self) -> list[tuple[int, float]]:
        """(grid position, when it was asked for) of each video segment, in that order."""
        served = [one for one in self.fetches if one.status == 200]
        return [(one.picture_at, one.at_s) for one in served if one.picture_at is not None]


@contextmanager
def relaying(upstream: str, report: str = "") -> Iterator[Relay]:
    """A relay to ``upstream`` while this is entered."""
    relay = Relay(upstream.rstrip("/"), report)
    with httpx.Client(timeout=TIMEOUT_S) as client:
        server = _Server(("127.0.0.1", 0), _handler(relay, client))
        relay.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.1,))
        thread.start()
        try:
            yield relay
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Players hang up as they please; anything else is told."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def _handler(relay: Relay, client: httpx.Client) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 5

        def do_GET(self) -> None:
            at_s = time.time()
            answer = client.get(relay.upstream + self._wanted(), headers=_passed(self.headers, _ASKED))
            relay.fetches.append(Fetch(at_s, urlsplit(self.path).path, answer.status_code))
            self.send_response(answer.status_code)
            for name, value in _passed(answer.headers, _TOLD).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        def _wanted(self) -> str:
            url = httpx.URL(self.path)
            picture = Fetch(0.0, url.path, 200).picture_at is not None
            if relay.report and picture:
                lease = client.get(relay.report).raise_for_status().json()["state"]["lease"]
                url = url.copy_set_param("lease", lease)
            return str(url)

        def log_message(self, *_: Any) -> None:
            """Nobody reads it."""

    return Handler


_ASKED = ("Range", "User-Agent", "Accept")
_TOLD = ("Content-Type", "Cache-Control", "Content-Range", "Accept-Ranges")


def _passed(headers: Any, names: tuple[str, ...]) -> dict[str, str]:
    return {name: headers[name] for name in names if headers.get(name)}
