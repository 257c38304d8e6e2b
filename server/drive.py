"""Playing a recorded drive into a car's feed: a VISS server as seen by Roadcast, from outside."""

import asyncio
import json
import urllib.error
import urllib.request
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI

from kernel.errors import Forbidden, Invalid, RoadcastError, Unavailable
from players.feed import signals, trace, viss_log
from players.feed.acceptance import SAMPLES_LIMIT, Sample
from players.feed.rate import CONNECTION_PER_S
from players.feed.recording import Recording
from players.feed.trace import STEP_MS, Trace, samples
from players.feed.viss import encode_event
from players.feed.viss_log import Told, VissLog
from server.chance import SystemClock

SPEED_LIMIT = 100.0
TIMEOUT_S = 10.0
PARKED_S = 10
HEAR_OUT_S = 0.3
"""What the server says of the last message takes a moment."""

TELL_EVERY_S = 0.02
"""What a log tells within this time goes in one message: fast forward, a feed would send too many."""

Progress = Callable[[Any], None]
"""Told each :class:`~players.feed.trace.Point` or :class:`~players.feed.viss_log.Told` as it is sent."""


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
        reasons: how often it complained of what.
    """

    sent: int
    refused: int
    took_s: float
    reasons: Mapping[str, int] = field(default_factory=dict)


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


def prepared(
    recording: Recording, there: tuple[float, float] | None, parked_s: int | None = None
) -> Recording:
    """The drive as it is to be played.

    Args:
        recording: as it was read.
        there: where it is to begin (latitude, longitude), if elsewhere.
        parked_s: how long it stands parked first and last; None for what is usual of its kind.

    Raises:
        Invalid: ``parked-not-told`` where a log of VISS should stand parked, ``trace-without-positions``.
    """
    if isinstance(recording, VissLog):
        if parked_s:
            raise Invalid(
                "parked-not-told",
                "A log of VISS is replayed as it is, and nothing is put before or after it.",
                fix="Leave --parked out, or write the standing into the log.",
            )
        return viss_log.shifted(recording, *there) if there else recording
    moved = trace.shifted(recording, *there) if there else recording
    stand_ms = 1000 * (PARKED_S if parked_s is None else parked_s)
    return trace.parked(moved, stand_ms, stand_ms)


async def drive(target: Target, recording: Recording, speed: float, progress: Progress) -> Driven:
    """Send everything when its time has come.

    A car that was recorded by places is held: between points further apart than a second the last one is told
    again, as a car's feed does. What a car said in VISS is said as it was, and silence is silence.

    Args:
        target: whose car.
        recording: the drive.
        speed: how many times faster than it was recorded.
        progress: told each point or message as it is sent.

    Raises:
        Invalid: ``speed-out-of-range``.
        Forbidden: where the server closes the feed, with its reason.
        Unavailable: ``server-silent`` or ``server-strange``.
    """
    if not 0 < speed <= SPEED_LIMIT:
        detail = f"A drive is played at more than 0 and up to {SPEED_LIMIT:g} times its speed."
        raise Invalid("speed-out-of-range", detail, fix="Give a --speed between, such as 1 or 0.5.")
    parts = urlsplit(target.base_url)
    url = f"{'wss' if parts.scheme == 'https' else 'ws'}://{parts.netloc}{parts.path}/v1/vehicle-state"
    headers = {"Authorization": f"Bearer {target.credential}"}
    try:
        async with connect(url, subprotocols=["VISSv3"], additional_headers=headers) as feed:  # type: ignore[list-item]
            complaints = asyncio.create_task(_complaints(feed))
            began_s = asyncio.get_running_loop().time()
            if isinstance(recording, Trace):
                sent = await _send(feed, recording, speed, progress)
            else:
                sent = await _say(feed, recording, speed, progress)
            took_s = asyncio.get_running_loop().time() - began_s
            await asyncio.wait([complaints], timeout=HEAR_OUT_S)
            await feed.close()
            reasons = await complaints
            return Driven(sent, reasons.total(), took_s, reasons)
    except ConnectionClosed as closed:
        reason = closed.rcvd.reason if closed.rcvd else ""
        raise Forbidden(reason or "feed-closed", "The server closed the car's feed.") from None
    except (InvalidHandshake, InvalidURI):
        raise _strange(target.base_url) from None
    except OSError:
        raise _silent(target.base_url) from None


async def _send(feed: ClientConnection, driven: Trace, speed: float, progress: Progress) -> int:
    clock, loop = SystemClock(), asyncio.get_running_loop()
    began_s = loop.time()
    points = iter(driven.points)
    point = next(points)
    following = next(points, None)
    sent = 0
    while True:
        now_ms = clock.now_ms()
        said = samples(point, now_ms)
        await feed.send(encode_event(said, now_ms).decode())
        progress(point)
        sent += 1
        if following is None:
            return sent
        due_s = began_s + following.at_ms / 1000 / speed
        await asyncio.sleep(max(len(said) / CONNECTION_PER_S, min(due_s - loop.time(), STEP_MS / 1000)))
        while following is not None and loop.time() >= began_s + following.at_ms / 1000 / speed:
            point, following = following, next(points, None)


async def _say(feed: ClientConnection, log: VissLog, speed: float, progress: Progress) -> int:
    """Each message when its time has come; those whose time has come together go together."""
    clock, loop = SystemClock(), asyncio.get_running_loop()
    began_s, began_ms = loop.time(), clock.now_ms()
    messages, sent, at = log.messages, 0, 0
    due_ms = [round(message.at_ms / speed) for message in messages]
    while at < len(messages):
        await asyncio.sleep(max(0.0, began_s + due_ms[at] / 1000 - loop.time()))
        # Whole milliseconds, as stamps are: nothing of one is left for a message that would repeat its stamp.
        until = bisect_right(due_ms, max(due_ms[at], int((loop.time() - began_s) * 1000)))
        told = 0
        for event in _events(messages[at:until], began_ms, speed):
            await feed.send(encode_event(event, clock.now_ms()).decode())
            sent += 1
            told += len(event)
        progress(messages[until - 1])
        at = until
        if at < len(messages):
            await asyncio.sleep(max(TELL_EVERY_S, told / CONNECTION_PER_S))
    return sent


def _events(messages: tuple[Told, ...], began_ms: int, speed: float) -> list[tuple[Sample, ...]]:
    """The samples by the present clock, of each signal and moment the latest, in messages of a good size.

    Where that is more than a feed may say, far forward, it is the latest of each signal.
    """
    told: dict[tuple[str, int], Sample] = {}
    for message in messages:
        for one in message.samples:
            at_ms = began_ms + round(one.vehicle_ms / speed)
            told.pop((one.path, at_ms), None)
            told[one.path, at_ms] = Sample(one.path, one.text, at_ms)
    if len(told) > len(signals.SIGNALS):
        told = {(path, 0): one for (path, _), one in told.items()}
    found = tuple(told.values())
    return [found[at : at + SAMPLES_LIMIT] for at in range(0, len(found), SAMPLES_LIMIT)]


async def _complaints(feed: ClientConnection) -> Counter[str]:
    found: Counter[str] = Counter()
    try:
        async for message in feed:
            if reason := reason_of(message):
                found[reason] += 1
    except ConnectionClosed:
        pass
    return found


def reason_of(message: str | bytes) -> str:
    """What an error message of the server complains of, by our name for it; empty where it does not."""
    try:
        error = json.loads(message).get("error")
        if error is None:
            return ""
        # To VISS 3 our name is the first word of the description (players/feed/complaint.py).
        name = str(error.get("description", "")).partition(":")[0]
        return name or str(error.get("reason") or error.get("number"))
    except (ValueError, AttributeError):
        return "unreadable"


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
