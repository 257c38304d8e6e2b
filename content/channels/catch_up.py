"""Starting over what is on now, and watching again what aired: within rights, and only what really aired."""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum

import msgspec

from content.channels.guide import poster_url
from content.channels.lineup import ChannelLineup, Lineups
from content.library.programme import Kind, Programme
from content.library.rights import Territories
from kernel.clock import Clock
from kernel.errors import Forbidden, NotFound, RoadcastError
from media.house_format import SEGMENT_MS, position_at, starts_at_ms
from media.timeline import PAUSE_SLOTS, Schedule, Slot

DAY_MS = 86_400_000
LOOK_BACK_MS = 8 * DAY_MS
"""Schedules are remembered for as long; what aired before is not known any more."""

LISTED_LIMIT = 100
_STRIDE_SEGMENTS = 2_000
_PARTS_LIMIT = 200
_AIRED_LIMIT = 10_000
_LISTED_FOR_MS = 60_000
_LISTS_LIMIT = 2_000


class CatchUpRefusal(StrEnum):
    """Why an airing cannot be watched from its beginning."""

    NOT_AIRED = "not-aired-yet"
    NEVER = "catch-up-not-cleared"
    EXPIRED = "catch-up-expired"
    ELSEWHERE = "not-cleared-here"
    UNKNOWN = "airing-unknown"


class Available(msgspec.Struct, frozen=True):
    """An airing that can be watched from its beginning; ``on_air`` while it is being shown."""

    until_ms: int
    on_air: bool


def availability(
    programme: Programme, starts_ms: int, ends_ms: int, now_ms: int, territory: str
) -> Available | CatchUpRefusal:
    """Whether an airing may be watched from its beginning at ``now_ms``.

    Args:
        programme: whose rights decide; one without days of catch-up cannot be started over either.
        starts_ms: when it was, is or will be on air, in milliseconds since 1970.
        ends_ms: when that ends.
        now_ms: milliseconds since 1970.
        territory: ISO 3166-1 alpha-2; empty for unknown.
    """
    rights = programme.rights
    if programme.kind is not Kind.PROGRAMME or programme.withdrawn_ms is not None:
        return CatchUpRefusal.UNKNOWN
    if now_ms < starts_ms:
        return CatchUpRefusal.NOT_AIRED
    if not rights.catch_up_days:
        return CatchUpRefusal.NEVER
    if rights.territories.refusal(territory):
        return CatchUpRefusal.ELSEWHERE
    until_ms = ends_ms + min(rights.catch_up_days * DAY_MS, LOOK_BACK_MS)
    if rights.window.until_ms is not None:
        until_ms = min(until_ms, rights.window.until_ms)
    if now_ms >= until_ms or rights.window.refusal(now_ms):
        return CatchUpRefusal.EXPIRED
    return Available(until_ms, on_air=now_ms < ends_ms)


class PastAiring(msgspec.Struct, frozen=True):
    """An airing that can be watched from its beginning now; times in milliseconds since 1970."""

    airing_id: str
    programme_id: str
    title: str
    synopsis: str
    aired_at_ms: int
    ends_at_ms: int
    until_ms: int
    on_air: bool
    duration_ms: int
    poster_url: str


@dataclass(frozen=True, slots=True)
class Aired:
    """An airing as the schedule has it: its programme, and the asset that was shown.

    ``duration_ms`` is the programme's own part of the time between ``starts_ms`` and ``ends_ms``. ``reached``
    has grid positions, rising, each with how many segments of the programme were shown before: the beginning,
    each end of a break within, and the end. ``shown_in`` are the countries where, empty for all.
    """

    airing_id: str
    channel_id: str
    programme: Programme
    asset_id: str
    starts_ms: int
    ends_ms: int
    duration_ms: int
    reached: tuple[tuple[int, int], ...]
    shown_in: tuple[str, ...] = ()

    def available(self, now_ms: int, territory: str) -> Available | CatchUpRefusal:
        """See :func:`availability`; where it was not shown it is not watched again either."""
        if Territories(self.shown_in).refusal(territory):
            return CatchUpRefusal.ELSEWHERE
        return availability(self.programme, self.starts_ms, self.ends_ms, now_ms, territory)


@dataclass(frozen=True)
class FindAiring:
    """Finds an airing that may be watched now; answers from the snapshot.

    What has ended never changes, and is remembered: a schedule compiles its past anew when it is asked.
    """

    lineups: Callable[[], Lineups]
    _ended: OrderedDict[str, Aired] = field(default_factory=OrderedDict, init=False, compare=False)

    def __call__(self, airing_id: str, now_ms: int, territory: str) -> Aired:
        """The airing.

        Raises:
            NotFound: ``airing-unknown``.
            Forbidden: ``not-aired-yet``, ``catch-up-expired``, ``catch-up-not-cleared`` or
                ``not-cleared-here``.
        """
        channel_id, _, start = airing_id.rpartition("-")
        lineup = self.lineups().channels.get(channel_id)
        if lineup is None or not (start.isascii() and start.isdigit() and len(start) < 12):
            raise refused(CatchUpRefusal.UNKNOWN)
        found = self._known(lineup, airing_id, int(start), now_ms)
        if found is None:
            raise refused(CatchUpRefusal.UNKNOWN)
        answer = found.available(now_ms, territory)
        if isinstance(answer, CatchUpRefusal):
            raise refused(answer)
        return found

    def _known(self, lineup: ChannelLineup, airing_id: str, start: int, now_ms: int) -> Aired | None:
        known = self._ended.get(airing_id)
        if known is not None and start >= lineup.known_from:
            programme = lineup.programmes.get(known.programme.programme_id)
            return replace(known, programme=programme) if programme else None
        found = _aired(lineup, airing_id, start, now_ms)
        if found is not None and found.ends_ms <= now_ms:
            self._ended[airing_id] = found
            if len(self._ended) > _AIRED_LIMIT:
                self._ended.popitem(last=False)
        return found


@dataclass(frozen=True)
class ListCatchUp:
    """Lists what a channel showed; a list is believed for a minute."""

    lineups: Callable[[], Lineups]
    clock: Clock
    _kept: OrderedDict[tuple[str, str], tuple[Schedule, int, list[PastAiring]]] = field(
        default_factory=OrderedDict, init=False, compare=False
    )

    def __call__(self, channel_id: str, territory: str) -> list[PastAiring]:
        """The newest airing of each programme that may be watched now; that on air first.

        Raises:
            NotFound: ``channel-unknown``.
        """
        lineups = self.lineups()
        lineup = lineups.channels.get(channel_id)
        if lineup is None:
            raise NotFound("channel-unknown", "There is no such channel.", fix="See /v1/channels.")
        now_ms, key = self.clock.now_ms(), (channel_id, territory)
        known = self._kept.get(key)
        if known and known[0] is lineup.schedule and now_ms - known[1] < _LISTED_FOR_MS:
            return [one for one in known[2] if one.until_ms > now_ms and _offered(lineup, one)]
        found = past_airings(lineup, now_ms, territory)
        self._kept[key] = (lineup.schedule, now_ms, found)
        if len(self._kept) > _LISTS_LIMIT:
            self._kept.popitem(last=False)
        return found


def past_airings(lineup: ChannelLineup, now_ms: int, territory: str) -> list[PastAiring]:
    """See :class:`ListCatchUp`; no further back than is remembered."""
    days = [one.rights.catch_up_days for one in lineup.programmes.values()]
    if not any(days):
        return []
    oldest = max(position_at(now_ms - min(max(days) * DAY_MS, LOOK_BACK_MS)), lineup.known_from)
    found: dict[str, PastAiring] = {}
    for slot in _backwards(lineup, position_at(now_ms), oldest):
        if slot.programme_id in found or _begin(slot) != slot.start or slot.start < oldest:
            continue
        aired = _aired(lineup, slot.airing_id, slot.start, now_ms)
        if aired is None:
            continue
        answer = aired.available(now_ms, territory)
        if isinstance(answer, Available):
            found[slot.programme_id] = _told(aired, answer)
        if len(found) >= LISTED_LIMIT:
            break
    return list(found.values())


def refused(why: CatchUpRefusal) -> RoadcastError:
    """The error that says why."""
    sentence, fix = _SENTENCES[why]
    kind = NotFound if why is CatchUpRefusal.UNKNOWN else Forbidden
    return kind(why.value, sentence, fix=fix)


_SENTENCES = {
    CatchUpRefusal.NOT_AIRED: (
        "This programme has not been on air yet.",
        "Watch it on the channel, or come back once it has begun.",
    ),
    CatchUpRefusal.NEVER: ("This programme may not be watched again.", "Watch it on the channel."),
    CatchUpRefusal.EXPIRED: ("This programme may no longer be watched again.", "Choose another one."),
    CatchUpRefusal.ELSEWHERE: ("This programme may not be shown in this country.", "Choose another one."),
    CatchUpRefusal.UNKNOWN: ("The channel has not shown this, or too long ago.", "Choose another one."),
}


def _begin(slot: Slot) -> int | None:
    """The position at which the airing of ``slot`` began."""
    start = slot.airing_id.rpartition("-")[2]
    return int(start) if start.isdigit() else None


def _aired(lineup: ChannelLineup, airing_id: str, start: int, now_ms: int) -> Aired | None:
    """The airing that began at ``start``, its parts and the breaks between them followed to its end."""
    if start < lineup.known_from or starts_at_ms(start) > now_ms + LOOK_BACK_MS:
        return None
    first = lineup.schedule.slots(start, start)[0]
    programme = lineup.programmes.get(first.programme_id)
    if first.airing_id != airing_id or first.start != start or first.aside or programme is None:
        return None
    end, segments, reached, aside = first.end, first.segments, [(start, 0)], 0
    for slot in _forwards(lineup, end):
        aside = aside + 1 if slot.aside else 0
        if aside > PAUSE_SLOTS or not (slot.aside or slot.airing_id == airing_id):
            break
        if not slot.aside:
            if slot.start > end:
                reached.append((slot.start, segments))
            end, segments = slot.end, segments + slot.segments
    return Aired(
        airing_id=airing_id,
        channel_id=lineup.channel_id,
        programme=programme,
        asset_id=first.asset_id,
        starts_ms=starts_at_ms(start),
        ends_ms=starts_at_ms(end),
        duration_ms=segments * SEGMENT_MS,
        reached=(*reached, (end, segments)),
        shown_in=first.territories,
    )


def _forwards(lineup: ChannelLineup, at: int) -> Iterator[Slot]:
    for _ in range(_PARTS_LIMIT):
        slots = lineup.schedule.slots(at, at)
        yield from slots
        at = slots[-1].end


def _backwards(lineup: ChannelLineup, last: int, oldest: int) -> Iterator[Slot]:
    """Slots of what may be watched again, the newest first; one that spans two strides comes twice."""
    again = {key for key, one in lineup.programmes.items() if one.rights.catch_up_days}
    while last >= oldest:
        first = max(oldest, last - _STRIDE_SEGMENTS + 1)
        for slot in reversed(lineup.schedule.slots(first, last)):
            if slot.programme_id in again and not slot.aside:
                yield slot
        last = first - 1


def _offered(lineup: ChannelLineup, listed: PastAiring) -> bool:
    """What is withdrawn is gone at once, whatever was listed."""
    programme = lineup.programmes.get(listed.programme_id)
    return programme is not None and programme.withdrawn_ms is None


def _told(aired: Aired, answer: Available) -> PastAiring:
    programme = aired.programme
    return PastAiring(
        airing_id=aired.airing_id,
        programme_id=programme.programme_id,
        title=programme.title,
        synopsis=programme.synopsis,
        aired_at_ms=aired.starts_ms,
        ends_at_ms=aired.ends_ms,
        until_ms=answer.until_ms,
        on_air=answer.on_air,
        duration_ms=aired.duration_ms,
        poster_url=poster_url(programme.asset_id),
    )
