"""The owner's leave to know where the vehicle is, taken back: what was begun with it ends with it.

What is open when it is taken back cannot get it again: a session or feed that was opened later asks anew.
"""

from collections.abc import Sequence

import msgspec

from adserver.serving.avail import Card
from media.house_format import SEGMENT_MS, starts_at_ms
from players.playback.break_plan import PlannedBreak
from players.playback.session import Session

GRACE_MS = 10_000
"""What was opened so soon afterwards may still have read the old answer."""


def covers(withdrawn_ms: int | None, opened_ms: int) -> bool:
    """Whether what was opened at ``opened_ms`` falls under a withdrawal (None: there was none)."""
    return withdrawn_ms is not None and opened_ms <= withdrawn_ms + GRACE_MS


def ended_ms(withdrawals: Sequence[int], opened_ms: int) -> int | None:
    """When what was opened at ``opened_ms`` lost the consent; None where it has it still.

    By the first withdrawal that covers it: a later one, after consent was given again, takes back no more
    from it, and must not give back what the first one took.
    """
    return min((one for one in withdrawals if covers(one, opened_ms)), default=None)


def without_place(session: Session) -> Session:
    """``session`` after the withdrawal."""
    return msgspec.structs.replace(session, location_consent=False)


def left_of(plan: PlannedBreak, withdrawn_ms: int) -> PlannedBreak:
    """What stands of a break that was decided before: a place decides nothing that has yet to begin.

    One that begins within a segment's time may be listed already, and what was listed may not change.
    """
    if not plan.cell or starts_at_ms(plan.start) <= withdrawn_ms + SEGMENT_MS:
        return plan
    return msgspec.structs.replace(plan, fills=(), refusals=(), cell="")


def shown_of(plan: PlannedBreak) -> PlannedBreak:
    """What a screen may show of a break that goes on: whose its promotions are, and no card beside them.

    What is listed is played to its end; but a card that a place chose says where the vehicle is.
    """
    if not plan.cell:
        return plan
    fills = (msgspec.structs.replace(fill, card=Card("", "", fill.card.advertiser)) for fill in plan.fills)
    return msgspec.structs.replace(plan, fills=tuple(fills))
