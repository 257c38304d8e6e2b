"""What is kept of a vehicle's avails: plans that stand, and the log of what it was shown.

A plan and the log with its exposures are kept at once, right after its claims were made and before it is
known what became of those. So a plan that stands may lack a claim; until it is sure, whoever finds it claims
what it needs (docs/decisions/0030).
"""

import msgspec

from adserver.billing.budget import RESERVATION_TTL_MS, Reservation
from adserver.serving.avail import ServedBreak
from adserver.serving.frequency import NEVER, Drive, Seen


class Plan(msgspec.Struct, frozen=True):
    """An answer to an avail with what it stands on.

    Args:
        claims: on budgets, one for each fill.
        names: what its exposures were counted by.
        drive_ms: when the drive began that they were counted in.
    """

    served: ServedBreak
    claims: tuple[Reservation, ...] = ()
    names: tuple[str, ...] = ()
    drive_ms: int = 0


class Kept(msgspec.Struct, frozen=True):
    """A plan that stands.

    Args:
        version: no other plan or log of the vehicle ever has the same.
        sure: nobody replaces it any more.
    """

    plan: Plan
    version: str
    sure: bool = False

    def certain(self, now_ms: int) -> bool:
        """Whether it is the answer, without asking further.

        An old one is: who decided it has its claims, or was cut off; and they may have been given back since.
        """
        return self.sure or now_ms - self.plan.served.decided_ms >= RESERVATION_TTL_MS


class Log(msgspec.Struct, frozen=True):
    """What a vehicle was shown, and the drive that it was last heard in."""

    seen: Seen = NEVER
    version: str = "0"
    drive: Drive = Drive()

    def without(self, plan: Plan) -> "Log":
        """As it would be had that plan never been kept."""
        back = self.seen.but_these(plan.names, plan.served.decided_ms, plan.drive_ms)
        return msgspec.structs.replace(self, seen=back)


class Looked(msgspec.Struct, frozen=True):
    """A vehicle at one moment: the plan that stands for an avail, if one does, and its log."""

    kept: Kept | None
    log: Log


class Committed(msgspec.Struct, frozen=True):
    """What became of a plan.

    Args:
        ours: it stands.
        kept: what stands: ours or another; None where ours was decided by a log that is not the newest.
        log: where it is not ours: as it is now.
    """

    ours: bool
    kept: Kept | None
    log: Log


class Commit(msgspec.Struct, frozen=True):
    """A plan that is to stand.

    Args:
        plan: with its claims.
        by: the log that it was decided by.
        seen: the log with it.
        drive: that it is shown in.
        replaces: a plan that is not sure, and cannot be kept to.
    """

    plan: Plan
    by: Log
    seen: Seen
    drive: Drive
    replaces: Kept | None = None
