"""Other people's VAST, of any version from 2.0 to 4.x, as far as it concerns linear ads.

Written by strangers, so it is read within limits, and without a document type: no entity is ever expanded.
What is wrong in a place that nobody needs is passed over. Companions, icons and what is not linear are not
shown in a car, and are not kept.
"""

import re
from collections.abc import Iterator
from enum import IntEnum
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

import msgspec

BODY_LIMIT_BYTES = 1024 * 1024
DEPTH_LIMIT = 32
ELEMENTS_LIMIT = 20_000
ADS_LIMIT = 64
_VERSION = re.compile(r"[234]\.\d(\.\d)?")
_DURATION = re.compile(r"(\d{1,2}):([0-5]?\d):([0-5]?\d)(?:\.(\d{1,3}))?", re.ASCII)


class ErrorCode(IntEnum):
    """What went wrong, as VAST numbers it (4.2, 2.3.6.3)."""

    XML = 100
    SCHEMA = 101
    VERSION = 102
    WRAPPER = 300
    UNREACHABLE = 301
    TOO_DEEP = 302
    NO_AD = 303
    MEDIA_UNREACHABLE = 401
    NO_MEDIA = 403
    UNPLAYABLE = 405


class Tracker(msgspec.Struct, frozen=True):
    """An address to fetch at an event; ``offset`` as it is written, of progress alone."""

    event: str
    url: str
    offset: str = ""


class MediaFile(msgspec.Struct, frozen=True):
    """A file of a linear creative; 0 is what was not said. A mezzanine has no bit rate."""

    url: str
    delivery: str
    media_type: str
    width: int
    height: int
    codec: str = ""
    bitrate_kbps: int = 0
    api_framework: str = ""


class Named(msgspec.Struct, frozen=True):
    """A value and who stands for it: a category and its authority, an id and its registry."""

    authority: str
    value: str


class Linear(msgspec.Struct, frozen=True):
    """A linear creative, or what a wrapper adds to one.

    Args:
        duration_ms: 0 where there is none, or none that can be read.
        skip_offset: as it is written; empty where it cannot be skipped.
    """

    creative_id: str
    ad_id: str
    universal_ids: tuple[Named, ...]
    duration_ms: int
    skip_offset: str
    media: tuple[MediaFile, ...]
    mezzanines: tuple[MediaFile, ...]
    tracking: tuple[Tracker, ...]
    click_through: str
    click_tracking: tuple[str, ...]
    custom_clicks: tuple[str, ...]


class Price(msgspec.Struct, frozen=True):
    """What its server says that it costs, as it is written."""

    value: str
    model: str
    currency: str


class ReadAd(msgspec.Struct, frozen=True):
    """An ad, or a wrapper around one.

    Args:
        sequence: its place in a pod; 0 where it stands alone.
        tag_url: whom a wrapper asks; empty for an ad.
        follows: a wrapper bears others within it.
        viewable: events ``viewable``, ``notViewable`` and ``viewUndetermined``.
    """

    ad_id: str
    sequence: int
    ad_type: str
    system: str
    title: str
    description: str
    advertiser: str
    serving_id: str
    categories: tuple[Named, ...]
    price: Price | None
    expires_s: int
    impressions: tuple[str, ...]
    errors: tuple[str, ...]
    viewable: tuple[Tracker, ...]
    linears: tuple[Linear, ...]
    tag_url: str = ""
    follows: bool = True


class ReadVast(msgspec.Struct, frozen=True):
    """A document; ``errors`` are to be told where it has no ad."""

    version: str
    ads: tuple[ReadAd, ...]
    errors: tuple[str, ...]


class Unread(msgspec.Struct, frozen=True):
    """Why a document is not read."""

    code: ErrorCode
    detail: str


def read(body: bytes) -> ReadVast | Unread:
    """The document."""
    if len(body) > BODY_LIMIT_BYTES:
        return Unread(ErrorCode.XML, f"more than {BODY_LIMIT_BYTES} bytes")
    try:
        root = _tree(body)
    except (expat.ExpatError, ValueError, LookupError) as wrong:  # LookupError: an encoding that nobody knows
        return Unread(ErrorCode.XML, str(wrong))
    if root.tag != "VAST":
        return Unread(ErrorCode.SCHEMA, f"a document of {root.tag[:40]}")
    version = root.get("version", "").strip()
    if not _VERSION.fullmatch(version):
        return Unread(ErrorCode.VERSION, f"VAST {version[:40]}")
    ads = [ad for element in root.findall("Ad")[:ADS_LIMIT] for ad in _ads(element)]
    return ReadVast(version, tuple(ads), _texts(root, "Error"))


class _Builder:
    """Builds a tree of local names within the limits."""

    def __init__(self) -> None:
        self.tree = TreeBuilder()
        self._depth = self._count = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._count += 1
        if self._depth > DEPTH_LIMIT or self._count > ELEMENTS_LIMIT:
            raise ValueError("too many elements, or too deep")
        self.tree.start(name.rpartition(" ")[2], attributes)

    def end(self, name: str) -> None:
        self._depth -= 1
        self.tree.end(name.rpartition(" ")[2])

    def refuse(self, *_declared: object) -> None:
        raise ValueError("a document type")


def _tree(body: bytes) -> Element:
    builder = _Builder()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = builder.refuse
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.tree.data
    parser.Parse(body.lstrip(), True)
    return builder.tree.close()


def _ads(element: Element) -> Iterator[ReadAd]:
    """The one that is in an Ad; none where there is neither, nor whom a wrapper asks."""
    inline, wrapper = element.find("InLine"), element.find("Wrapper")
    inside = inline if inline is not None else wrapper
    if inside is None:
        return
    tag_url = _text(inside, "VASTAdTagURI") if inline is None else ""
    if inline is None and not tag_url:
        return
    yield ReadAd(
        ad_id=element.get("id", ""),
        sequence=_whole(element.get("sequence", "")),
        ad_type=element.get("adType", "video"),
        system=_text(inside, "AdSystem"),
        title=_text(inside, "AdTitle"),
        description=_text(inside, "Description"),
        advertiser=_text(inside, "Advertiser"),
        serving_id=_text(inside, "AdServingId"),
        categories=_named(inside, "Category", "authority"),
        price=_price(inside),
        expires_s=_whole(_text(inside, "Expires")),
        impressions=_texts(inside, "Impression"),
        errors=_texts(inside, "Error"),
        viewable=_viewable(inside),
        linears=tuple(_linears(inside)),
        tag_url=tag_url,
        follows=inside.get("followAdditionalWrappers", "true").strip().lower() not in {"0", "false"},
    )


def _linears(inside: Element) -> Iterator[Linear]:
    for creative in inside.iterfind("Creatives/Creative"):
        linear = creative.find("Linear")
        if linear is None:
            continue
        yield Linear(
            creative_id=creative.get("id", ""),
            # 2.0 and 3.0 write it otherwise.
            ad_id=creative.get("adId", creative.get("AdID", "")),
            universal_ids=_universal_ids(creative),
            duration_ms=_milliseconds(_text(linear, "Duration")),
            skip_offset=linear.get("skipoffset", ""),
            media=tuple(_media(linear, "MediaFiles/MediaFile")),
            mezzanines=tuple(_media(linear, "MediaFiles/Mezzanine")),
            tracking=tuple(_tracking(linear)),
            click_through=_text(linear, "VideoClicks/ClickThrough"),
            click_tracking=_texts(linear, "VideoClicks/ClickTracking"),
            custom_clicks=_texts(linear, "VideoClicks/CustomClick"),
        )


def _universal_ids(creative: Element) -> tuple[Named, ...]:
    """In 4.0 the id is an attribute, and the text may be anything."""
    found = creative.findall("UniversalAdId")
    return tuple(
        Named(one.get("idRegistry", "unknown"), one.get("idValue") or (one.text or "").strip())
        for one in found
    )


def _tracking(linear: Element) -> Iterator[Tracker]:
    for one in linear.iterfind("TrackingEvents/Tracking"):
        url = (one.text or "").strip()
        if url:
            yield Tracker(one.get("event", ""), url, one.get("offset", ""))


def _viewable(inside: Element) -> tuple[Tracker, ...]:
    return tuple(
        Tracker(name[0].lower() + name[1:], url)
        for name in ("Viewable", "NotViewable", "ViewUndetermined")
        for url in _texts(inside, f"ViewableImpression/{name}")
    )


def _media(linear: Element, path: str) -> Iterator[MediaFile]:
    for one in linear.iterfind(path):
        url = (one.text or "").strip()
        if url:
            yield MediaFile(
                url=url,
                delivery=one.get("delivery", ""),
                media_type=one.get("type", "").strip().lower(),
                width=_whole(one.get("width", "")),
                height=_whole(one.get("height", "")),
                codec=one.get("codec", ""),
                bitrate_kbps=_whole(one.get("bitrate", "")) or _whole(one.get("maxBitrate", "")),
                api_framework=one.get("apiFramework", ""),
            )


def _price(inside: Element) -> Price | None:
    found = inside.find("Pricing")
    if found is None:
        return None
    value = (found.text or "").strip()
    return Price(value, found.get("model", "").lower(), found.get("currency", "").upper())


def _named(inside: Element, name: str, by: str) -> tuple[Named, ...]:
    found = ((one.get(by, ""), (one.text or "").strip()) for one in inside.iterfind(name))
    return tuple(Named(authority, value) for authority, value in found if value)


def _text(inside: Element, path: str) -> str:
    return (inside.findtext(path) or "").strip()


def _texts(inside: Element, path: str) -> tuple[str, ...]:
    found = ((one.text or "").strip() for one in inside.iterfind(path))
    return tuple(text for text in found if text)


def _whole(text: str) -> int:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _milliseconds(text: str) -> int:
    found = _DURATION.fullmatch(text)
    if found is None:
        return 0
    hours, minutes, seconds = (int(found[n]) for n in (1, 2, 3))
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + int((found[4] or "0").ljust(3, "0"))
