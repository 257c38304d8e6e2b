"""What is taken of somebody else's ad: which file to condition, and whom to tell of which event.

Trackers are told of what we count ourselves: impression, quartiles, mute, skip, clicks, errors. Events that
nobody counts here (progress, pause, being seen) are told to nobody.
"""

from collections.abc import Iterator, Mapping

from adserver.billing.impression import PLAYED, VAST_NAMES, EventKind
from adserver.vast.follow_wrappers import Resolved
from adserver.vast.macros import expand, joined
from adserver.vast.ports import URL_LIMIT
from adserver.vast.reading import MediaFile, Tracker

TRACKERS_LIMIT = 100
FILMS_LIMIT = 5
"""So many files of a tag are tried."""
WIDTH, BITRATE_KBPS = 1920, 12_000
"""More than that is seen by nobody in a car."""
_TYPES = ("video/", "audio/")
_KINDS = {VAST_NAMES.get(kind, kind.value): kind for kind in (*PLAYED, EventKind.MUTE, EventKind.SKIP)}
# What VAST 2.0 and 3.0 call the start as well.
_KINDS["creativeView"] = EventKind.IMPRESSION


def films_of(found: Resolved, values: Mapping[str, str]) -> tuple[str, ...]:
    """Where files of its first linear creative are that can be fetched whole, the best first; at most 5.

    Args:
        found: the ad.
        values: of macros.
    """
    linear = found.ad.linears[0] if found.ad.linears else None
    if linear is None:
        return ()
    files = [(one, False) for one in linear.media] + [(one, True) for one in linear.mezzanines]
    usable = [
        (one, mezzanine)
        for one, mezzanine in files
        if one.delivery == "progressive" and one.media_type.startswith(_TYPES) and not one.api_framework
    ]
    urls = (joined(found.url, expand(one.url, values)) for one, _ in sorted(usable, key=_rank))
    return tuple(dict.fromkeys(urls))[:FILMS_LIMIT]


def _rank(candidate: tuple[MediaFile, bool]) -> tuple[int | bool, ...]:
    """A picture before sound alone; the finest that is of use, then what is least too much; a master last."""
    one, mezzanine = candidate
    wide, dense = one.width > WIDTH, one.bitrate_kbps > BITRATE_KBPS
    return (
        mezzanine,
        not one.media_type.startswith("video/"),
        wide,
        dense,
        one.width if wide else -one.width,
        one.bitrate_kbps if dense else -one.bitrate_kbps,
    )


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
