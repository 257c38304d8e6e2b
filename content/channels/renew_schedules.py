"""Schedules learn what has changed in the library: rights, a version around cues, a file that is gone."""

from dataclasses import dataclass

from content.channels.save_plan import SavePlan
from content.ports import Announce, Channels
from kernel.errors import Conflict


@dataclass(frozen=True)
class RenewSchedules:
    """To be called after every change of the library and every preparation; again, it changes nothing.

    What a version knows of its programmes never changes, so that every process plays the same. So what is new
    becomes a version of its own, with the same plan, from the first position at which it matters.
    """

    channels: Channels
    save: SavePlan
    announce: Announce

    def __call__(self, topic: str = "content") -> None:
        """Renew each channel that has to be, then announce ``topic``."""
        for channel in self.channels.all():
            try:
                self.save.renew(channel)
            except Conflict:
                continue  # somebody saved at this moment, with what is known by now
        self.announce(topic)
