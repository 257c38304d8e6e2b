"""Which broadcast day a position belongs to: from a date's first block to that of the next date with one."""

from bisect import bisect_left, bisect_right
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

from content.channels.compile_day import BroadcastDay
from content.channels.kept_plan import EMPTY, KeptPlan, decode
from content.channels.local_time import exists, local_at, position_of, time_of_day
from content.channels.plan import WEEKDAYS, Block, BreakEntry

_DAY = timedelta(days=1)
_STARTS_LIMIT = 64


class BroadcastDays:
    """The days of one plan. Costs of a look: none that grow with the number of dates planned."""

    def __init__(self, kept: KeptPlan, zone: ZoneInfo) -> None:
        self._kept = kept
        self._zone = zone
        self._weekly = any(kept.blocks.get(key, EMPTY) != EMPTY for key in WEEKDAYS)
        self._dated = sorted(
            date.fromisoformat(key)
            for key, blocks in kept.blocks.items()
            if key not in WEEKDAYS and blocks != EMPTY
        )
        self._replaced = len(kept.blocks)
        self._starts: dict[date, int] = {}

    def at(self, position: int) -> BroadcastDay:
        """The day that a position belongs to."""
        local = local_at(position, self._zone).date()
        day = self._last(local + _DAY)
        while day is not None and self.start(day) > position:
            day = self._last(day - _DAY)
        following = self._first(local - _DAY if day is None else day + _DAY)
        while following is not None and self.start(following) <= position:
            following = self._first(following + _DAY)
        return self._day(day, following)

    def start(self, day: date) -> int:
        """Where the first block of a date begins."""
        known = self._starts.get(day)
        if known is None:
            blocks = decode(self._kept.of(day)[1])
            known = min(position_of(day, time_of_day(b.at) or time.min, self._zone) for b in blocks)
            if len(self._starts) >= _STARTS_LIMIT:
                self._starts = {}
            self._starts[day] = known
        return known

    def _day(self, day: date | None, following: date | None) -> BroadcastDay:
        end = None if following is None else self.start(following)
        children = following is not None and self._begins_for_children(following)
        if day is None:
            return BroadcastDay(None, None, end, (), children)
        field, encoded = self._kept.of(day)
        return BroadcastDay(day, self.start(day), end, decode(encoded), children, field)

    def _begins_for_children(self, day: date) -> bool:
        entries = _first_block(decode(self._kept.of(day)[1])).entries
        if not entries or isinstance(entries[0], BreakEntry):
            return False
        facts = self._kept.facts.get(entries[0].programme_id)
        return facts is not None and facts.children

    def _has(self, day: date) -> bool:
        return self._kept.of(day)[1] != EMPTY and exists(day, self._zone)

    def _last(self, day: date) -> date | None:
        """The last date with blocks, not after ``day``."""
        if self._weekly:
            return self._scan(day, -_DAY)
        index = bisect_right(self._dated, day) - 1
        while index >= 0 and not exists(self._dated[index], self._zone):
            index -= 1
        return self._dated[index] if index >= 0 else None

    def _first(self, day: date) -> date | None:
        """The first date with blocks, not before ``day``."""
        if self._weekly:
            return self._scan(day, _DAY)
        index = bisect_left(self._dated, day)
        while index < len(self._dated) and not exists(self._dated[index], self._zone):
            index += 1
        return self._dated[index] if index < len(self._dated) else None

    def _scan(self, day: date, step: timedelta) -> date | None:
        """Day by day: far only where dates without blocks take weekday after weekday away."""
        for _ in range(7 * (self._replaced + 2)):
            if self._has(day):
                return day
            day += step
        return None


def _first_block(blocks: tuple[Block, ...]) -> Block:
    return min(blocks, key=lambda block: time_of_day(block.at) or time.min)
