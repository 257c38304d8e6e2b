"""What a player reports and when, as one document: for players that have no page of ours.

After the tracking documents of server-side ad insertion (avails, ads, tracking events), with the event names
of VAST 4.2 (3.14.1). Nothing of what an advertiser pays, how it calls its campaign, or where the vehicle is.
"""

import msgspec
from msgspec import UNSET, UnsetType

from adserver.billing.impression import ON_CARDS, PLAYED, VAST_NAMES, EventKind
from adserver.billing.record_event import event_id
from adserver.serving.avail import ServedFill
from kernel.clock import from_ms, iso_z
from media.house_format import SEGMENT_MS, starts_at_ms
from players.playback import break_plan
from players.playback.break_plan import FillSpan, PlannedBreak
from players.playback.play import Play

_AT_ANY_TIME = (
    EventKind.SKIP,
    EventKind.MUTE,
    EventKind.ERROR,
    *ON_CARDS,
    EventKind.NOT_USED,
)


class TrackingEvent(msgspec.Struct, frozen=True, rename="camel"):
    """An event to report when playback runs through its moment.

    Args:
        event_id: it is counted once, however often it is reported.
        event_type: start, firstQuartile, midpoint, thirdQuartile or complete.
        start_time: its moment on the clock of EXT-X-PROGRAM-DATE-TIME.
        offset_in_seconds: from the start of its ad.
        beacon_urls: each is sent a POST, or a GET, without a body; relative to this document.
    """

    event_id: str
    event_type: str
    start_time: str
    offset_in_seconds: float
    beacon_urls: tuple[str, ...]


class InteractionEvent(msgspec.Struct, frozen=True, rename="camel"):
    """An event to report if and when it happens."""

    event_id: str
    event_type: str
    beacon_urls: tuple[str, ...]


class TrackedAd(msgspec.Struct, frozen=True, rename="camel"):
    """An ad in its avail; ``start_offset_in_seconds`` counts from the start of that."""

    ad_id: str
    ad_title: str
    advertiser: str
    start_time: str
    start_offset_in_seconds: float
    duration_in_seconds: float
    tracking_events: tuple[TrackingEvent, ...]
    interaction_events: tuple[InteractionEvent, ...]


class TrackedAvail(msgspec.Struct, frozen=True, rename="camel"):
    """A break; its ``start_time`` is on the clock of EXT-X-PROGRAM-DATE-TIME.

    Args:
        start_time_in_seconds: on demand, where it stands in the playlist.
    """

    avail_id: str
    start_time: str
    duration_in_seconds: float
    ads: tuple[TrackedAd, ...]
    start_time_in_seconds: float | UnsetType = UNSET


class TrackedPlay(msgspec.Struct, frozen=True, rename="camel"):
    """All breaks of a play on demand, which stay as they are for as long as it lasts."""

    play_id: str
    avails: tuple[TrackedAvail, ...]


class Tracking(msgspec.Struct, frozen=True, rename="camel"):
    """The breaks of a session that are listed, or soon will be.

    Args:
        play: of what was asked for on demand, if it has been opened.
    """

    session_id: str
    channel_id: str
    avails: tuple[TrackedAvail, ...]
    play: TrackedPlay | UnsetType = UNSET


def avail_of(plan: PlannedBreak) -> TrackedAvail:
    """A decided break."""
    begins_ms = starts_at_ms(plan.start)
    return TrackedAvail(
        plan.break_id,
        iso_z(from_ms(begins_ms)),
        plan.segments * SEGMENT_MS / 1000,
        tuple(_ad(span, begins_ms) for span in break_plan.spans(plan)),
    )


def play_of(play: Play) -> TrackedPlay:
    """A play, whose playlist begins at position 0."""
    return TrackedPlay(
        play.play_id,
        tuple(
            msgspec.structs.replace(avail_of(one), start_time_in_seconds=one.start * SEGMENT_MS / 1000)
            for one in play.breaks
        ),
    )


def _ad(span: FillSpan, begins_ms: int) -> TrackedAd:
    fill, length_ms = span.fill, span.ends_at_ms - span.starts_at_ms
    return TrackedAd(
        ad_id=fill.fill_id,
        ad_title=fill.card.headline,
        advertiser=fill.card.advertiser,
        start_time=iso_z(from_ms(span.starts_at_ms)),
        start_offset_in_seconds=(span.starts_at_ms - begins_ms) / 1000,
        duration_in_seconds=length_ms / 1000,
        tracking_events=tuple(_event(fill, kind, span.starts_at_ms, length_ms) for kind in PLAYED),
        interaction_events=tuple(
            InteractionEvent(event_id(fill.fill_id, kind), _name(kind), _urls(fill, kind))
            for kind in _AT_ANY_TIME
        ),
    )


def _event(fill: ServedFill, kind: EventKind, starts_ms: int, length_ms: int) -> TrackingEvent:
    offset_ms = length_ms * kind.played_permille // 1000
    return TrackingEvent(
        event_id=event_id(fill.fill_id, kind),
        event_type=_name(kind),
        start_time=iso_z(from_ms(starts_ms + offset_ms)),
        offset_in_seconds=offset_ms / 1000,
        beacon_urls=_urls(fill, kind),
    )


def _urls(fill: ServedFill, kind: EventKind) -> tuple[str, ...]:
    return (f"/v1/beacons/{fill.beacon}/{_name(kind)}",)


def _name(kind: EventKind) -> str:
    return VAST_NAMES.get(kind, kind.value)
