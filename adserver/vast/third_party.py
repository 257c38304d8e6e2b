"""What is taken of somebody else's ad: one file to condition, and whom to tell of which event.

Trackers are told of what we count ourselves: impression, quartiles, mute, skip, clicks, errors. Events that
nobody counts here (progress, pause, being seen) are told to nobody.
"""

from collections.abc import Iterator

from adserver.billing.impression import PLAYED, VAST_NAMES, EventKind
from adserver.vast.follow_wrappers import Resolved
from adserver.vast.ports import URL_LIMIT
from adserver.vast.reading import MediaFile, Tracker

TRACKERS_LIMIT = 100
WIDTH_LIMIT = 1920
_TYPES = ("video/", "audio/")
_KINDS = {VAST_NAMES.get(kind, kind.value): kind for kind in (*PLAYED, EventKind.MUTE, EventKind.SKIP)}
# What VAST 2.0 and 3.0 call the start as well.
_KINDS["creativeView"] = EventKind.IMPRESSION


def media_of(found: Resolved) -> MediaFile | None:
    """The best file of its first linear creative that can be fetched whole: a picture before sound alone."""
    files = found.ad.linears[0].media if found.ad.linears else ()
    usable = [
        one
        for one in files
        if one.delivery == "progressive"
        and one.media_type.startswith(_TYPES)
        and not one.api_framework
        and one.width <= WIDTH_LIMIT
    ]
    return max(usable, key=lambda one: (one.width, one.bitrate_kbps), default=None)


def trackers_of(found: Resolved) -> tuple[Tracker, ...]:
    """Whom to tell, by the names of our own events, each address once for an event; at most 100.

    None whose address is too long to be asked: it would be kept with every event.
    """
    short = (one for one in _trackers(found) if len(one.url) <= URL_LIMIT)
    return tuple(dict.fromkeys(short))[:TRACKERS_LIMIT]


def _trackers(found: Resolved) -> Iterator[Tracker]:
    for url in found.impressions:
        yield Tracker(EventKind.IMPRESSION.value, url)
    for one in found.tracking:
        if one.event in _KINDS:
            yield Tracker(_KINDS[one.event].value, one.url)
    for url in found.click_tracking:
        yield Tracker(EventKind.TAP.value, url)
    for url in found.errors:
        yield Tracker(EventKind.ERROR.value, url)
