"""The event stream of a screen: what changes is pushed, and so is what silence alone changes."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from msgspec.structs import replace

from kernel.clock import Clock
from players.feed import motion_policy, vehicle_state
from players.feed.market_policy import Policies
from players.feed.motion_policy import Cards, Grounds, strictest
from players.feed.note_silence import heard_ms, mark
from players.feed.record_switch import Cause, RecordSwitch
from players.feed.vehicle_state import VehicleState
from players.playback import events
from players.playback.card import SHOWN_FOR_MS
from players.playback.choose_card import ChooseCard
from players.playback.events import Event, StateEvent
from players.playback.read_report import ReadReport, Seen
from players.playback.session import Grant, Session
from players.ports import Inbox, Notice, Push, VehicleStates

RENEW_MS = 2_000
PING_MS = 10_000
CARD_RETRY_MS = 5_000
WRITTEN_MS = 500
"""When to look whether what was warned of is written, where no notice says so."""
PING = Event("ping", b"{}")
"""Keeps the connection open, and tells a screen that it still is: a page is not told of comments."""

_log = logging.getLogger(__name__)
_CONCERNS_ALL = frozenset({"state", "warning", "lost"})
_HOLDS_STATE = frozenset({"state", "warning"})
_CONCERNS_SESSION = frozenset({"break", "card"})


@dataclass(frozen=True, slots=True)
class WatchSession:
    """Stream a session's events.

    A state that permits pictures is sent every two seconds, because the lease in it is short:
    silence on this stream takes the picture away.
    """

    read_report: ReadReport
    choose_card: ChooseCard
    push: Push
    clock: Clock
    record: RecordSwitch
    states: VehicleStates
    policies: Policies

    async def __call__(self, grant: Grant) -> AsyncGenerator[Event, None]:
        """Everything that is so now, then every change, until the session ends.

        Raises:
            NotFound: ``session-unknown``, before the first event.
        """
        async with self.push.listen(grant.vehicle_id) as inbox:
            watch = _Watch(self, grant, inbox)
            try:
                while self.clock.now_ms() < grant.expires_at_ms:
                    for event in await watch.look():
                        yield event
                    look = False
                    while not look:
                        notice = await watch.wait()
                        for event in watch.withdrawn(notice):
                            yield event
                        look = notice is None or notice.kind != "warning"
            finally:
                await watch.close()


def _of_screen(state: StateEvent) -> object:
    """What a screen is told at once when it changes."""
    return state.driving_state, state.video, state.day_night, state.cards, state.place


@dataclass(slots=True)
class _Watch:
    """One open stream: what it has told, and when it must look again."""

    verb: WatchSession
    grant: Grant
    inbox: Inbox
    _look_at_ms: int = 0
    _told: dict[str, object] = field(default_factory=dict)
    _sent_ms: int = 0
    _state_sent_ms: int = 0
    _offer_at_ms: int = 0
    _choosing: asyncio.Task[object] | None = None
    _judged: tuple[VehicleState, Grounds] | None = None
    _session: Session | None = None
    _cards: Cards = Cards.NO
    """What the last look permitted, or a notice since."""
    _warned: VehicleState | None = None
    """A state that withholds the picture, and was not found to be written yet."""

    async def look(self) -> list[Event]:
        """What has not been told yet."""
        seen = await self.verb.read_report(self.grant)
        now_ms, self._session, self._cards = seen.report.state.at_ms, seen.session, seen.report.state.cards
        await self._note_silence(seen.state, now_ms)
        found = list(self._news(seen, self._believed(seen, now_ms), now_ms))
        if not found and now_ms - self._sent_ms >= PING_MS:
            found = [PING]
        if found:
            self._sent_ms = now_ms
        self._offer_card(seen, now_ms)
        self._look_at_ms = self._next_look_ms(seen, now_ms)
        return found

    async def _note_silence(self, state: VehicleState, now_ms: int) -> None:
        """Record a switch that no report brought about: the same evidence, judged otherwise than before.

        Each screen of the vehicle notices it; one records it.
        """
        before, judged = self._judged, motion_policy.grounds(self.verb.policies, state, now_ms)
        self._judged = state, judged
        if before is None or before[0] != state or before[1] == judged:
            return
        verb, grant = self.verb, self.grant
        if await verb.states.claim_switch(grant.vehicle_id, state, mark(judged)):
            verb.record(grant.vehicle_id, state, Cause.SILENCE, now_ms, grant.session_id)

    def _believed(self, seen: Seen, now_ms: int) -> StateEvent:
        """What was looked up; but while that is from before a warning, what the warning said."""
        warned, looked_up = self._warned, seen.report.state
        if warned is None:
            return looked_up
        if seen.state == warned or (heard_ms(seen.state) or 0) > (heard_ms(warned) or 0):
            self._warned = None
            return looked_up
        verb = self.verb
        state = events.state_event(verb.policies, warned, seen.session, verb.read_report.signer, now_ms)
        # No time makes a warning permit anything; what was looked up is as old by then.
        return looked_up if state.video.permitted else self._loosening_nothing(state)

    def _loosening_nothing(self, state: StateEvent) -> StateEvent:
        """A state that a notice told: no card stands by it that did not before."""
        return replace(state, cards=strictest(state.cards, self._cards))

    def _news(self, seen: Seen, state: StateEvent, now_ms: int) -> Iterator[Event]:
        report = seen.report.permitted(state)
        renewal = state.video.permitted and now_ms - self._state_sent_ms >= RENEW_MS
        if self._changed("state", _of_screen(state)) or renewal:
            self._state_sent_ms = now_ms
            yield events.encode("state", state)
        for one in report.breaks:
            if self._changed(f"break {one.break_id}", one):
                yield events.encode("break", one)
        if self._changed("card", report.card):
            yield events.encode("card", report.card)

    def _changed(self, topic: str, value: object) -> bool:
        if topic in self._told and self._told[topic] == value:
            return False
        self._told[topic] = value
        return True

    def _next_look_ms(self, seen: Seen, now_ms: int) -> int:
        moments = [self._sent_ms + PING_MS, self.grant.expires_at_ms, self._offer_at_ms]
        if seen.report.state.video.permitted and not self._warned:
            moments.append(self._state_sent_ms + RENEW_MS)
        if self._warned:
            moments.append(now_ms + WRITTEN_MS)
        change = motion_policy.assess(self.verb.policies, seen.state, now_ms).next_change_at_ms
        if change is not None:
            moments.append(change)
        if seen.report.card:
            moments.append(seen.report.card.chosen_ms + SHOWN_FOR_MS)
        return min(moments)

    async def wait(self) -> Notice | None:
        """Until a notice concerns this session, or time alone may have changed something."""
        while (left_ms := self._look_at_ms - self.verb.clock.now_ms()) > 0:
            notice = await self.inbox.get(left_ms / 1000)
            if notice is None or notice.kind in _CONCERNS_ALL:
                return notice
            if notice.kind in _CONCERNS_SESSION and notice.session_id == self.grant.session_id:
                return notice
        return None

    def withdrawn(self, notice: Notice | None) -> list[Event]:
        """That the picture is withheld, where a notice holds the state that withholds it: before any look.

        Nothing is ever permitted by a notice: for that the state is looked up. So it is afterwards, but for a
        mere warning, as what is kept may be from before it.
        """
        if notice is None or notice.kind not in _HOLDS_STATE or not notice.data or self._session is None:
            return []
        verb, now_ms = self.verb, self.verb.clock.now_ms()
        told = vehicle_state.decode(notice.data)
        state = events.state_event(verb.policies, told, self._session, verb.read_report.signer, now_ms)
        if state.video.permitted:
            return []
        if notice.kind == "warning":
            self._warned, self._look_at_ms = told, min(self._look_at_ms, now_ms + WRITTEN_MS)
        state = self._loosening_nothing(state)
        self._cards = state.cards
        if not self._changed("state", _of_screen(state)):
            return []
        self._sent_ms = self._state_sent_ms = now_ms
        return [events.encode("state", state)]

    def _offer_card(self, seen: Seen, now_ms: int) -> None:
        """Beside the stream, so that a slow ad server never delays a lock."""
        if now_ms < self._offer_at_ms:
            return
        self._offer_at_ms = now_ms + CARD_RETRY_MS
        if self._choosing is None or self._choosing.done():
            self._choosing = asyncio.create_task(self._choose(seen))

    async def _choose(self, seen: Seen) -> None:
        try:
            await self.verb.choose_card(seen.session, seen.state, seen.card)
        except Exception:
            _log.exception("no card for session %s", seen.session.session_id)

    async def close(self) -> None:
        """End what runs beside the stream."""
        if self._choosing:
            self._choosing.cancel()
            with suppress(asyncio.CancelledError):
                await self._choosing
