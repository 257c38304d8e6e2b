"""Routing engines over HTTP: OSRM (its API v1, ``docs/http.md``), and Valhalla (its matrix API).

The operator names the engine, so it may stand in our own network; what it answers is limited all the same.
"""

import asyncio
import ssl
from collections.abc import Sequence
from typing import Never, TypeVar

import httpx
import msgspec

from kernel.errors import Unavailable

TIMEOUT_S = 2.0
BODY_LIMIT = 1_000_000
_HEADERS = {"User-Agent": "Roadcast", "Accept-Encoding": "identity"}
_UNROUTABLE = frozenset({"NoSegment", "NoTable"})
"""OSRM's: no road is near one of them, or there is no way; it is well all the same."""

Node = tuple[float, float]
Table = list[list[float | None]]
T = TypeVar("T")


class _Http:
    """GET with limits on time and size; no proxies of the environment, no redirects.

    Args:
        url: of the engine.
        timeout_s: for all of an answer.
    """

    def __init__(self, url: str, timeout_s: float = TIMEOUT_S) -> None:
        self._url = url.rstrip("/")
        self._timeout_s = timeout_s
        self._tls: ssl.SSLContext | bool = ssl.create_default_context() if url.startswith("https") else False

    async def get(self, path: str, params: dict[str, str], also: int = 200) -> bytes:
        """The body of an answer of success, or with status ``also``.

        Raises:
            Unavailable: ``routing-unavailable``.
        """
        try:
            async with (
                asyncio.timeout(self._timeout_s),
                httpx.AsyncClient(headers=_HEADERS, trust_env=False, verify=self._tls) as client,
                client.stream("GET", self._url + path, params=params) as answer,
            ):
                if answer.status_code not in {200, also}:
                    _unavailable(f"status {answer.status_code}")
                body = bytearray()
                async for chunk in answer.aiter_raw():
                    body += chunk
                    if len(body) > BODY_LIMIT:
                        _unavailable(f"more than {BODY_LIMIT} bytes")
                return bytes(body)
        except TimeoutError:
            _unavailable(f"not within {self._timeout_s:g} s")
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as failed:
            _unavailable(type(failed).__name__)


class _OsrmAnswer(msgspec.Struct):
    code: str
    durations: Table = []


class OsrmRouting:
    """Implements :class:`geotarget.ports.Routing` by OSRM's table service.

    Args:
        url: of ``osrm-routed``, or of what speaks as it does.
        timeout_s: for all of an answer.
    """

    def __init__(self, url: str, timeout_s: float = TIMEOUT_S) -> None:
        self._http = _Http(url, timeout_s)

    async def times_s(self, sources: Sequence[Node], targets: Sequence[Node]) -> Table:
        """See the port."""
        nodes = list(dict.fromkeys((*sources, *targets)))
        numbers = {node: str(number) for number, node in enumerate(nodes)}
        path = ";".join(f"{longitude:.5f},{latitude:.5f}" for latitude, longitude in nodes)
        params = {
            "sources": ";".join(numbers[node] for node in sources),
            "destinations": ";".join(numbers[node] for node in targets),
            "annotations": "duration",
        }
        body = await self._http.get(f"/table/v1/driving/{path}", params, also=400)
        answer = _read(body, _OsrmAnswer)
        if answer.code in _UNROUTABLE:
            return [[None] * len(targets) for _ in sources]
        if answer.code != "Ok":
            _unavailable(f"it says {answer.code[:40]}")
        return _shaped(answer.durations, sources, targets)


class _Cell(msgspec.Struct):
    time: float | None = None


class _ValhallaAnswer(msgspec.Struct):
    sources_to_targets: list[list[_Cell]]


class ValhallaRouting:
    """Implements :class:`geotarget.ports.Routing` by Valhalla's matrix service.

    Args:
        url: of ``valhalla_service``.
        timeout_s: for all of an answer.
    """

    def __init__(self, url: str, timeout_s: float = TIMEOUT_S) -> None:
        self._http = _Http(url, timeout_s)

    async def times_s(self, sources: Sequence[Node], targets: Sequence[Node]) -> Table:
        """See the port."""
        asked = {
            name: [{"lat": latitude, "lon": longitude} for latitude, longitude in nodes]
            for name, nodes in (("sources", sources), ("targets", targets))
        }
        question = msgspec.json.encode({**asked, "costing": "auto", "verbose": True}).decode()
        body = await self._http.get("/sources_to_targets", {"json": question})
        rows = _read(body, _ValhallaAnswer).sources_to_targets
        return _shaped([[one.time for one in row] for row in rows], sources, targets)


def routing_at(url: str) -> "OsrmRouting | ValhallaRouting":
    """The engine of an address such as ``osrm+http://127.0.0.1:5000``."""
    name, _, address = url.partition("+")
    return (ValhallaRouting if name == "valhalla" else OsrmRouting)(address)


def _read(body: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError):
        _unavailable("an answer that cannot be read")


def _shaped(table: Table, sources: Sequence[Node], targets: Sequence[Node]) -> Table:
    if len(table) != len(sources) or any(len(row) != len(targets) for row in table):
        _unavailable("a table of another size")
    if any(time_s is not None and not 0 <= time_s < float("inf") for row in table for time_s in row):
        _unavailable("times that are none")
    return table


def _unavailable(why: str) -> Never:
    raise Unavailable("routing-unavailable", f"The routing engine gave no times: {why}.")
