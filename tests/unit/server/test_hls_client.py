"""Servers that mean no good: nothing of them is taken beyond the limits, and nothing hangs."""

import gzip
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from server import hls_client as limits
from server.hls_client import Answer, Silent, hls_client


class Hostile(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/endless":
            self._head()
            try:
                while True:
                    self.wfile.write(b"x" * 65536)
            except OSError:
                return
        elif self.path == "/slow":
            self._head()
            time.sleep(1)
        elif self.path == "/bomb":
            self._head(("Content-Encoding", "gzip"))
            self.wfile.write(gzip.compress(b"\0" * 20_000_000, mtime=0))
        elif self.path == "/round":
            self._head(("Location", "/round"), status=302)
        elif self.path == "/file":
            self._head(("Location", "file:///etc/passwd"), status=302)
        elif self.path == "/moved":
            self._head(("Location", "/here?x=1"), status=302)
        else:
            self._head(("Content-Type", "text/plain"))
            self.wfile.write(self.headers.get("Range", "all").encode())

    def _head(self, *headers: tuple[str, str], status: int = 200) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hostile)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("path", ["/endless", "/bomb", "/round", "/file", "/slow"])
async def test_what_means_no_good_is_left(base, path, monkeypatch):
    monkeypatch.setattr(limits, "TIMEOUT_S", 0.5 if path == "/slow" else 15.0)
    async with hls_client() as client:
        found = await client.get(base + path, 1_000_000)
    assert isinstance(found, Silent), found
    assert found.reason


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://a/b", "http://", "http://[", "x", "http://127.0.0.1:1/"]
)
async def test_addresses_that_lead_nowhere(url):
    async with hls_client() as client:
        assert isinstance(await client.get(url, 1000), Silent)


async def test_what_is_well_is_taken(base):
    async with hls_client() as client:
        moved = await client.get(base + "/moved", 1000)
        part = await client.get(base + "/here", 1000, "bytes=0-9")
        seen = await client.look(base + "/endless")
    assert isinstance(moved, Answer)
    assert (moved.url, moved.body, moved.content_type) == (f"{base}/here?x=1", b"all", "text/plain")
    assert isinstance(part, Answer)
    assert part.body == b"bytes=0-9"
    assert isinstance(seen, Answer)
    assert seen.good
    assert seen.body == b""


async def test_no_proxy_of_the_environment_comes_between(base, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with hls_client() as client:
        assert isinstance(await client.get(f"{base}/here", 1000), Answer)
