"""Channels, sessions with breaks of their own, and vehicles that stand in Park, as many as are wanted."""

import asyncio

import redis
import redis.asyncio
from msgspec.structs import replace

from adserver.serving.avail import Card, ServedFill
from content.channels.lineup import ChannelLineup
from media.house_format import position_at
from media.timeline import SlotKind
from players.adapters import redis_keys
from players.adapters.redis_sessions import RedisSessions
from players.feed import signals
from players.feed.acceptance import Reading
from players.feed.head_unit import Technique, Zone
from players.feed.vehicle_state import UNKNOWN, Agreement, VehicleState
from players.playback import session
from players.playback.break_plan import PlannedBreak
from players.playback.session import Session
from server.chance import SystemClock
from tests.media.loop import Loop, LoopItem

BREAK_EVERY, BREAK_SEGMENTS = 10, 12
"""Every window of 12 holds some of a break, and nearly all hold ads."""
PERIOD = BREAK_EVERY + BREAK_SEGMENTS


def phase(number: int) -> int:
    """Where a channel's loop begins: no two neighbours have their breaks together."""
    return number * 7 % PERIOD


def channel(number: int, entries: int) -> ChannelLineup:
    """A loop with a break after each short programme."""
    pairs = entries // 2
    items = tuple(
        item
        for n in range(pairs)
        for item in (
            LoopItem(BREAK_EVERY, f"film{n % 40}", BREAK_EVERY, SlotKind.PROGRAMME, f"prg_{n % 40}"),
            LoopItem(BREAK_SEGMENTS, "slate", 1, SlotKind.BREAK),
        )
    )
    return ChannelLineup(
        f"ch{number}", f"Channel {number}", f"ch{number}", Loop(f"ch{number}", phase(number), items), {}
    )


def vehicle(channel_number: int, number: int) -> str:
    """The vehicle of a session; one session each."""
    return f"veh_{channel_number:03}{number:02}"


def opened(channel_number: int, number: int, now_ms: int) -> Session:
    """A session that has been open for a while."""
    return Session(
        f"ses_{channel_number:03}{number:02}", vehicle(channel_number, number), "hu_1", f"ch{channel_number}",
        Zone.DRIVER, Technique.TWO_ELEMENT, "FR", "fr", True, now_ms - 600_000, now_ms + session.SESSION_MS,
    )  # fmt: skip


def plan(one: Session, start: int, salt: int) -> PlannedBreak:
    """Two promotions of the session's own in the break at ``start``."""
    fills = tuple(
        ServedFill(
            f"fill_{one.session_id}_{start}_{n}", f"li_{n}", f"cr_{n}", f"ad{(salt + n) % 200}", 5,
            "beacon-" + "x" * 80, Card("Coffee", "Two for one", "Café", distance_m=300), 5_000, "EUR",
        )
        for n in range(2)
    )  # fmt: skip
    return PlannedBreak(f"{one.channel_id}-{start}", start, BREAK_SEGMENTS, fills, (), "48.11,-1.68")


def parked_state(now_ms: int, salt: int) -> VehicleState:
    """A vehicle that has stood in Park for ten seconds and said so just now."""
    at = now_ms - salt % 900
    values = {
        signals.SPEED: 0.0,
        signals.SELECTED_GEAR: 126,
        signals.PARKING_BRAKE: True,
        signals.IS_MOVING: False,
    }
    readings = {path: Reading(value, at, at) for path, value in values.items()}

    return replace(
        UNKNOWN,
        readings=readings,
        agreement=Agreement(at - 10_000, at - 10_000),
        has_park=True,
        markets=("FR",),
    )


def renew_states(client: redis.Redis, vehicles: list[str]) -> None:
    """Each vehicle's newest report."""
    now_ms = SystemClock().now_ms()
    for first in range(0, len(vehicles), 1000):
        some = vehicles[first : first + 1000]
        client.mset(
            {redis_keys.state(v): parked_state(now_ms, first + n).encode() for n, v in enumerate(some)}
        )


async def fill(url: str, sessions: list[Session], ahead_segments: int) -> None:
    """Sessions, and a plan for each break from now on."""
    pool = redis.asyncio.BlockingConnectionPool.from_url(url, max_connections=64, timeout=None)
    client = redis.asyncio.Redis.from_pool(pool)
    kept = RedisSessions(client)
    first = position_at(SystemClock().now_ms()) - 30
    rounds = range(first // PERIOD - 1, (first + ahead_segments) // PERIOD + 1)
    for at in range(0, len(sessions), 200):
        some = sessions[at : at + 200]
        await asyncio.gather(*(kept.open(one) for one in some))
        await asyncio.gather(
            *(
                kept.keep_plan(one.vehicle_id, one.session_id, plan(one, start, at + n))
                for n, one in enumerate(some)
                for start in _starts(one, rounds)
            )
        )
    await client.aclose()


def _starts(one: Session, rounds: range) -> list[int]:
    """Where the breaks of its channel begin."""
    return [phase(int(one.channel_id[2:])) + n * PERIOD + BREAK_EVERY for n in rounds]
