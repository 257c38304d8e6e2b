"""What is on a channel now and next."""

from collections.abc import Callable
from dataclasses import dataclass

from content.channels.guide import GuideEntry, now_next
from content.channels.lineup import Lineups
from kernel.clock import Clock
from kernel.errors import Invalid, NotFound

COUNT_LIMIT = 50


@dataclass(frozen=True)
class ReadGuide:
    """Answers from the snapshot; touches no engine."""

    lineups: Callable[[], Lineups]
    clock: Clock

    def __call__(self, channel_id: str, count: int = 2) -> list[GuideEntry]:
        """The next ``count`` showings, that on air first; empty while nothing is scheduled.

        Raises:
            NotFound: ``channel-unknown``.
            Invalid: ``count-out-of-range`` unless 1 ≤ count ≤ 50.
        """
        if not 1 <= count <= COUNT_LIMIT:
            raise Invalid(
                "count-out-of-range",
                f"A guide of {count} entries was asked for.",
                fix=f"Ask for 1 to {COUNT_LIMIT}.",
                fields={"count": f"From 1 to {COUNT_LIMIT}."},
            )
        lineup = self.lineups().channels.get(channel_id)
        if lineup is None:
            raise NotFound("channel-unknown", "There is no such channel.", fix="See /v1/channels.")
        return now_next(lineup, self.clock.now_ms(), count)
