"""What is on, now or on any day."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from content.channels.lineup import ChannelLineup, Lineups
from content.guide.listing import DAY_MS, PAST_MS, Asker, Listing, between, now_next
from kernel.clock import Clock, to_ms
from kernel.country import COUNTRIES
from kernel.errors import Invalid, NotFound

COUNT_LIMIT = 50
SPAN_LIMIT_MS = 8 * DAY_MS
AHEAD_MS = 31 * DAY_MS
ENTRIES_LIMIT = 1_000
"""Airings in one answer, of one channel or of all together."""
_ZONE_LIMIT = 64


@dataclass(frozen=True)
class ReadGuide:
    """Answers from the snapshot; touches no engine."""

    lineups: Callable[[], Lineups]
    clock: Clock

    def __call__(self, channel_id: str, count: int = 2, market: str = "") -> Listing:
        """The next ``count`` airings, that on air first; empty while nothing is scheduled.

        Raises:
            NotFound: ``channel-unknown``.
            Invalid: ``count-out-of-range`` unless 1 ≤ count ≤ 50; ``market-unknown``.
        """
        count = _fit(count)
        return now_next(self._channel(channel_id), self._asker(market), count)

    def now_everywhere(self, count: int = 2, market: str = "") -> list[Listing]:
        """The same of the channels offered there (everywhere, where ``market`` is empty), the default first.

        At most 1 000 entries in all.

        Raises:
            Invalid: as above.
        """
        asker, channels = self._asker(market), self.lineups().offered(market)
        count = max(1, min(_fit(count), ENTRIES_LIMIT // max(1, len(channels))))
        return [now_next(lineup, asker, count) for lineup in channels]

    def day(self, channel_id: str, day: date | None, zone: str = "", market: str = "") -> Listing:
        """The airings of one day, in the channel's time or that of ``zone``; today if ``day`` is None.

        Raises:
            NotFound: ``channel-unknown``.
            Invalid: ``zone-unknown``; ``market-unknown``; ``range-out-of-reach``.
        """
        lineup = self._channel(channel_id)
        return self._between(lineup, *self._bounds(lineup, day, zone), market, ENTRIES_LIMIT)

    def day_everywhere(self, day: date | None, zone: str = "", market: str = "") -> Iterator[Listing]:
        """The same of every channel offered there, at most 1 000 entries in all; each as it is asked for.

        Raises:
            Invalid: as above.
        """
        channels = self.lineups().offered(checked_market(market))
        limit = max(1, ENTRIES_LIMIT // max(1, len(channels)))
        for lineup in channels:
            yield self._between(lineup, *self._bounds(lineup, day, zone), market, limit)

    def between(self, channel_id: str, from_ms: int, until_ms: int, market: str = "") -> Listing:
        """The airings that touch [from_ms, until_ms).

        Raises:
            NotFound: ``channel-unknown``.
            Invalid: ``range-empty``, ``range-too-long`` above eight days, ``range-out-of-reach``;
                ``market-unknown``.
        """
        return self._between(self._channel(channel_id), from_ms, until_ms, market, ENTRIES_LIMIT)

    def _channel(self, channel_id: str) -> ChannelLineup:
        lineup = self.lineups().channels.get(channel_id)
        if lineup is None:
            raise NotFound("channel-unknown", "There is no such channel.", fix="See /v1/channels.")
        return lineup

    def _asker(self, market: str) -> Asker:
        return Asker(self.clock.now_ms(), checked_market(market))

    def _bounds(self, lineup: ChannelLineup, day: date | None, zone: str) -> tuple[int, int]:
        hours = zone_of(zone or lineup.timezone)
        first = day or self.clock.now().astimezone(hours).date()
        return day_bounds(first, hours)

    def _between(
        self, lineup: ChannelLineup, from_ms: int, until_ms: int, market: str, limit: int
    ) -> Listing:
        now_ms = self.clock.now_ms()
        if until_ms <= from_ms:
            raise Invalid("range-empty", "The range ends before it begins.", fix="Swap its ends.")
        if until_ms - from_ms > SPAN_LIMIT_MS:
            raise Invalid(
                "range-too-long",
                "More than eight days were asked for at once.",
                fix="Ask for eight days at most.",
            )
        if not now_ms - PAST_MS - DAY_MS <= from_ms <= now_ms + AHEAD_MS:
            raise Invalid(
                "range-out-of-reach",
                "The guide reaches from eight days back to 31 days ahead.",
                fix="Ask for a day within.",
            )
        return between(lineup, self._asker(market), from_ms, until_ms, limit)


def checked_market(market: str) -> str:
    """``market`` as it is; empty for none.

    Raises:
        Invalid: ``market-unknown``.
    """
    if market and market not in COUNTRIES:
        raise Invalid(
            "market-unknown",
            "The market is no country.",
            fix="Give its two letters (ISO 3166-1), such as FR.",
            fields={"market": "Two letters, such as FR."},
        )
    return market


def zone_of(name: str) -> ZoneInfo:
    """The time zone called ``name`` in the IANA database.

    Raises:
        Invalid: ``zone-unknown``.
    """
    try:
        return ZoneInfo(name[:_ZONE_LIMIT])
    except (KeyError, ValueError, OSError):
        raise Invalid(
            "zone-unknown",
            "There is no such time zone.",
            fix="Give its IANA name, such as Europe/Paris.",
            fields={"tz": "Such as Europe/Paris."},
        ) from None


def day_bounds(day: date, zone: ZoneInfo) -> tuple[int, int]:
    """When ``day`` begins and ends in ``zone``, in milliseconds since 1970: 23 to 25 hours."""
    begin, end = (datetime.combine(d, time.min, zone) for d in (day, day + timedelta(days=1)))
    return to_ms(begin), to_ms(end)


def _fit(count: int) -> int:
    if not 1 <= count <= COUNT_LIMIT:
        raise Invalid(
            "count-out-of-range",
            f"A guide of {count} entries was asked for.",
            fix=f"Ask for 1 to {COUNT_LIMIT}.",
            fields={"count": f"From 1 to {COUNT_LIMIT}."},
        )
    return count
