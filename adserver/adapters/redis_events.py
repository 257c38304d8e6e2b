"""The keys of a shard, and what ``lua/record.lua`` is told of an event."""

from typing import Any

import msgspec

from adserver.billing.budget import COUPON_REMEMBERED_MS, REMEMBERED_MS, SENT_TWICE_MS, shard
from adserver.billing.impression import ANSWERS, OUR_OWN, Event, EventKind, Told, takes_ms

_REACH_KEPT_MS = 800 * 86_400_000
"""From the latest showing on: as long as the longest flight, and some weeks."""
_KINDS = ",".join(EventKind)
_ANSWERS = ",".join(ANSWERS)


def remembered_ms(*kinds: EventKind) -> int:
    """For how long a fill is remembered of which these were counted."""
    return COUPON_REMEMBERED_MS if EventKind.COUPON_SAVED in kinds else REMEMBERED_MS


def shard_keys(number: int) -> tuple[str, str, str, str]:
    """The keys of a shard that its scripts share: budgets, claims, due and ledger."""
    tag = f"{{b{number}}}"
    return f"{tag}:budgets", f"{tag}:claims", f"{tag}:due", f"{tag}:ledger"


def reach_key(line_item_id: str) -> str:
    """Where the vehicles are sketched that were shown it."""
    return f"{{b{shard(line_item_id)}}}:reach:{line_item_id}"


def owed_key(line_item_id: str) -> str:
    """Where the beacons stand that are owed of it."""
    return f"{{b{shard(line_item_id)}}}:owed:{line_item_id}"


def owing_key(number: int) -> str:
    """Where a shard names the line items of which something is owed."""
    return f"{{b{number}}}:owing"


def record_keys(one: Told) -> tuple[str, ...]:
    """What the script may touch."""
    line_item_id = one.beacon.line_item_id
    number = shard(line_item_id)
    return (*shard_keys(number), reach_key(line_item_id), owed_key(line_item_id), owing_key(number))


def record_args(one: Told, now_ms: int) -> tuple[Any, ...]:
    """What the script is told."""
    beacon, kind = one.beacon, one.kind
    return (
        msgspec.msgpack.encode(_event(one)),
        now_ms + remembered_ms(kind),
        beacon.billed_by,
        0 if kind in OUR_OWN else beacon.from_ms,
        ",".join(map(str, takes_ms(beacon.duration_ms))),
        beacon.needs(kind) or "",
        _KINDS,
        SENT_TWICE_MS,
        _ANSWERS,
        beacon.viewer,
        _REACH_KEPT_MS,
        "" if beacon.billed_by in OUR_OWN else msgspec.msgpack.encode(beacon),
        *beacon.implied_by(kind),
    )


def _event(told: Told) -> Event:
    beacon = told.beacon
    return Event(
        fill_id=beacon.fill_id,
        kind=told.kind,
        line_item_id=beacon.line_item_id,
        advertiser_id=beacon.advertiser_id,
        creative_id=beacon.creative_id,
        place_id=beacon.place_id,
        cell=beacon.cell,
        at_ms=told.at_ms,
        billed_micros=beacon.price_micros,
        currency=beacon.currency,
    )
