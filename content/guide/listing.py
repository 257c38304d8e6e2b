"""What the guide says of an airing, to somebody in a market, at a moment."""

from collections.abc import Iterable, Iterator

import msgspec

from content.channels.catch_up import Available, availability
from content.channels.guide import poster_url
from content.channels.lineup import ChannelLineup
from content.guide.airing import Airing, airings
from content.library.programme import Advisory, Category, Credit, Kind, Programme
from content.library.rights import Rights, Territories
from media.house_format import starts_at_ms

DAY_MS = 86_400_000
PAST_MS = 8 * DAY_MS
"""How far back schedules are remembered."""
HORIZON_MS = DAY_MS
"""How far now and next look."""
INTERLUDE_MS = 6 * 60_000
"""No break is as long, its bumpers included: what lasts longer between two airings is an interlude."""


class Replay(msgspec.Struct, frozen=True):
    """An airing that has begun may be watched from its beginning.

    Args:
        until_ms: no longer than that.
        path: ``<path>/<session>/<multivariant|audio|video>.m3u8?grant=…`` plays it.
    """

    until_ms: int
    path: str


class GuideEntry(msgspec.Struct, frozen=True):
    """One airing; times in milliseconds since 1970.

    Args:
        title: of the series where it is an episode.
        subtitle: of the episode; empty where it is none.
        unavailable: why it cannot be seen in the asker's market, coded; empty where it can.
        replay: None while, or where, it may not be started over.
    """

    airing_id: str
    programme_id: str
    title: str
    subtitle: str
    synopsis: str
    category: Category
    advisory: Advisory
    for_children: bool
    language: str
    season: int | None
    episode: int | None
    year: int | None
    credits: tuple[Credit, ...]
    starts_at_ms: int
    ends_at_ms: int
    poster_url: str
    unavailable: str
    replay: Replay | None


class Interlude(msgspec.Struct, frozen=True):
    """Time between airings in which fillers or the slate are on: no programme, and no mere break."""

    starts_at_ms: int
    ends_at_ms: int


class Asker(msgspec.Struct, frozen=True):
    """Who looks, and when.

    Args:
        market: ISO 3166-1 country; empty for unknown: then only what may be seen everywhere is available.
    """

    now_ms: int
    market: str = ""


class Listing(msgspec.Struct, frozen=True):
    """Part of a channel's guide.

    Args:
        entries: airings of programmes.
        interludes: between them, within what was asked for.
        more_from_ms: where to ask on, if there is more than fits; else None.
    """

    channel_id: str
    slug: str
    name: str
    logo_url: str
    timezone: str
    entries: list[GuideEntry]
    more_from_ms: int | None = None
    interludes: list[Interlude] = []


def now_next(lineup: ChannelLineup, asker: Asker, count: int = 2) -> Listing:
    """The next ``count`` airings that end after now, the one on air first.

    Between airings the first entry starts in the future. Looks a day ahead at most.
    """
    until_ms = asker.now_ms + HORIZON_MS
    before, found = _with_before(lineup, asker.now_ms, until_ms, count)
    until_ms = found[-1].starts_at_ms if len(found) == count else until_ms
    pauses = interludes((*before, *found), asker.now_ms, until_ms)
    return _listing(lineup, [_entry(lineup, airing, asker) for airing in found], pauses)


def between(lineup: ChannelLineup, asker: Asker, from_ms: int, until_ms: int, limit: int) -> Listing:
    """The airings that touch [from_ms, until_ms), at most ``limit``; nothing before what is remembered."""
    since_ms = max(from_ms, starts_at_ms(lineup.known_from))
    if since_ms >= until_ms:
        return _listing(lineup, [], [])
    before, found = _with_before(lineup, since_ms, until_ms, limit + 1)
    more_from_ms = found[limit].starts_at_ms if len(found) > limit else None
    pauses = [
        Interlude(max(one.starts_at_ms, since_ms), one.ends_at_ms)
        for one in interludes((*before, *found), since_ms, until_ms if more_from_ms is None else more_from_ms)
    ]
    entries = [_entry(lineup, airing, asker) for airing in found[:limit]]
    return _listing(lineup, entries, pauses, more_from_ms)


def interludes(found: Iterable[Airing], from_ms: int, until_ms: int) -> list[Interlude]:
    """Those between ``found`` that touch [from_ms, until_ms).

    One that began earlier is told from the airing before it, or from :data:`INTERLUDE_MS` before ``from_ms``;
    none is told beyond ``until_ms``.

    Args:
        found: airings in order, those that ended shortly before ``from_ms`` included.
        from_ms: where it begins.
        until_ms: where it ends.
    """
    told, end_ms = [], from_ms - INTERLUDE_MS
    for begin_ms, over_ms in (*((one.starts_at_ms, one.ends_at_ms) for one in found), (until_ms, until_ms)):
        if min(begin_ms, until_ms) - end_ms >= INTERLUDE_MS and begin_ms > from_ms:
            told.append(Interlude(end_ms, min(begin_ms, until_ms)))
        end_ms = max(end_ms, over_ms)
    return told


def titles(programme: Programme) -> tuple[str, str]:
    """Title and subtitle, as guides have them: an episode goes under its series."""
    return (programme.series_title, programme.title) if programme.series_title else (programme.title, "")


def logo_url(channel_id: str, logo: str, form: str = "svg") -> str:
    """Where a channel's logo is served: one of its own for ever, the generated one as ``svg`` or ``png``."""
    address = f"/v1/channels/{channel_id}/logo"
    return f"{address}.png?v={logo}" if logo else f"{address}.{form}"


def replay_path(airing_id: str) -> str:
    """Where an airing is played again; a session and a playlist's name follow."""
    return f"/play/airing/{airing_id}"


def shown(lineup: ChannelLineup, from_ms: int, until_ms: int) -> Iterator[Airing]:
    """The airings that belong in a guide: neither fill nor what nobody knows."""
    for airing in airings(lineup.schedule, from_ms, until_ms):
        programme = lineup.programmes.get(airing.programme_id)
        if programme is not None and programme.kind is Kind.PROGRAMME:
            yield airing


def available(lineup: ChannelLineup, from_ms: int, until_ms: int, market: str) -> Iterator[Airing]:
    """Those of :func:`shown` that may be seen in ``market``; everywhere, where it is empty."""
    for airing in shown(lineup, from_ms, until_ms):
        if not _unavailable(lineup.programmes[airing.programme_id].rights, airing, market):
            yield airing


def _with_before(
    lineup: ChannelLineup, from_ms: int, until_ms: int, limit: int
) -> tuple[list[Airing], list[Airing]]:
    """Airings that were over shortly before ``from_ms``, and the first that touch [from_ms, until_ms)."""
    since_ms = max(from_ms - INTERLUDE_MS, starts_at_ms(lineup.known_from))
    before: list[Airing] = []
    found: list[Airing] = []
    for airing in shown(lineup, min(since_ms, from_ms), until_ms):
        (found if airing.ends_at_ms > from_ms else before).append(airing)
        if len(found) == limit:
            break
    return before, found


def _listing(
    lineup: ChannelLineup,
    entries: list[GuideEntry],
    pauses: list[Interlude],
    more_from_ms: int | None = None,
) -> Listing:
    return Listing(
        channel_id=lineup.channel_id,
        slug=lineup.slug,
        name=lineup.name,
        logo_url=logo_url(lineup.channel_id, lineup.logo),
        timezone=lineup.timezone,
        entries=entries,
        interludes=pauses,
        more_from_ms=more_from_ms,
    )


def _entry(lineup: ChannelLineup, airing: Airing, asker: Asker) -> GuideEntry:
    programme = lineup.programmes[airing.programme_id]
    title, subtitle = titles(programme)
    unavailable = _unavailable(programme.rights, airing, asker.market)
    replay = None if unavailable else _replay(programme, airing, asker)
    return GuideEntry(
        airing_id=airing.airing_id,
        programme_id=programme.programme_id,
        title=title,
        subtitle=subtitle,
        synopsis=programme.synopsis,
        category=programme.category,
        advisory=programme.advisory,
        for_children=programme.for_children,
        language=programme.language,
        season=programme.season,
        episode=programme.episode,
        year=programme.year,
        credits=programme.credits,
        starts_at_ms=airing.starts_at_ms,
        ends_at_ms=airing.ends_at_ms,
        poster_url=poster_url(programme.asset_id),
        unavailable=unavailable,
        replay=replay,
    )


def _unavailable(rights: Rights, airing: Airing, market: str) -> str:
    refusal = (
        rights.window.refusal(airing.starts_at_ms)
        or rights.territories.refusal(market)
        or Territories(airing.territories).refusal(market)
    )
    return refusal or ""


def _replay(programme: Programme, airing: Airing, asker: Asker) -> Replay | None:
    answer = availability(programme, airing.starts_at_ms, airing.ends_at_ms, asker.now_ms, asker.market)
    if not isinstance(answer, Available):
        return None
    return Replay(answer.until_ms, replay_path(airing.airing_id))
