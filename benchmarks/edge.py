"""Segments from nginx's cache with each request judged offline, against the same nginx that judges nothing.

``python benchmarks/edge.py``. The nginx of ``deploy/``, one worker on one core; the client has the other.
Both answers come from the same cache, filled once from a server that is asked no more. Every request bears
the lease of one of 500 sessions. Requests for each second of the worker's processor time.
"""

import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from unittest.mock import patch

import httpx
import uvloop

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from adserver.adapters.siv_sealer import SivSealer
from benchmarks.load import Seen, load
from kernel.signing import Signer
from media.house_format import position_at
from players.feed.head_unit import Mount, Technique, Zone
from players.playback import lease, segment_key, session
from players.playback.lease import LEASE_MS, Lease
from players.playback.session import Session
from server.chance import SystemClock
from server.cli_nginx import write_keys
from tests import proxy

SESSIONS, ROUNDS = 500, 3
SIGNER, CLOCK = Signer([b"b" * 32], SivSealer([b"b" * 32])), SystemClock()
K = position_at(CLOCK.now_ms())
"""Good for two minutes; the measuring takes less."""
SOUND_BYTES, PICTURE_BYTES = 32_000, 700_000
"""A segment of a128, and one of v720."""

UNCHECKED = """
    location /unchecked/ {
        proxy_cache roadcast;
        proxy_cache_key $uri;
        proxy_ignore_headers Cache-Control;
        proxy_cache_valid 200 10m;
        add_header X-Cache $upstream_cache_status;
        proxy_pass http://roadcast;
    }
"""
"""As the cached segments' location is, without whoever sends requests there."""


class _Origin(BaseHTTPRequestHandler):
    """What fills the cache."""

    def do_GET(self) -> None:
        """A segment of its rendition's size."""
        body = b"\0" * (SOUND_BYTES if "a128" in self.path else PICTURE_BYTES)
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def edge(folder: Path) -> Iterator[proxy.Proxy]:
    """The nginx, with a location besides that judges nothing."""
    origin = ThreadingHTTPServer(("127.0.0.1", 0), _Origin)
    threading.Thread(target=origin.serve_forever, daemon=True).start()
    keys, as_deployed = folder / "keys.json", proxy.configure
    write_keys(keys, SIGNER.edge_keys)

    def with_yardstick(*arguments: object) -> Path:
        path = as_deployed(*arguments)  # type: ignore[arg-type]
        before = "    # Only for whoever watches over the machine."
        text = path.read_text()
        assert before in text
        path.write_text(text.replace(before, UNCHECKED + before).replace("info;", "warn;"))
        return path

    with (
        patch.object(proxy, "configure", with_yardstick),
        proxy.proxying(folder, keys, f"127.0.0.1:{origin.server_port}") as running,
    ):
        yield running
    origin.shutdown()


def tokens(rendition: str) -> list[str]:
    """A lease or grant of each session, good from now on."""
    now_ms = CLOCK.now_ms()
    if rendition != "a128":
        mount = Mount(Zone.DRIVER)
        return [
            lease.sign(SIGNER, Lease(f"veh_{n}", mount, Technique.TWO_ELEMENT, now_ms + LEASE_MS))
            for n in range(SESSIONS)
        ]
    opened = [
        Session(
            f"ses_{n}", f"veh_{n}", "hu", "ch", Zone.DRIVER, Technique.TWO_ELEMENT, "FR", "fr", False, now_ms,
            now_ms + 60_000,
        )
        for n in range(SESSIONS)
    ]  # fmt: skip
    return [session.sign_grant(SIGNER, one) for one in opened]


def paths(rendition: str, kind: str) -> list[bytes]:
    """What is asked for: one segment, by every session."""
    address = segment_key.address(SIGNER, "film", rendition, 3, K)
    if kind == "unchecked":
        address = f"/unchecked{address}"
    return [f"{address}?lease={token}".encode() for token in tokens(rendition)]


async def measure(running: proxy.Proxy, worker: int) -> dict[tuple[str, str], list[Seen]]:
    """All kinds in turn, so that what else the machine does meets each alike."""
    port = int(running.url.rpartition(":")[2])
    found: dict[tuple[str, str], list[Seen]] = {}
    for _ in range(ROUNDS):
        for rendition in ("a128", "v720"):
            for kind in ("unchecked", "checked"):
                seen = await load(port, paths(rendition, kind), worker)
                found.setdefault((rendition, kind), []).append(seen)
    return found


def main() -> int:
    """Fill the cache, measure, tell."""
    if not proxy.INSTALLED:
        print(f"Not measured: {proxy.WHY}.")
        return 0
    with tempfile.TemporaryDirectory() as name, edge(Path(name)) as running:
        (worker,) = (int(pid) for pid in running.workers())
        os.sched_setaffinity(worker, {0})
        for rendition in ("a128", "v720"):
            for kind in ("unchecked", "checked"):
                url = running.url + paths(rendition, kind)[0].decode()
                states = [httpx.get(url).headers["x-cache"] for _ in range(2)]
                assert states == ["MISS", "HIT"], states
        os.sched_setaffinity(0, {os.cpu_count() - 1 if os.cpu_count() else 0})
        found = uvloop.run(measure(running, worker))
    print(f"{'':32}{'a second and core':>18}{'p99 ms':>10}{'× unchecked':>14}")
    for (rendition, kind), rounds in found.items():
        best = max(rounds, key=lambda seen: seen.rate)
        bare = max(seen.rate for seen in found[rendition, "unchecked"])
        what = f"{'sound, 32 kB' if rendition == 'a128' else 'picture, 700 kB'}, {kind}"
        print(f"{what:32}{best.rate:18,.0f}{best.percentile_ms(0.99):10.1f}{best.rate / bare:14.2f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
