"""Which fills a session's playlists have listed: told once each, at next to no cost for a pull."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from adserver.billing.impression import EventKind
from adserver.serving.avail import ServedFill
from players.playback.break_plan import PlannedBreak
from players.playback.ports import NoteFills

REMEMBERED = 50_000


@dataclass(slots=True)
class NoteListed:
    """Remembers what this process has told; what it forgets is told again, and counts once all the same."""

    note: NoteFills
    _told: set[tuple[str, str, int]] = field(default_factory=set, init=False)
    _before: set[tuple[str, str, int]] = field(default_factory=set, init=False)

    def __call__(self, session_id: str, plan: PlannedBreak, last: int) -> None:
        """Note the fills of ``plan`` of which something stands at the position ``last`` or before it."""
        listed, at = 0, plan.start
        for fill in plan.fills:
            if at > last:
                break
            at += fill.segments
            listed += 1
        mark = (session_id, plan.break_id, listed)
        if listed and mark not in self._told and mark not in self._before:
            self._tell(plan.fills[:listed], mark)

    def _tell(self, fills: Sequence[ServedFill], mark: tuple[str, str, int]) -> None:
        if len(self._told) >= REMEMBERED:
            self._before, self._told = self._told, set()
        self._told.add(mark)
        # Those before the last were told as they were listed, or are told now by one who joined late.
        self.note(fills, EventKind.STITCHED)
