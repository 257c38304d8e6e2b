"""An editor takes a programme out of the library."""

from dataclasses import dataclass

import msgspec

from content.channels.channel import Channel
from content.channels.renew_schedules import RenewSchedules
from content.channels.schedule import worth_keeping
from content.library.audit import AuditEntry
from content.library.edit_programme import find_programme, unknown_programme
from content.ports import Channels, Programmes
from kernel.clock import Clock
from kernel.errors import Conflict


@dataclass(frozen=True)
class WithdrawProgramme:
    """Out of sight and of reach; its record stays, for what was shown before."""

    programmes: Programmes
    channels: Channels
    renew: RenewSchedules
    clock: Clock

    def __call__(self, actor: str, programme_id: str, *, off_air: bool = False) -> None:
        """Takes it out.

        Args:
            actor: the account that wants it.
            programme_id: which.
            off_air: it may be on a schedule, and gives way to fill there: from 30 s ahead on, in the middle
                of itself if it is on air.

        Raises:
            NotFound: ``programme-not-found``.
            Conflict: ``programme-scheduled`` while a schedule names it, now or in the future.
        """
        programme = find_programme(self.programmes, programme_id)
        now_ms = self.clock.now_ms()
        names = ", ".join(c.name for c in self.channels.all() if self._names(c, programme_id, now_ms))
        if names and not off_air:
            raise Conflict(
                "programme-scheduled",
                f"“{programme.title}” is on the schedule of {names}, now or soon.",
                fix="Take it out of that schedule, and remove it once the change is on air. "
                "Or ask for it to leave the air (off_air=true): fill takes its place half a minute from now.",
                fields={"channels": names},
            )
        gone = msgspec.structs.replace(programme, withdrawn_ms=now_ms, schedule_on="")
        detail = {"title": programme.title} | ({"channels": names} if names else {})
        told = AuditEntry(actor, now_ms, "programme-withdrawn", programme_id, detail)
        if not self.programmes.replace(gone, told):
            raise unknown_programme()
        self.renew("content", gone=programme_id)

    def _names(self, channel: Channel, programme_id: str, now_ms: int) -> bool:
        versions = worth_keeping(self.channels.versions(channel.channel_id), now_ms, keep_ms=0)
        return any(programme_id in version.facts for version in versions)
