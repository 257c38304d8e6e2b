"""Somebody else's tags in SQL: whom to tell of which event, and the calls that are still to be made."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, delete, insert, select, update

from adserver.adapters.sql_campaigns import creative_of, creative_row
from adserver.adapters.tables import creative_trackers, creatives, tracker_calls
from adserver.billing.impression import Event, EventKind
from adserver.booking.campaign import Creative, CreativeState
from adserver.vast.ports import Call
from adserver.vast.reading import Tracker

WAITING, CLAIMED = "waiting", "claimed"
_OPEN = creatives.c.state == CreativeState.PREPARING, creatives.c.asset_id == ""
_LOOK_AHEAD = 8
"""So many as often are looked at as are claimed: the first ones may all be of one server."""


class SqlTags:
    """Implements :class:`adserver.vast.ports.TagCreatives` and :class:`adserver.vast.ports.Calls`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def claim_tag(self, now_ms: int, until_ms: int) -> Creative | None:
        """See the port."""
        due = select(creatives).where(*_OPEN, creatives.c.tag_url != "", creatives.c.tag_try_ms <= now_ms)
        first = due.order_by(creatives.c.tag_try_ms, creatives.c.created_ms, creatives.c.creative_id).limit(1)
        while True:
            with self._engine.begin() as connection:
                row = connection.execute(first.with_for_update(skip_locked=True)).first()
                if row is None:
                    return None
                still = creatives.c.creative_id == row.creative_id, creatives.c.tag_try_ms == row.tag_try_ms
                claimed = update(creatives).where(*still).values(tag_try_ms=until_ms)
                if connection.execute(claimed).rowcount == 1:
                    return creative_of(row)

    def resolve(self, creative: Creative, trackers: Sequence[Tracker]) -> bool:
        """See the port."""
        with self._engine.begin() as connection:
            changed = _written(connection, creative)
            if changed and trackers:
                row = {
                    "creative_id": creative.creative_id,
                    "campaign_id": creative.campaign_id,
                    "trackers": msgspec.json.encode(trackers).decode(),
                }
                connection.execute(insert(creative_trackers).values(row))
        return changed

    def fail(self, creative: Creative, told: Sequence[str], at_ms: int) -> bool:
        """See the port."""
        with self._engine.begin() as connection:
            changed = _written(connection, creative)
            if changed and told:
                rows = [
                    _call_row(creative.creative_id, EventKind.ERROR, number, url, at_ms)
                    for number, url in enumerate(told)
                ]
                connection.execute(insert(tracker_calls), rows)
        return changed

    def claim(self, limit: int, at_one_server: int, busy: Mapping[str, int]) -> list[Call]:
        """See the port."""
        if limit <= 0:
            return []
        full = [server for server, number in sorted(busy.items()) if number >= at_one_server]
        others = [~tracker_calls.c.url.startswith(server, autoescape=True) for server in full]
        waiting = select(tracker_calls).where(tracker_calls.c.state == WAITING, *others)
        oldest = waiting.order_by(tracker_calls.c.at_ms).limit(limit * _LOOK_AHEAD)
        with self._engine.begin() as connection:
            rows = connection.execute(oldest.with_for_update(skip_locked=True)).all()
            calls = (Call(row.fill_id, row.kind, row.number, row.url) for row in rows)
            few = islice(_few_of_each(calls, at_one_server, busy), limit)
            return [call for call in few if _moved(connection, call, WAITING, CLAIMED)]

    def settle(self, call: Call, outcome: str) -> None:
        """See the port."""
        with self._engine.begin() as connection:
            _moved(connection, call, CLAIMED, outcome)

    def expire(self, before_ms: int) -> int:
        """See the port."""
        with self._engine.begin() as connection:
            return connection.execute(delete(tracker_calls).where(tracker_calls.c.at_ms < before_ms)).rowcount


def _few_of_each(calls: Iterable[Call], at_one_server: int, busy: Mapping[str, int]) -> Iterator[Call]:
    """Those that come first of each server."""
    number = Counter(busy)
    for call in calls:
        number[call.server] += 1
        if number[call.server] <= at_one_server:
            yield call


def leave_calls(connection: Connection, events: Sequence[Event]) -> None:
    """Leave calls for events that are counted in this transaction, where somebody else wants to be told."""
    made = sorted({event.creative_id for event in events})
    wanted = select(creative_trackers).where(creative_trackers.c.creative_id.in_(made))
    told = {
        row.creative_id: msgspec.json.decode(row.trackers, type=tuple[Tracker, ...])
        for row in connection.execute(wanted)
    }
    rows = [
        _call_row(event.fill_id, event.kind, number, tracker.url, event.at_ms)
        for event in events
        for number, tracker in enumerate(told.get(event.creative_id, ()))
        if tracker.event == event.kind.value
    ]
    if rows:
        connection.execute(insert(tracker_calls), rows)


def _call_row(about_id: str, kind: EventKind, number: int, url: str, at_ms: int) -> dict[str, Any]:
    return {
        "fill_id": about_id,
        "kind": kind.value,
        "number": number,
        "url": url,
        "at_ms": at_ms,
        "state": WAITING,
    }


def _written(connection: Connection, creative: Creative) -> bool:
    mine = creatives.c.creative_id == creative.creative_id
    return (
        connection.execute(update(creatives).where(mine, *_OPEN).values(creative_row(creative))).rowcount == 1
    )


def _moved(connection: Connection, call: Call, before: str, after: str) -> bool:
    changed = connection.execute(
        update(tracker_calls)
        .where(
            tracker_calls.c.fill_id == call.fill_id,
            tracker_calls.c.kind == call.kind,
            tracker_calls.c.number == call.number,
            tracker_calls.c.state == before,
        )
        .values(state=after)
    )
    return changed.rowcount == 1
