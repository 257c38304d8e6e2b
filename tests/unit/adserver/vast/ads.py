"""Fills and documents for the tests of VAST."""

from typing import Any

from lxml import etree

from adserver.serving.avail import Card, ServedFill
from adserver.vast.document import Ad, Media, Version, write

BASE = "https://ads.example"
NS = {"v": "http://www.iab.com/VAST"}
HLS = "application/vnd.apple.mpegurl"
SOUND = Media(f"{BASE}/play/spot/ses_1/tok/audio.m3u8?grant=g", HLS, "mp4a.40.2")
STILL = f"{BASE}/v1/assets/ast_1/poster.jpg"
PICTURE = Media(f"{BASE}/play/spot/ses_1/tok/multivariant.m3u8?grant=g", HLS, "avc1,mp4a", 1280, 720)


def fill(n: int = 1, **changes: Any) -> ServedFill:
    """A fill of 8 segments whose texts need care."""
    values: dict[str, Any] = {
        "fill_id": f"fil_{n}",
        "line_item_id": f"li_{n}",
        "creative_id": f"crv_{n}",
        "asset_id": f"ast_{n}",
        "segments": 8,
        "beacon": f"token{n}",
        "card": Card("Café <1 €> & more]]>\x00", 'Two "for" one', "Dealer & Söhne"),
        "price_micros": 25_417,
        "currency": "EUR",
        "category": "automotive",
    }
    return ServedFill(**(values | changes))


def documents(version: Version) -> dict[str, bytes]:
    """One of each kind."""
    bare = fill(3, card=Card("", "", ""), category="other")
    pods = {
        "none": (),
        "sound": (Ad(fill(), SOUND, 600),),
        "picture": (Ad(fill(), PICTURE, 1),),
        "card": (Ad(fill(), SOUND, 600, STILL), Ad(fill(2, card=Card("", "", "")), PICTURE, 600, STILL)),
        "pod": (Ad(fill(1), PICTURE, 600), Ad(fill(2), SOUND, 600), Ad(bare, SOUND, 600)),
    }
    return {name: write(ads, version, BASE) for name, ads in pods.items()}


def parsed(body: bytes) -> Any:
    """The root."""
    return etree.fromstring(body)
