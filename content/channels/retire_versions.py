"""Forget what was made around cues and can be asked for no more."""

from collections.abc import Collection
from dataclasses import dataclass

from content.channels.schedule import KEEP_MS, worth_keeping
from content.ports import Channels, PlayedInstead
from kernel.clock import Clock

GRACE_MS = 26 * 3_600_000
"""From the moment that nothing new names it: a play, and what players hold of it, ends within a day."""


@dataclass(frozen=True)
class RetireVersions:
    """To be called now and then; may be killed at any moment, and begun again.

    A version is needed while a decision about cues names it, while a schedule does that is on, to come, or
    over for less time than what aired may be watched again, and for :data:`GRACE_MS` after that. Only its
    record goes here: the sweep of leftovers deletes objects that no record refers to.

    Args:
        pinned: assets that settings name.
    """

    channels: Channels
    versions: PlayedInstead
    clock: Clock
    pinned: Collection[str] = ()

    def __call__(self) -> tuple[str, ...]:
        """The ids of those that went."""
        now_ms = self.clock.now_ms()
        spare = self.versions.spare() - set(self.pinned)
        if spare:
            spare -= self._scheduled(now_ms)
        return self.versions.retire(spare, now_ms, now_ms - GRACE_MS)

    def _scheduled(self, now_ms: int) -> set[str]:
        found: set[str] = set()
        for channel in self.channels.all():
            versions = self.channels.versions(channel.channel_id)
            for version in worth_keeping(versions, now_ms, keep_ms=KEEP_MS):
                found |= {facts.asset_id for facts in version.facts.values()}
        return found
