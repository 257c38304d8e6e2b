"""The guide as XMLTV, streamed: what recorders, set-top boxes and other people's guides read.

Written with the standard library's ElementTree, one element at a time. The Python packages for XMLTV
build the whole document in memory (python-xmltv, py-xmltv) and are hardly kept; a document of many
channels and days is larger than a server should hold, and the format is small. What is written is held
to the published xmltv.dtd by a test.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element, SubElement, tostring
from xml.sax.saxutils import quoteattr
from zoneinfo import ZoneInfo

from content.channels.guide import poster_url
from content.channels.lineup import ChannelLineup
from content.guide.airing import Airing
from content.guide.listing import DAY_MS, INTERLUDE_MS, available, logo_url, titles
from content.guide.read_guide import day_bounds, zone_of
from content.library.programme import Advisory, Category, CreditRole, Programme
from kernel.clock import from_ms
from kernel.xml_text import allowed
from media.house_format import starts_at_ms

CHUNK_BYTES = 32_768
LOGO_PIXELS = "256"
POSTER_SIZE = {"width": "1280", "height": "720"}

_HEAD = b'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE tv SYSTEM "xmltv.dtd">\n'
_CREDITS = (CreditRole.DIRECTOR, CreditRole.ACTOR, CreditRole.WRITER, CreditRole.PRESENTER)
"""In the DTD's order."""

CATEGORIES = {
    Category.NEWS: ("News", "Information"),
    Category.MAGAZINE: ("Magazine", "Magazine"),
    Category.DOCUMENTARY: ("Documentary", "Documentaire"),
    Category.TRAVEL: ("Travel", "Voyage"),
    Category.CULTURE: ("Culture", "Culture"),
    Category.MUSIC: ("Music", "Musique"),
    Category.SPORT: ("Sport", "Sport"),
    Category.CHILDREN: ("Children", "Jeunesse"),
    Category.OTHER: ("Other", "Autre"),
}
"""In English and in French."""
INTERLUDE = ("Interlude", "Intermède")


@dataclass(frozen=True, slots=True)
class Site:
    """Where this server is, as the world reaches it; ``base_url`` without a slash at its end."""

    base_url: str

    def channel_id(self, slug: str) -> str:
        """The channel's name in XMLTV and in playlists: RFC 2838, DNS-like, the same as long as the slug."""
        host = urlsplit(self.base_url).hostname or ""
        named = re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z][a-z0-9-]*", host)
        return f"{slug}.{host}" if named else f"{slug}.roadcast.localhost"

    def url(self, path: str) -> str:
        """The address of ``path``."""
        return self.base_url + path


@dataclass(frozen=True, slots=True)
class Extent:
    """Which part of the guide.

    Args:
        now_ms: the moment whose day is today.
        days: how many from today on.
        past_days: how many before it.
        market: ISO 3166-1 country for which it is written: what may not be seen there is not in it. Empty for
            what may be seen everywhere.
    """

    now_ms: int
    days: int
    past_days: int = 0
    market: str = ""

    def bounds(self, zone: ZoneInfo) -> tuple[int, int]:
        """Beginning and end in milliseconds since 1970: whole days of ``zone``."""
        today = from_ms(self.now_ms).astimezone(zone).date()
        first, last = (today + timedelta(days=n) for n in (-self.past_days, self.days - 1))
        return day_bounds(first, zone)[0], day_bounds(last, zone)[1]


def document(channels: Iterable[ChannelLineup], site: Site, extent: Extent) -> Iterator[bytes]:
    """The document in pieces of some 32 KiB; holds no more than a channel's programmes at a time.

    Args:
        channels: those that are offered in the extent's market.
        site: where this server is.
        extent: what is written of each.
    """
    piece = bytearray()
    for part in _parts(list(channels), site, extent):
        piece += part
        if len(piece) >= CHUNK_BYTES:
            yield bytes(piece)
            piece.clear()
    yield bytes(piece)


def _parts(channels: list[ChannelLineup], site: Site, extent: Extent) -> Iterator[bytes]:
    yield _HEAD
    yield f'<tv source-info-url={quoteattr(site.base_url)} generator-info-name="Roadcast">\n'.encode()
    for lineup in sorted(channels, key=lambda lineup: site.channel_id(lineup.slug)):
        yield _line(_channel(lineup, site))
    for lineup in channels:
        yield from _Programmes(lineup, site, zone_of(lineup.timezone)).within(extent)
    yield b"</tv>\n"


def _channel(lineup: ChannelLineup, site: Site) -> Element:
    channel = Element("channel", id=site.channel_id(lineup.slug))
    _text(channel, "display-name", lineup.name)
    logo = site.url(logo_url(lineup.channel_id, lineup.logo, "png"))
    SubElement(channel, "icon", src=logo, width=LOGO_PIXELS, height=LOGO_PIXELS)
    _text(channel, "url", site.url("/"))
    return channel


@dataclass(slots=True)
class _Programmes:
    """One channel's programmes. What a programme says of itself is written once, however often it airs."""

    lineup: ChannelLineup
    site: Site
    zone: ZoneInfo
    written: dict[str, tuple[bytes, bytes]] = field(default_factory=dict)
    before: dict[str, Airing] = field(default_factory=dict)

    def within(self, extent: Extent) -> Iterator[bytes]:
        """The elements of the airings that begin in ``extent``, or have begun and go on in it.

        Where nothing but fill is on between two of them for long, it is an interlude.
        """
        since_ms, until_ms = extent.bounds(self.zone)
        known_ms = starts_at_ms(self.lineup.known_from)
        if max(since_ms, known_ms) >= until_ms:
            return
        over_ms = None
        # A day earlier: what was on then is shown again now.
        for airing in available(self.lineup, max(since_ms - DAY_MS, known_ms), until_ms, extent.market):
            begin_ms = airing.starts_at_ms
            if over_ms is not None and begin_ms > since_ms and begin_ms - over_ms >= INTERLUDE_MS:
                yield self._opening(over_ms, begin_ms) + _INTERLUDE
            if airing.ends_at_ms > since_ms:
                yield self._programme(airing)
            self.before[airing.programme_id] = airing
            over_ms = airing.ends_at_ms

    def _programme(self, airing: Airing) -> bytes:
        if airing.programme_id not in self.written:
            self.written[airing.programme_id] = _described(
                self.lineup.programmes[airing.programme_id], self.site
            )
        head, tail = self.written[airing.programme_id]
        opening = self._opening(airing.starts_at_ms, airing.ends_at_ms)
        earlier = self.before.get(airing.programme_id)
        again = f'<previously-shown start="{self._time(earlier.starts_at_ms)}" />' if earlier else ""
        return b"".join((opening, head, again.encode(), tail, _CLOSING))

    def _opening(self, from_ms: int, until_ms: int) -> bytes:
        channel = quoteattr(self.site.channel_id(self.lineup.slug))
        start, stop = self._time(from_ms), self._time(until_ms)
        return f'<programme start="{start}" stop="{stop}" channel={channel}>'.encode()

    def _time(self, ms: int) -> str:
        return from_ms(ms).astimezone(self.zone).strftime("%Y%m%d%H%M%S %z")


def _described(programme: Programme, site: Site) -> tuple[bytes, bytes]:
    """All elements of a programme: those before ``previously-shown``, and those after it."""
    head, tail = Element("head"), Element("tail")
    title, subtitle = titles(programme)
    for tag, said in (("title", title), ("sub-title", subtitle), ("desc", programme.synopsis)):
        if said:
            _text(head, tag, said, lang=programme.language)
    _credits(head, programme)
    if programme.year is not None:
        _text(head, "date", str(programme.year))
    for language, said in zip(("en", "fr"), CATEGORIES[programme.category], strict=True):
        _text(head, "category", said, lang=language)
    _text(head, "language", programme.language)
    SubElement(head, "icon", {"src": site.url(poster_url(programme.asset_id)), **POSTER_SIZE})
    for system, said in _episode(programme):
        _text(head, "episode-num", said, system=system)
    rating = SubElement(tail, "rating", system="CSA")
    _text(rating, "value", advised(programme.advisory))
    return b"".join(map(tostring8, head)), b"".join(map(tostring8, tail))


def _credits(head: Element, programme: Programme) -> None:
    if not programme.credits:
        return
    credits_ = SubElement(head, "credits")
    for role in _CREDITS:
        for credit in programme.credits:
            if credit.role is role:
                _text(credits_, role.value, credit.name)


def _episode(programme: Programme) -> Iterator[tuple[str, str]]:
    """Season and episode, counted from 0 in ``xmltv_ns``, and as a person would write them."""
    season, episode = programme.season, programme.episode
    if season is None and episode is None:
        return
    counted = [str(number - 1) if number is not None else "" for number in (season, episode)]
    yield "xmltv_ns", f"{counted[0]}.{counted[1]}."
    yield (
        "onscreen",
        (f"S{season}" if season is not None else "") + (f"E{episode}" if episode is not None else ""),
    )


def advised(advisory: Advisory) -> str:
    """The French regulator's sign, as guides write it."""
    return "Tout public" if advisory is Advisory.ALL else f"-{advisory.value}"


def _text(parent: Element, tag: str, said: str, **attributes: str) -> None:
    SubElement(parent, tag, attributes).text = allowed(said)


def tostring8(element: Element) -> bytes:
    """``element`` as UTF-8."""
    written: bytes = tostring(element, encoding="utf-8")
    return written


def _line(element: Element) -> bytes:
    return tostring8(element) + b"\n"


def _interlude() -> bytes:
    told = Element("told")
    for language, said in zip(("en", "fr"), INTERLUDE, strict=True):
        _text(told, "title", said, lang=language)
    return b"".join(map(tostring8, told)) + _CLOSING


_CLOSING = b"</programme>\n"
_INTERLUDE = _interlude()
