"""Schedules learn what has changed in the library: rights, a version around cues, a file that is gone."""

import logging
from dataclasses import dataclass

from content.channels.save_plan import SavePlan, find_channel
from content.ports import Announce, Channels
from kernel.errors import Conflict, NotFound

_ATTEMPTS = 5
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class RenewSchedules:
    """To be called after every change of the library and every preparation; again, it changes nothing.

    What a version knows of its programmes never changes, so that every process plays the same. So what is new
    becomes a version of its own, with the same plan, from the first position at which it matters.
    """

    channels: Channels
    save: SavePlan
    announce: Announce

    def __call__(self, topic: str = "content", gone: str = "") -> None:
        """Renew each channel that has to be, then announce ``topic``, whatever becomes of a channel.

        The programme ``gone`` leaves the air wherever it is on, without waiting for its end.
        """
        try:
            for channel in self.channels.all():
                self._renew(channel.channel_id, gone)
        finally:
            self.announce(topic)

    def _renew(self, channel_id: str, gone: str) -> None:
        for _ in range(_ATTEMPTS):
            try:
                self.save.renew(find_channel(self.channels, channel_id), gone)
            except Conflict:
                # Somebody saved at this moment, and may have looked at the library before it changed.
                continue
            except NotFound:
                return  # it was removed meanwhile
            except Exception:
                _LOG.exception("schedule not renewed", extra={"channel_id": channel_id})
                return
            else:
                return
        _LOG.error("schedule not renewed: it keeps changing", extra={"channel_id": channel_id})
