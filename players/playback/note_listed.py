"""Which fills of a break playlists have listed: told once each, at next to no cost for a pull."""

import sys
from dataclasses import dataclass

from adserver.billing.impression import EventKind
from players.playback.break_plan import PlannedBreak
from players.playback.ports import NoteFills


@dataclass(frozen=True, slots=True)
class NoteListed:
    """Tells what this process has not told; what it forgets is told again, and counts once all the same."""

    note: NoteFills

    def __call__(self, plan: PlannedBreak, last: int) -> None:
        """Note the fills of ``plan`` of which something stands at the position ``last`` or before it."""
        listing = plan.listing
        if last < listing.untold:
            return
        listed, at = 0, plan.start
        for fill in plan.fills:
            if at > last:
                break
            at += fill.segments
            listed += 1
        listing.untold = at if listed < len(plan.fills) else sys.maxsize
        if listed:
            # Those before the last were told as they were listed, or are told now by one who joined late.
            self.note(plan.fills[:listed], EventKind.STITCHED)
