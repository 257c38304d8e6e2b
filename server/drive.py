"""Playing a recorded drive into a car's feed: a VISS server as seen by Roadcast, from outside."""

import asyncio
import json
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI

from kernel.errors import Forbidden, Invalid, RoadcastError, Unavailable
from players.feed.trace import STEP_MS, Point, Trace, samples
from players.feed.viss import encode_event
from server.chance import SystemClock

SPEED_LIMIT = 100.0
TIMEOUT_S = 10.0

Progress = Callable[[Point], None]


@dataclass(frozen=True, slots=True)
class Target:
    """Whose car.

    Args:
        base_url: of the running server.
        credential: of a head unit that may report.
    """

    base_url: str
    credential: str


@dataclass(frozen=True, slots=True)
class Driven:
    """What became of a drive.

    Args:
        sent: messages, a held point counted each time that it was told.
        refused: how many of them the server complained about.
        took_s: by the clock, at the speed that was asked for.
    """

    sent: int
    refused: int
    took_s: float


def enrol(base_url: str, code: str) -> str:
    """The credential that a code gives.

    Raises:
        Forbidden: the server's own reason.
        Unavailable: ``server-silent`` where none answers, ``server-strange`` where it is no Roadcast.
    """
    request = urllib.request.Request(  # noqa: S310 - the scheme is checked by Settings
        f"{base_url}/v1/head-units",
        json.dumps({"code": code}).encode(),
        {"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
            return str(json.load(answer)["credential"])
    except urllib.error.HTTPError as refusal:
        raise _refused(refusal, base_url) from None
    except (ValueError, LookupError, TypeError, HTTPException):
        raise _strange(base_url) from None
    except OSError:
        raise _silent(base_url) from None


def _refused(refusal: urllib.error.HTTPError, base_url: str) -> RoadcastError:
    try:
        problem = json.load(refusal)
        return Forbidden(problem["code"], problem["detail"], fix=problem.get("fix", ""))
    except (ValueError, LookupError, TypeError):
        return _strange(base_url)


async def drive(target: Target, trace: Trace, speed: float, progress: Progress) -> Driven:
    """Send every point when its time has come.

    Between points further apart than a second the last one is told again, as a car's feed does.

    Args:
        target: whose car.
        trace: the drive.
        speed: how many times faster than it was recorded.
        progress: told each point as it is sent.

    Raises:
        Invalid: ``speed-out-of-range``.
        Forbidden: where the server closes the feed, with its reason.
        Unavailable: ``server-silent`` or ``server-strange``.
    """
    if not 0 < speed <= SPEED_LIMIT:
        raise Invalid("speed-out-of-range", f"A drive is played at up to {SPEED_LIMIT:g} times its speed.")
    parts = urlsplit(target.base_url)
    url = f"{'wss' if parts.scheme == 'https' else 'ws'}://{parts.netloc}{parts.path}/v1/vehicle-state"
    headers = {"Authorization": f"Bearer {target.credential}"}
    try:
        async with connect(url, subprotocols=["VISSv3"], additional_headers=headers) as feed:  # type: ignore[list-item]
            complaints = asyncio.create_task(_complaints(feed))
            began_s = asyncio.get_running_loop().time()
            sent = await _send(feed, trace, speed, progress)
            took_s = asyncio.get_running_loop().time() - began_s
            await feed.close()
            return Driven(sent, await complaints, took_s)
    except ConnectionClosed as closed:
        reason = closed.rcvd.reason if closed.rcvd else ""
        raise Forbidden(reason or "feed-closed", "The server closed the car's feed.") from None
    except (InvalidHandshake, InvalidURI):
        raise _strange(target.base_url) from None
    except OSError:
        raise _silent(target.base_url) from None


async def _send(feed: ClientConnection, trace: Trace, speed: float, progress: Progress) -> int:
    clock, loop = SystemClock(), asyncio.get_running_loop()
    began_s = loop.time()
    points = iter(trace.points)
    point = next(points)
    following = next(points, None)
    sent = 0
    while True:
        now_ms = clock.now_ms()
        await feed.send(encode_event(samples(point, now_ms), now_ms).decode())
        progress(point)
        sent += 1
        if following is None:
            return sent
        due_s = began_s + following.at_ms / 1000 / speed
        await asyncio.sleep(max(0.0, min(due_s - loop.time(), STEP_MS / 1000)))
        while following is not None and loop.time() >= began_s + following.at_ms / 1000 / speed:
            point, following = following, next(points, None)


async def _complaints(feed: ClientConnection) -> int:
    found = 0
    try:
        async for message in feed:
            found += "error" in json.loads(message)
    except ConnectionClosed:
        pass
    return found


_FIX = "Start it (roadcast run), or name the address where it runs."


def _silent(base_url: str) -> Unavailable:
    return Unavailable("server-silent", f"Nothing answers at {base_url}.", fix=_FIX)


def _strange(base_url: str) -> Unavailable:
    return Unavailable("server-strange", f"What answers at {base_url} is no Roadcast.", fix=_FIX)


def leave_address(data_dir: Path, url: str) -> None:
    """Note where the service that runs on ``data_dir`` is reached."""
    _address(data_dir).write_text(url, "utf-8")


def find_address(data_dir: Path) -> str | None:
    """Where the service that runs on ``data_dir`` was last reached; None if it never was."""
    try:
        return _address(data_dir).read_text("utf-8")
    except OSError:
        return None


def _address(data_dir: Path) -> Path:
    return data_dir / "address"
