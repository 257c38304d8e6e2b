"""An editor takes a programme out of the library."""

from dataclasses import dataclass

import msgspec

from content.channels.channel import Channel
from content.channels.schedule import worth_keeping
from content.library.audit import AuditEntry
from content.library.edit_programme import find_programme, unknown_programme
from content.ports import Announce, Channels, Programmes
from kernel.clock import Clock
from kernel.errors import Conflict


@dataclass(frozen=True)
class WithdrawProgramme:
    """Out of sight and of reach; its record stays, for what was shown before."""

    programmes: Programmes
    channels: Channels
    announce: Announce
    clock: Clock

    def __call__(self, actor: str, programme_id: str) -> None:
        """Takes it out.

        Raises:
            NotFound: ``programme-not-found``.
            Conflict: ``programme-scheduled`` while a schedule names it, now or in the future.
        """
        programme = find_programme(self.programmes, programme_id)
        now_ms = self.clock.now_ms()
        names = ", ".join(c.name for c in self.channels.all() if self._names(c, programme_id, now_ms))
        if names:
            raise Conflict(
                "programme-scheduled",
                f"“{programme.title}” is on the schedule of {names}, now or soon.",
                fix="Take it out of that schedule and save; once the change is on air, remove the programme.",
                fields={"channels": names},
            )
        gone = msgspec.structs.replace(programme, withdrawn_ms=now_ms, schedule_on="")
        told = AuditEntry(actor, now_ms, "programme-withdrawn", programme_id, {"title": programme.title})
        if not self.programmes.replace(gone, told):
            raise unknown_programme()
        self.announce("content")

    def _names(self, channel: Channel, programme_id: str, now_ms: int) -> bool:
        versions = worth_keeping(self.channels.versions(channel.channel_id), now_ms, keep_ms=0)
        return any(programme_id in version.facts for version in versions)
