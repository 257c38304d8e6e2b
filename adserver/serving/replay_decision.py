"""A decision is made again from what was kept of it."""

import asyncio
from dataclasses import dataclass

from adserver.ports import Traces
from adserver.serving.trace import Replayed, Trace, replay, seen_by
from kernel.errors import NotFound

LISTED = 30


@dataclass(frozen=True)
class ReplayDecision:
    """For operators whole; for an advertiser, what was said of its own line items."""

    traces: Traces

    async def __call__(self, viewer: str | None, trace_id: str) -> Replayed:
        """It, made again.

        Raises:
            NotFound: ``decision-unknown`` where no trace is kept, or nothing in it is the viewer's.
        """
        trace = await self.traces.find(trace_id)
        found = await asyncio.to_thread(_told, viewer, trace) if trace else None
        if found is None:
            raise NotFound(
                "decision-unknown",
                "No such decision is kept.",
                fix="Only some are, for some days. Look for it in the list.",
            )
        return found

    async def newest(self, viewer: str | None) -> list[Replayed]:
        """The newest, made again."""
        traces = await self.traces.newest(viewer, LISTED)
        return await asyncio.to_thread(lambda: [one for trace in traces if (one := _told(viewer, trace))])


def _told(viewer: str | None, trace: Trace) -> Replayed | None:
    found = replay(trace)
    if viewer is None:
        return found
    own = seen_by(viewer, found)
    return own if own.verdicts or own.changes else None
