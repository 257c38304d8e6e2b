"""What a vehicle was shown, and its decided avails, in Redis, all in the vehicle's slot ``{veh:<subject>}``.

``{veh:<subject>}:plan:<avail>`` (hash: ``plan``, MessagePack; its ``version``; ``sure``, once it is) and
``{veh:<subject>}:seen`` (hash: ``log`` and ``drive``, MessagePack; the ``version`` of the log; ``gone``, for
a day, of a vehicle that was removed).
"""

import logging
from collections.abc import Sequence
from typing import Any

import msgspec
from redis.asyncio import Redis

from adserver.adapters.redis_budgets import reserving
from adserver.adapters.redis_scripts import Call, run
from adserver.billing.budget import Claim
from adserver.serving.frequency import DAY_MS, NEVER, Drive, decode
from adserver.serving.kept import Commit, Committed, Kept, Log, Looked, Plan

# Longer than anybody asks for one avail again: that of a channel for as long as it stands in a window, those
# of a play on demand while it is being opened. What players keep of the answer, they keep themselves.
PLAN_TTL_MS = 3_600_000

_log = logging.getLogger(__name__)
_ENCODER = msgspec.msgpack.Encoder()
_PLAN, _DRIVE = msgspec.msgpack.Decoder(Plan), msgspec.msgpack.Decoder(Drive)


class RedisCaps:
    """Implements :class:`adserver.ports.Caps`."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def look(self, subject: str, avail_id: str) -> Looked:
        """See the port."""
        (told,) = await run(self._redis, [Call("look", _keys(subject, avail_id), ())])
        return Looked(_kept(told), _logged(told[3:]))

    async def commit(self, subject: str, commit: Commit, now_ms: int) -> tuple[list[Claim], Committed]:
        """See the port.

        Redis takes the calls of a connection in their order: whoever sees the plan comes after its claims.
        """
        calls = [*reserving(commit.plan.claims, now_ms), _committing(subject, commit, now_ms)]
        *claims, (word, *told) = await run(self._redis, calls)
        found = [Claim(claim.decode()) for claim in claims]
        if word == b"kept":
            kept = Kept(commit.plan, told[0].decode(), not claims)
            return found, Committed(ours=True, kept=kept, log=commit.by)
        return found, Committed(ours=False, kept=_kept(told), log=_logged(told[3:]))

    async def confirm(self, subject: str, kept: Kept) -> bool:
        """See the port."""
        key = _keys(subject, kept.plan.served.avail_id)[:1]
        (stood,) = await run(self._redis, [Call("confirm", key, (kept.version,))])
        return bool(stood)

    async def forget(self, subject: str) -> None:
        """See the port."""
        _, seen = _keys(subject, "")
        pipe = self._redis.pipeline(transaction=True)
        pipe.delete(seen)
        pipe.hset(seen, "gone", 1)
        pipe.pexpire(seen, DAY_MS)
        await pipe.execute()


def _committing(subject: str, commit: Commit, now_ms: int) -> Call:
    changed = commit.seen is not commit.by.seen or commit.replaces is not None
    args = (
        _ENCODER.encode(commit.plan),
        PLAN_TTL_MS,
        int(not commit.plan.claims),
        commit.replaces.version if commit.replaces else "",
        commit.by.version,
        commit.seen.encode() if changed else "",
        _ENCODER.encode(commit.drive),
        max(commit.seen.until_ms - now_ms, DAY_MS),
    )
    return Call("commit", _keys(subject, commit.plan.served.avail_id), args)


def _kept(told: Sequence[Any]) -> Kept | None:
    plan, version, sure = told[:3]
    return Kept(_PLAN.decode(plan), version.decode(), bool(sure)) if plan else None


def _logged(told: Sequence[Any]) -> Log:
    log, version, drive = told
    try:
        seen = decode(log)
    except msgspec.MsgspecError:
        # It may be shown as often as caps allow once more; else nothing would ever be shown to it again.
        _log.exception("what a vehicle was shown cannot be read, and begins anew")
        seen = NEVER
    return Log(seen, (version or b"0").decode(), _DRIVE.decode(drive) if drive else Drive())


def _keys(subject: str, avail_id: str) -> tuple[str, str]:
    tag = f"{{veh:{subject}}}"
    return f"{tag}:plan:{avail_id}", f"{tag}:seen"
