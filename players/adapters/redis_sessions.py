"""Sessions in Redis beside their vehicle's state, so that a pull reads all in one round trip."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self, cast

from msgspec.structs import replace
from redis.asyncio import Redis

from media.timeline import WINDOW_SEGMENTS
from players.adapters import redis_keys
from players.adapters.batched_reads import BatchedReads
from players.adapters.batches import Batches
from players.adapters.redis_revocations import standing
from players.adapters.remembered import Remembered
from players.feed import consent, vehicle_state
from players.playback import break_plan, card
from players.playback import session as sessions
from players.playback.break_plan import PlannedBreak
from players.playback.card import SHOWN_FOR_MS, ShownCard
from players.playback.session import SESSION_MS, Session
from players.ports import Playback, PlaybackRead, Screen

PLAN_TTL_MS = 3_600_000
LOOKS_LIMIT = 250
"""Screens whose plans one command names."""
SESSIONS_REMEMBERED = 20_000
_ABOUT_NOW = 2 * WINDOW_SEGMENTS
"""Whoever reads the plan of a break to come still lists what ended this many segments before it."""
PLANS_TOLD = 16
"""More breaks than a window and its near future can touch."""

_LUA = Path(__file__).parent / "lua"
_KEEP = (_LUA / "keep_plan.lua").read_text()
_RECLAIM = (_LUA / "reclaim.lua").read_text()


@dataclass(frozen=True, slots=True)
class _Told:
    """A session as its owner's consent leaves it; ``withdrawn_ms`` where it was taken back since."""

    session: Session | None
    withdrawn_ms: int | None = None

    @classmethod
    def of(cls, found: Session | None, private: bytes | None) -> Self:
        if found is None or not private:
            return cls(found)
        withdrawn_ms = consent.ended_ms([int(one) for one in private.split()], found.opened_ms)
        return cls(found) if withdrawn_ms is None else cls(consent.without_place(found), withdrawn_ms)

    def plan(self, plan: PlannedBreak) -> PlannedBreak:
        return plan if self.withdrawn_ms is None else consent.left_of(plan, self.withdrawn_ms)

    def shown(self, plan: PlannedBreak) -> PlannedBreak:
        return plan if self.withdrawn_ms is None else consent.shown_of(self.plan(plan))


@dataclass(slots=True)
class _Kept:
    """What was read of a session and never changes, with the plans of the breaks about now."""

    session: Session | None
    plans: dict[str, PlannedBreak] = field(default_factory=dict)

    def settles(self, break_ids: Sequence[str], listed: Sequence[str]) -> bool:
        """Whether the plans of ``break_ids`` are known, and the owner's consent can empty none any more."""
        for break_id in break_ids:
            plan = self.plans.get(break_id)
            # One that has yet to begin is asked about when it does.
            if plan is None or (plan.cell and break_id in listed):
                return False
        return True

    def add(self, plans: Iterable[PlannedBreak]) -> None:
        for plan in plans:
            past = [one for one in self.plans.values() if one.start + one.segments < plan.start - _ABOUT_NOW]
            for one in past:
                del self.plans[one.break_id]
            # Why others were not chosen is most of a plan, and nothing to a pull.
            self.plans[plan.break_id] = replace(plan, refusals=())

    def settle(self, listed: Sequence[str]) -> None:
        """What is listed while the consent stands was begun with it: no later withdrawal takes it back."""
        for break_id in listed:
            plan = self.plans.get(break_id)
            if plan is not None and plan.cell:
                self.plans[break_id] = replace(plan, cell="")


class RedisSessions:
    """Implements :class:`players.ports.Sessions`.

    A session never changes once it is open, and neither does a plan that is kept: what was read of
    them is remembered. The vehicle's state is read afresh each time where a picture is asked for, and with it
    which head units were revoked; the owner's consent for as long as it may still change something.

    Args:
        redis: for what is written.
        reads: for what every pull reads.
        lists: for what a screen's look reads besides; it gives up soon, too.
    """

    def __init__(self, redis: Redis, reads: BatchedReads | None = None, lists: Redis | None = None) -> None:
        self._redis = redis
        self._lists = lists or redis
        self._read = reads or BatchedReads(redis)
        self._kept: Remembered[_Kept] = Remembered(SESSIONS_REMEMBERED)
        self._keep = redis.register_script(_KEEP)
        self._reclaim = redis.register_script(_RECLAIM)
        self._plan_names = Batches(self._plan_names_all, LOOKS_LIMIT)

    async def open(self, session: Session) -> Session:
        """See the port."""
        key = redis_keys.session(session.vehicle_id, session.session_id)
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.set(key, session.encode(), px=SESSION_MS, nx=True)
            pipe.get(key)
            _, kept = await pipe.execute()
        return sessions.decode(kept)

    async def playback(
        self,
        vehicle_id: str,
        session_id: str,
        break_ids: Sequence[str],
        *,
        state: bool = True,
        listed: Sequence[str] | None = None,
    ) -> Playback:
        """See the port."""
        found = self.reading(vehicle_id, session_id, break_ids, state=state, listed=listed)
        return found if isinstance(found, Playback) else found.told(await found.values)

    def reading(
        self,
        vehicle_id: str,
        session_id: str,
        break_ids: Sequence[str],
        *,
        state: bool = True,
        listed: Sequence[str] | None = None,
    ) -> Playback | PlaybackRead:
        """See the port."""
        kept = self._kept.get(session_id)
        if kept is None or listed is None or not kept.settles(break_ids, listed):
            return self._asking(vehicle_id, session_id, break_ids, state=state, listed=listed or ())
        opened, plans = kept.session, kept.plans
        if not state:
            return Playback(None, opened, plans)
        values = self._read.asked((redis_keys.state(vehicle_id), redis_keys.revoked(vehicle_id)))
        return PlaybackRead(values, lambda found: Playback(found[0], standing(opened, found[1]), plans))

    def _asking(
        self,
        vehicle_id: str,
        session_id: str,
        break_ids: Sequence[str],
        *,
        state: bool,
        listed: Sequence[str],
    ) -> PlaybackRead:
        """What is not remembered, or may have changed by the owner's consent."""
        of_session = redis_keys.session(vehicle_id, session_id)
        known = self._kept.get(session_id) or _Kept(None)
        unread = [break_id for break_id in break_ids if break_id not in known.plans]
        keys = [redis_keys.private(vehicle_id), *(redis_keys.plan_of(of_session, name) for name in unread)]
        if state:
            keys += redis_keys.revoked(vehicle_id), redis_keys.state(vehicle_id)
        if known.session is None:
            keys.append(of_session)

        def finish(values: Sequence[bytes | None]) -> Playback:
            kept, found = known, list(values)
            if kept.session is None and (data := found.pop()):
                kept = self._kept.put(session_id, _Kept(sessions.decode(data)))
            kept_state, revoked = (found.pop(), found.pop()) if state else (None, None)
            kept.add(break_plan.decode(data) for data in found[1:] if data is not None)
            told = _Told.of(kept.session, found[0])
            if found[0] is None:
                kept.settle(listed)
            plans = {name: told.plan(kept.plans[name]) for name in break_ids if name in kept.plans}
            return Playback(kept_state, standing(told.session, revoked), plans)

        return PlaybackRead(self._read.asked(keys), finish)

    async def screen(self, vehicle_id: str, session_id: str) -> Screen:
        """See the port; two round trips, shared with other screens and pulls."""
        names = await self._plan_names(redis_keys.plan_order(vehicle_id, session_id))
        state, opened, private, revoked, shown, *plans = await self._read(
            [
                redis_keys.state(vehicle_id),
                redis_keys.session(vehicle_id, session_id),
                redis_keys.private(vehicle_id),
                redis_keys.revoked(vehicle_id),
                redis_keys.card(vehicle_id, session_id),
                *(redis_keys.plan(vehicle_id, session_id, name.decode()) for name in names),
            ]
        )
        told = _Told.of(sessions.decode(opened) if opened else None, private)
        return Screen(
            state=vehicle_state.decode(state),
            session=standing(told.session, revoked),
            plans=tuple(told.shown(break_plan.decode(data)) for data in plans if data is not None),
            # Every card is chosen by a place.
            card=card.decode(shown) if shown and told.withdrawn_ms is None else None,
        )

    async def _plan_names_all(self, keys: Sequence[str]) -> list[list[bytes]]:
        async with self._lists.pipeline(transaction=False) as pipe:
            for key in keys:
                pipe.lrange(key, 0, -1)
            return cast("list[list[bytes]]", await pipe.execute())

    async def keep_plan(
        self, vehicle_id: str, session_id: str, plan: PlannedBreak
    ) -> tuple[PlannedBreak, bool]:
        """See the port."""
        kept = await self._keep(
            keys=[
                redis_keys.plan(vehicle_id, session_id, plan.break_id),
                redis_keys.plan_order(vehicle_id, session_id),
            ],
            args=[plan.break_id, plan.encode(), PLAN_TTL_MS, PLANS_TOLD],
        )
        return (plan, True) if kept is None else (break_plan.decode(kept), False)

    async def claim_card(self, vehicle_id: str, session_id: str, for_ms: int) -> bool:
        """See the port."""
        key = redis_keys.card_claim(vehicle_id, session_id)
        return bool(await self._redis.set(key, b"1", px=for_ms, nx=True))

    async def claim_replacement(self, vehicle_id: str, session_id: str, card: ShownCard, for_ms: int) -> bool:
        """See the port: the claim of a card that stands names it."""
        claim = redis_keys.card_claim(vehicle_id, session_id)
        return bool(await self._reclaim(keys=[claim], args=[card.fill.fill_id, b"1", for_ms]))

    async def drop_card(self, vehicle_id: str, session_id: str) -> None:
        """See the port."""
        await self._redis.delete(redis_keys.card(vehicle_id, session_id))

    async def keep_card(self, vehicle_id: str, session_id: str, card: ShownCard) -> None:
        """See the port."""
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.set(redis_keys.card(vehicle_id, session_id), card.encode(), px=SHOWN_FOR_MS)
            pipe.set(redis_keys.card_claim(vehicle_id, session_id), card.fill.fill_id, px=SHOWN_FOR_MS)
            await pipe.execute()
