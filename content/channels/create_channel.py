"""A new channel goes on air."""

from collections.abc import Sequence
from dataclasses import dataclass

from content.channels.channel import Channel, ChannelDraft, checked
from content.channels.check_plan import check_named, check_plan, named_entries, tidy_plan
from content.channels.compile_day import Resumption
from content.channels.compiled import Origin
from content.channels.day_view import Source
from content.channels.gather_facts import GatherFacts
from content.channels.kept_plan import kept, named
from content.channels.plan import Entry, Plan
from content.channels.schedule import ScheduleVersion
from content.ports import Announce, Channels
from kernel.clock import Clock
from kernel.errors import Conflict
from kernel.ids import NewId
from media.house_format import position_at


@dataclass(frozen=True)
class CreateChannel:
    """Keeps a channel with its first schedule, which starts at once: nobody watches yet."""

    channels: Channels
    gather: GatherFacts
    announce: Announce
    clock: Clock
    new_id: NewId

    def __call__(self, editor_id: str, draft: ChannelDraft, entries: Sequence[Entry] = ()) -> Channel:
        """The new channel; it plays slate while ``entries`` is empty.

        Raises:
            Invalid: ``channel-invalid``, or what :mod:`content.channels.check_plan` raises.
            Conflict: ``slug-taken``; ``asset-not-ready``.
        """
        fit = checked(draft)
        now_ms = self.clock.now_ms()
        plan = tidy_plan(Plan(loop=tuple(entries), timezone=fit.timezone, territories=fit.territories))
        check_plan(plan, now_ms)
        programmes, facts = self.gather(named(plan))
        check_named(list(named_entries(plan)), programmes, facts, plan.territories, now_ms)
        channel = Channel(self.new_id("chn"), fit.slug, fit.name, now_ms)
        begin = position_at(now_ms)
        resumed = Resumption(begin, Origin(Source.LOOP), 0)
        first = ScheduleVersion(
            channel.schedule_version, begin, kept(plan, facts), editor_id, now_ms, resumed
        )
        if not self.channels.add(channel, first):
            raise Conflict(
                "slug-taken",
                f"Another channel is called “{fit.slug}”.",
                fix="Choose another short name.",
                fields={"slug": "Taken."},
            )
        self.announce("content")
        return channel
