"""A provider of addresses on a port of its own, which answers as Nominatim, Photon and Pelias do."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

# Of a real Nominatim's answers the fields that say something; the others are left out.
RENNES = {
    "place_id": 240109189,
    "licence": "Data © OpenStreetMap contributors, ODbL 1.0. http://osm.org/copyright",
    "osm_type": "way",
    "osm_id": 90394480,
    "lat": "48.1113387",
    "lon": "-1.6800198",
    "class": "place",
    "type": "house",
    "importance": 0.42,
    "display_name": "12, Quai de la Prévalaye, Rennes, Ille-et-Vilaine, Bretagne, 35000, France",
    "boundingbox": ["48.1112", "48.1114", "-1.6802", "-1.6799"],
}
REDON = RENNES | {"lat": "47.6512", "lon": "-2.0848", "display_name": "Quai de la Prévalaye, Redon, France"}


def photon(label: str, latitude: float, longitude: float) -> dict[str, Any]:
    where = {"type": "Point", "coordinates": [longitude, latitude]}
    return {"type": "Feature", "geometry": where, "properties": {"name": label, "country": "France"}}


def pelias(label: str, latitude: float, longitude: float) -> dict[str, Any]:
    where = {"type": "Point", "coordinates": [longitude, latitude]}
    return {"type": "Feature", "geometry": where, "properties": {"name": "12", "label": label}}


class Geocoder(ThreadingHTTPServer):
    """What it answers can be set; what it was asked is noted."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.answer: Any = [RENNES, REDON]
        self.status = 200
        self.asked: list[dict[str, str]] = []
        self.agents: list[str] = []


class _Handler(BaseHTTPRequestHandler):
    server: Geocoder

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(address.query).items()}
        self.server.asked.append({"path": address.path, **query})
        self.server.agents.append(self.headers.get("User-Agent", ""))
        answer = self.server.answer
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing on standard error."""


@contextmanager
def geocoder() -> Iterator[Geocoder]:
    with Geocoder() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join(10)
