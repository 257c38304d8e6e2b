"""A routing engine on a port of its own: it answers as OSRM and Valhalla do, for roads as the crow flies."""

import json
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, unquote, urlsplit

SPEED_MPS = 20.0


def seconds(a: tuple[float, float], b: tuple[float, float]) -> float:
    east = (b[1] - a[1]) * math.cos(math.radians((a[0] + b[0]) / 2))
    return round(math.hypot(b[0] - a[0], east) * 111_320 / SPEED_MPS, 1)


@dataclass
class Engine:
    """What it was asked, and how it behaves."""

    url: str = ""
    asked: list[str] = field(default_factory=list)
    answer: bytes | None = None
    status: int = 200
    delay_s: float = 0.0
    nowhere: tuple[float, float] | None = None

    def said(self, path: str) -> bytes:
        self.asked.append(path)
        time.sleep(self.delay_s)
        if self.answer is not None:
            return self.answer
        parts = urlsplit(path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        told = self._valhalla(query) if "json" in query else self._osrm(parts.path, query)
        return json.dumps(told).encode()

    def _seconds(self, a: tuple[float, float], b: tuple[float, float]) -> float | None:
        return None if self.nowhere in (a, b) else seconds(a, b)

    def _osrm(self, path: str, query: dict[str, str]) -> dict[str, object]:
        """As its docs/http.md shows."""
        service, version, profile, listed = unquote(path).strip("/").split("/")
        assert (service, version, profile) == ("table", "v1", "driving")
        nodes = [tuple(map(float, one.split(",")))[::-1] for one in listed.split(";")]
        rows, columns = (
            [nodes[int(n)] for n in query[name].split(";")] for name in ("sources", "destinations")
        )

        def waypoints(those: list[tuple[float, float]]) -> list[dict[str, object]]:
            return [
                {"hint": "KSoKADRYroqUBAEA", "distance": 4.15, "name": "Rue", "location": [lon, lat]}
                for lat, lon in those
            ]

        return {
            "code": "Ok",
            "durations": [[self._seconds(a, b) for b in columns] for a in rows],
            "sources": waypoints(rows),
            "destinations": waypoints(columns),
        }

    def _valhalla(self, query: dict[str, str]) -> dict[str, object]:
        asked = json.loads(query["json"])
        rows, columns = ([(one["lat"], one["lon"]) for one in asked[name]] for name in ("sources", "targets"))
        assert asked["costing"] == "auto"
        return {
            "algorithm": "costmatrix",
            "units": "kilometers",
            "sources_to_targets": [
                [
                    {"from_index": i, "to_index": j, "time": self._seconds(a, b), "distance": 1.0}
                    for j, b in enumerate(columns)
                ]
                for i, a in enumerate(rows)
            ],
        }


@contextmanager
def running() -> Iterator[Engine]:
    """One that listens on a port of the system's choice."""
    engine = Engine()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = engine.said(self.path)
            self.send_response(engine.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with suppress(OSError):  # who asked has gone
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        engine.url = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            yield engine
        finally:
            server.shutdown()
            thread.join()
