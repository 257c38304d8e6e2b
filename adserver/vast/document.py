"""Fills as a VAST document: 4.2 of the Interactive Advertising Bureau, or 3.0 for players that know no more.

Trackers are the fills' beacons, so that it is counted and billed as anything that we play ourselves, and
once, whoever reports it. An advertiser's price is nobody else's business: there is no Pricing. See
docs/decisions/0020.
"""

from collections.abc import Sequence
from enum import StrEnum
from xml.dom.minidom import Element

import msgspec

from adserver.billing.impression import PLAYED, VAST_NAMES, EventKind
from adserver.booking.campaign import Category
from adserver.serving.avail import ServedFill
from adserver.vast.writing import address, child, root, written
from media.house_format import SEGMENT_MS

CONTENT_TYPE = "application/xml"
NAMESPACE = "http://www.iab.com/VAST"
AD_SYSTEM = "Roadcast"
STILL_SIZE = 1280, 720
TRACKED = (*PLAYED, EventKind.MUTE, EventKind.SKIP)
"""Told by Tracking elements; the start by the Impression as well, and whichever comes first counts."""


class Version(StrEnum):
    """What can be asked for."""

    V4_2 = "4.2"
    V3_0 = "3.0"


class Media(msgspec.Struct, frozen=True):
    """Where a fill's conditioned creative is played from; 0 by 0 pixels is sound alone."""

    url: str
    media_type: str
    codecs: str
    width: int = 0
    height: int = 0

    @property
    def ad_type(self) -> str:
        """VAST 4.2, 3.3: ``video`` or ``audio``."""
        return "video" if self.width else "audio"


class Ad(msgspec.Struct, frozen=True):
    """A fill with its media.

    Args:
        expires_s: for how much longer its price is held.
        still: where the picture of the card beside it is; empty where none may stand.
    """

    fill: ServedFill
    media: Media
    expires_s: int
    still: str = ""


def write(ads: Sequence[Ad], version: Version, base_url: str) -> bytes:
    """The document: a pod where there are several, and where there is none nothing but its root.

    Args:
        ads: in playing order.
        version: of VAST.
        base_url: this server's address, without a slash at its end.
    """
    new = version is Version.V4_2
    document, vast = root("VAST", version=version.value, **({"xmlns": NAMESPACE} if new else {}))
    for number, ad in enumerate(ads, 1):
        named = {"id": ad.fill.fill_id} | ({"sequence": str(number)} if len(ads) > 1 else {})
        element = child(vast, "Ad", **named, **({"adType": ad.media.ad_type} if new else {}))
        (_inline if new else _inline_3)(child(element, "InLine"), ad, base_url)
    return written(document)


def tracker(fill: ServedFill, kind: EventKind, base_url: str) -> str:
    """The address that counts ``kind`` of a fill; others' logs know it by the AdServingId in it."""
    name = kind.value if kind is EventKind.IMPRESSION else VAST_NAMES.get(kind, kind.value)
    return _beacon(fill, name, base_url)


def _beacon(fill: ServedFill, name: str, base_url: str) -> str:
    return f"{base_url}/v1/beacons/{fill.beacon}/{name}?adservingid={fill.fill_id}"


def duration(length_ms: int) -> str:
    """HH:MM:SS.mmm."""
    seconds, thousandths = divmod(length_ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}.{thousandths:03}"


def _inline(inline: Element, ad: Ad, base_url: str) -> None:
    """3.4: in the order of the schema."""
    fill = ad.fill
    child(inline, "AdSystem", AD_SYSTEM)
    _error(inline, fill, base_url)
    address(inline, "Impression", tracker(fill, EventKind.IMPRESSION, base_url), id=fill.fill_id)
    child(inline, "AdServingId", fill.fill_id)
    child(inline, "AdTitle", fill.card.headline or fill.creative_id)
    if fill.card.advertiser:
        child(inline, "Advertiser", fill.card.advertiser)
    if fill.category not in {"", Category.OTHER}:
        child(inline, "Category", fill.category, authority=base_url)
    creatives = child(inline, "Creatives")
    creative = child(creatives, "Creative", id=fill.creative_id, sequence="1")
    linear = child(creative, "Linear")
    _tracking(linear, fill, base_url)
    child(linear, "Duration", duration(fill.segments * SEGMENT_MS))
    _media(linear, ad)
    _clicks(linear, fill, base_url)
    child(creative, "UniversalAdId", fill.creative_id, idRegistry=base_url)
    if ad.still:
        child(_companion(creatives, ad), "UniversalAdId", fill.creative_id, idRegistry=base_url)
    if fill.card.body:
        child(inline, "Description", fill.card.body)
    child(inline, "Expires", str(ad.expires_s))


def _inline_3(inline: Element, ad: Ad, base_url: str) -> None:
    """VAST 3.0, 2.2: another order, and nothing of what came later."""
    fill = ad.fill
    child(inline, "AdSystem", AD_SYSTEM)
    child(inline, "AdTitle", fill.card.headline or fill.creative_id)
    if fill.card.body:
        child(inline, "Description", fill.card.body)
    if fill.card.advertiser:
        child(inline, "Advertiser", fill.card.advertiser)
    _error(inline, fill, base_url)
    address(inline, "Impression", tracker(fill, EventKind.IMPRESSION, base_url), id=fill.fill_id)
    creatives = child(inline, "Creatives")
    creative = child(creatives, "Creative", id=fill.creative_id, sequence="1")
    linear = child(creative, "Linear")
    child(linear, "Duration", duration(fill.segments * SEGMENT_MS))
    _tracking(linear, fill, base_url)
    _clicks(linear, fill, base_url)
    _media(linear, ad)
    if ad.still:
        _companion(creatives, ad)


def _error(inline: Element, fill: ServedFill, base_url: str) -> None:
    address(inline, "Error", tracker(fill, EventKind.ERROR, base_url))


def _tracking(linear: Element, fill: ServedFill, base_url: str) -> None:
    events = child(linear, "TrackingEvents")
    for kind in TRACKED:
        name = VAST_NAMES.get(kind, kind.value)
        address(events, "Tracking", _beacon(fill, name, base_url), event=name)


def _media(linear: Element, ad: Ad) -> None:
    media = ad.media
    address(
        child(linear, "MediaFiles"),
        "MediaFile",
        media.url,
        delivery="streaming",
        type=media.media_type,
        width=str(media.width),
        height=str(media.height),
        codec=media.codecs,
    )


def _companion(creatives: Element, ad: Ad) -> Element:
    """The card beside the spot (4.2, 3.11), which no player has to show; its creative."""
    creative = child(creatives, "Creative", id=f"{ad.fill.creative_id}-card", sequence="1")
    width, height = (str(pixels) for pixels in STILL_SIZE)
    group = child(creative, "CompanionAds", required="none")
    companion = child(group, "Companion", id=ad.fill.fill_id, width=width, height=height)
    address(companion, "StaticResource", ad.still, creativeType="image/jpeg")
    if ad.fill.card.headline:
        child(companion, "AltText", ad.fill.card.headline)
    return creative


def _clicks(linear: Element, fill: ServedFill, base_url: str) -> None:
    address(child(linear, "VideoClicks"), "ClickTracking", tracker(fill, EventKind.TAP, base_url))
