"""A plan as a schedule: compiled day by day, when somebody looks at a day."""

from zoneinfo import ZoneInfo

from content.channels.broadcast_days import BroadcastDays
from content.channels.compile_day import BroadcastDay, Resumption, compile_day
from content.channels.compiled import Compiled, Origin
from content.channels.day_view import Source
from content.channels.kept_plan import KeptPlan
from content.channels.lay_turns import Turns
from content.channels.setting import Setting
from media.timeline import Slot

DAYS_KEPT = 3
"""Of those that nobody holds: what guides and catch-up look at."""


class DaySchedule:
    """Implements :class:`media.timeline.Schedule`: a pure function of the position.

    What a position costs does not depend on how much is planned. Of the compiled days those that are on or
    about to begin are held; of the others only the last used are kept.

    Args:
        channel_id: prefix of the slot ids.
        kept: the plan.
        resumption: how it takes over in the middle of a day; None as if it had always been.
    """

    def __init__(self, channel_id: str, kept: KeptPlan, resumption: Resumption | None = None) -> None:
        self.kept = kept
        self.resumption = resumption
        self.zone = ZoneInfo(kept.outline.timezone)
        self.days = BroadcastDays(kept, self.zone)
        self._setting = Setting(channel_id, kept.outline, kept.facts)
        self._loop = Turns(self._setting, kept.outline.loop, Source.LOOP)
        # Tuples that are replaced, so that threads never see half of a change.
        self._held: tuple[Compiled, ...] = ()
        self._recent: tuple[Compiled, ...] = ()

    def slots(self, first: int, last: int) -> tuple[Slot, ...]:
        """See :class:`media.timeline.Schedule`."""
        found: list[Slot] = []
        at = first
        while True:
            day = self.compiled_at(at)
            found += day.slots(at, last)
            if day.end is None or day.end > last:
                return tuple(found)
            at = day.end

    def hold(self, first: int, last: int) -> None:
        """Keep the days from ``first`` to ``last``, and the one after, whatever others look at."""
        held = [self.compiled_at(first)]
        while (end := held[-1].end) is not None:
            held.append(self.compiled_at(end))
            if end > last:
                break
        self._held = tuple(held)

    def compiled_at(self, position: int) -> Compiled:
        """The broadcast day that a position belongs to."""
        for day in self._held:
            if day.covers(position):
                return day
        recent = self._recent
        for index, day in enumerate(recent):
            if day.covers(position):
                if index:
                    self._recent = (day, *recent[:index], *recent[index + 1 :])
                return day
        day = self._compile(self.days.at(position))
        self._recent = (day, *self._recent[: DAYS_KEPT - 1])
        return day

    def origin_at(self, position: int) -> Origin:
        """Where what stands at a position stands in the plan."""
        return self.compiled_at(position).origin_at(position)

    def _compile(self, what: BroadcastDay) -> Compiled:
        resumed = self.resumption
        if resumed is not None:
            begun = what.start is None or what.start <= resumed.at
            if not begun or (what.end is not None and what.end <= resumed.at):
                resumed = None
        return compile_day(self._setting, self._loop, self.zone, what, resumed)
