"""Sessions in Redis beside their vehicle's state, so that a pull reads all in one round trip."""

from collections.abc import Sequence
from pathlib import Path

from redis.asyncio import Redis

from players import break_plan, card, session, vehicle_state
from players.adapters import redis_keys
from players.break_plan import PlannedBreak
from players.card import SHOWN_FOR_MS, ShownCard
from players.ports import Playback, Screen
from players.session import SESSION_MS, Session

PLANS_KEPT = 16
"""More breaks than a window and its near future can touch; a plan that is lost is decided the same."""

_KEEP = (Path(__file__).parent / "lua" / "keep_plan.lua").read_text()


class RedisSessions:
    """Implements :class:`players.ports.Sessions`."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._keep = redis.register_script(_KEEP)

    async def open(self, session: Session) -> None:
        """See the port."""
        key = redis_keys.session(session.vehicle_id, session.session_id)
        await self._redis.set(key, session.encode(), px=SESSION_MS)

    async def playback(self, vehicle_id: str, session_id: str, break_ids: Sequence[str]) -> Playback:
        """See the port."""
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.mget(redis_keys.state(vehicle_id), redis_keys.session(vehicle_id, session_id))
            if break_ids:
                pipe.hmget(redis_keys.plans(vehicle_id, session_id), list(break_ids))
            (state, opened), *plans = await pipe.execute()
        found = plans[0] if plans else ()
        return Playback(
            state=vehicle_state.decode(state),
            session=session.decode(opened) if opened else None,
            plans={
                key: break_plan.decode(data)
                for key, data in zip(break_ids, found, strict=bool(plans))
                if data is not None
            },
        )

    async def screen(self, vehicle_id: str, session_id: str) -> Screen:
        """See the port."""
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.mget(
                redis_keys.state(vehicle_id),
                redis_keys.session(vehicle_id, session_id),
                redis_keys.card(vehicle_id, session_id),
            )
            pipe.hvals(redis_keys.plans(vehicle_id, session_id))
            (state, opened, shown), plans = await pipe.execute()
        return Screen(
            state=vehicle_state.decode(state),
            session=session.decode(opened) if opened else None,
            plans=tuple(sorted(map(break_plan.decode, plans), key=lambda plan: plan.start)),
            card=card.decode(shown) if shown else None,
        )

    async def keep_plan(
        self, vehicle_id: str, session_id: str, plan: PlannedBreak
    ) -> tuple[PlannedBreak, bool]:
        """See the port."""
        kept = await self._keep(
            keys=[
                redis_keys.plans(vehicle_id, session_id),
                redis_keys.plan_order(vehicle_id, session_id),
            ],
            args=[plan.break_id, plan.encode(), SESSION_MS, PLANS_KEPT],
        )
        return (plan, True) if kept is None else (break_plan.decode(kept), False)

    async def claim_card(self, vehicle_id: str, session_id: str, for_ms: int) -> bool:
        """See the port."""
        key = redis_keys.card_claim(vehicle_id, session_id)
        return bool(await self._redis.set(key, b"1", px=for_ms, nx=True))

    async def keep_card(self, vehicle_id: str, session_id: str, card: ShownCard) -> None:
        """See the port."""
        await self._redis.set(redis_keys.card(vehicle_id, session_id), card.encode(), px=SHOWN_FOR_MS)
