"""One conversation with a vehicle in VISS, whatever carries it: what is asked, what comes, the answer."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from kernel.clock import Clock
from players.feed import complaint, driving_state, signals, viss
from players.feed.acceptance import HEARTBEAT_STALE_MS, SAMPLES_LIMIT, SPEED_STALE_MS, Refusal, Rejection
from players.feed.complaint import Complaint
from players.feed.driving_state import LAPSED
from players.feed.feed import Feed
from players.feed.rate import CONNECTION_PER_S, VEHICLE_PER_S, Bucket
from players.feed.report_vehicle_state import ReportVehicleState
from players.feed.viss import BadMessage, Event, Fault, Reply, Version

BAD_LIMIT = 20
SUBSCRIPTIONS_LIMIT = 64
CHECK_EVERY_MS = 10_000
"""How long a credential that has been revoked may still be heard."""

CHECK_AHEAD_MS = 5_000
"""From then on it is looked up beside what is said."""

_log = logging.getLogger(__name__)
_TOO_FAST = BadMessage(
    Fault.TOO_FAST,
    f"A feed sends at most {CONNECTION_PER_S} messages or samples a second, a vehicle {VEHICLE_PER_S}.",
)


@dataclass(frozen=True, slots=True)
class Ears:
    """What every conversation is wired to.

    Args:
        report: takes what the vehicle says.
        clock: the server's.
        count: told the code of each refused message or sample.
        late: told by how many ms a message came too late.
        offset: told each measurement of a vehicle's clock, in ms ahead of ours.
        enrolled: whether a head unit's credential still stands.
    """

    report: ReportVehicleState
    clock: Clock
    count: Callable[[str], None]
    late: Callable[[int], None]
    offset: Callable[[int], None]
    enrolled: Callable[[str], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is to be done about messages.

    Args:
        answers: the VISS error messages to answer with, where the transport carries answers.
        closing: why the conversation is over; empty while it goes on.
    """

    answers: tuple[bytes, ...] = ()
    closing: str = ""

    def then(self, later: "Outcome") -> "Outcome":
        """This one, and what came of what was said after it."""
        if self is _GOES_ON:
            return later
        return Outcome((*self.answers, *later.answers), self.closing or later.closing)


_GOES_ON = Outcome()


@dataclass(slots=True)
class Conversation:
    """One connected vehicle.

    Args:
        nonce: what no recording can know; the ids of our requests begin with it.
        ask: sends a request to the vehicle.
        unit_id: the head unit that speaks.
    """

    ears: Ears
    feed: Feed
    version: Version
    nonce: str
    ask: Callable[[bytes], Awaitable[None]]
    unit_id: str
    buckets: Sequence[Bucket]
    event_ms: int = -1
    """When the last subscription event came, by our clock."""
    _bad_in_a_row: int = 0
    _requests: int = 0
    _checked_ms: int = 0
    _check: asyncio.Task[None] | None = None
    _told: set[Rejection] = field(default_factory=set)
    _lapse_told: bool = False
    _places: dict[str, str] = field(default_factory=dict)
    """Request id of each subscription to a position, and its subscription id once it is known."""
    _subscriptions: set[str] = field(default_factory=set)

    async def subscribe(self) -> None:
        """Ask for every signal that is used, in place of what was asked for before."""
        for subscription_id in tuple(self._subscriptions):
            await self.ask(viss.unsubscribe(subscription_id, self._request_id()))
        self._subscriptions.clear()
        self._places.clear()
        places = viss.LOCATION_SUBSCRIPTIONS if self.feed.shares_location else ()
        for path, period_ms in viss.SUBSCRIPTIONS + places:
            request_id = self._timed_id()
            if (path, period_ms) in places:
                self._places[request_id] = ""
            vss_version = self.feed.vss_version
            await self.ask(viss.subscribe(path, period_ms, request_id, self.version, vss_version))

    async def ask_the_time(self) -> None:
        """Ask for a signal, so that the reply shows the vehicle's clock, and that it is there."""
        await self.ask(viss.get(signals.SPEED, self._timed_id(), self.feed.vss_version))

    async def take(self, *messages: str | bytes) -> Outcome:
        """Deal with a message, or with all that have come since the last.

        What several tell of the vehicle is judged one after the other, and written once: where messages
        come faster than they are dealt with, the newest does not wait for the writing of those before it.
        But where they hold much, other vehicles are heard in between.
        """
        now_ms = self.ears.clock.now_ms()
        heard: list[Event | BadMessage | None] = []
        outcome, costs = _GOES_ON, 0
        closed: BadMessage | None = None
        for raw in messages:
            closed = await self._unwelcome(now_ms)
            if closed:
                break
            if costs >= SAMPLES_LIMIT:
                outcome = outcome.then(await self._reported(heard, now_ms))
                heard, costs = [], 0
                await asyncio.sleep(0)
            heard.append(self._heard(raw))
            costs += self._charged(heard[-1])
        outcome = outcome.then(await self._reported(heard, now_ms))
        if closed:
            self.ears.count(closed.fault)
            last = complaint.of_message(closed).encode(self.version, now_ms)
            return Outcome((*outcome.answers, last), closed.fault)
        if self._places and not self.feed.shares_location:
            await self._unsubscribe_places()
        if self.feed.clock.due(now_ms):
            await self.ask_the_time()
        return outcome

    def _charged(self, one: Event | BadMessage | None) -> int:
        """What a message costs beyond having come, and in all: as much as it has samples."""
        if isinstance(one, BadMessage):
            samples = SAMPLES_LIMIT if one.fault is Fault.TOO_MANY else len(one.salvaged)
        else:
            samples = len(one.samples) if one else 0
        for bucket in self.buckets if samples > 1 else ():
            bucket.charge(samples - 1)
        return max(1, samples)

    async def _unwelcome(self, now_ms: int) -> BadMessage | None:
        """Why no more is heard of the vehicle, if it is so."""
        for bucket in self.buckets:
            if not bucket.take(now_ms):
                return _TOO_FAST
        since_ms = now_ms - max(self._checked_ms, self.feed.opened_ms)
        if not 0 <= since_ms < CHECK_EVERY_MS:
            if not await self.ears.enrolled(self.unit_id):
                return _REVOKED
            self._checked_ms = now_ms
        elif since_ms >= CHECK_AHEAD_MS and self._check is None:
            self._check = asyncio.create_task(self._check_ahead(now_ms))
        return None

    async def _check_ahead(self, now_ms: int) -> None:
        """Beside what is said: no message need wait for the records. What fails is asked again in time."""
        try:
            if await self.ears.enrolled(self.unit_id):
                self._checked_ms = now_ms
        except Exception:
            _log.warning("whether head unit %s is enrolled still was not told", self.unit_id)
        finally:
            self._check = None

    def _request_id(self) -> str:
        self._requests += 1
        return f"{self.nonce}-{self._requests}"

    def _timed_id(self) -> str:
        request_id = self._request_id()
        self.feed.clock.asked(request_id, self.ears.clock.now_ms())
        return request_id

    async def _unsubscribe_places(self) -> None:
        """The owner has taken the consent back: ask for no more positions, where the vehicle named them."""
        for request_id, subscription_id in self._places.items():
            if subscription_id:
                self._subscriptions.discard(subscription_id)
                await self.ask(viss.unsubscribe(subscription_id, f"{request_id}-end"))
        self._places.clear()

    def _heard(self, raw: str | bytes) -> Event | BadMessage | None:
        """What a message tells of the vehicle, or is wrong with it; None where it is neither."""
        try:
            message = viss.decode(raw)
        except BadMessage as problem:
            self.ears.count(problem.fault)
            return problem
        if message.error:
            self.ears.count(Fault.VEHICLE_ERROR)
        if isinstance(message, Reply):
            self._replied(message)
            return None
        self.event_ms = self.ears.clock.now_ms()
        return message if message.samples else None

    async def _reported(self, heard: Sequence[Event | BadMessage | None], now_ms: int) -> Outcome:
        """Report the events; the complaints about all, in the order in which they came."""
        told = [one.samples for one in heard if isinstance(one, Event)]
        reported = iter(await self.ears.report.all_of(self.feed, told) if told else ())
        answers: list[bytes] = []
        closing = ""
        for one in heard:
            wrong, useful, subscription_id = None, False, ""
            if isinstance(one, Event):
                of_event = next(reported)
                wrong, useful = self._complaint(one, of_event.refusals), of_event.accepted > 0
                subscription_id = one.subscription_id
            elif one is not None:
                wrong = complaint.of_message(one)
                if one.salvaged:
                    await self.ears.report(self.feed, one.salvaged, may_loosen=False)
            self._bad_in_a_row = 0 if useful or not wrong else self._bad_in_a_row + 1
            if wrong:
                answers.append(wrong.encode(self.version, now_ms, subscription_id))
            if self._bad_in_a_row > BAD_LIMIT:
                closing = "too-many-bad-messages"
        if told and not self._lapse_told and (lapse := self._lapse(now_ms)):
            self._lapse_told = True
            answers.append(lapse.encode(self.version, now_ms))
        return Outcome(tuple(answers), closing) if answers else _GOES_ON

    def _replied(self, reply: Reply) -> None:
        if reply.request_id in self._places:
            self._places[reply.request_id] = reply.subscription_id
        ours = reply.request_id.startswith(f"{self.nonce}-")
        if ours and reply.subscription_id and len(self._subscriptions) < SUBSCRIPTIONS_LIMIT:
            self._subscriptions.add(reply.subscription_id)
        found = self.feed.clock.answered(reply.request_id, reply.stamp, self.ears.clock.now_ms())
        if found is not None:
            self.ears.offset(found.middle_ms)
            if not found.correctable:
                self.ears.count(Fault.CLOCK_TOO_FAR_OFF)

    def _complaint(self, event: Event, refusals: Sequence[Refusal]) -> Complaint | None:
        """The first loud refusal; and once each that it comes too late, or has a signal that is not known."""
        if not refusals:
            return None
        late_ms = self.ears.clock.now_ms() - event.samples[-1].vehicle_ms
        if late_ms > SPEED_STALE_MS and any(one.reason is Rejection.TOO_OLD for one in refusals):
            self.ears.late(late_ms)
            if self._first(Rejection.TOO_OLD):
                return complaint.of_lateness(late_ms)
        loud = [refusal for refusal in refusals if refusal.reason not in complaint.QUIET]
        known = [refusal for refusal in loud if refusal.reason is not Rejection.UNKNOWN_PATH]
        if known:
            return complaint.of_sample(known[0])
        return complaint.of_sample(loud[0]) if loud and self._first(Rejection.UNKNOWN_PATH) else None

    def _lapse(self, now_ms: int) -> Complaint | None:
        """That something is missing without which the vehicle never parks; not before it may have come."""
        feed = self.feed
        if feed.judged is None or now_ms - feed.opened_ms <= HEARTBEAT_STALE_MS:
            return None
        (_, rule, *_), _ = feed.judged[1]
        if rule != LAPSED:
            return None
        paths = driving_state.lapsed(feed.state, now_ms)
        return complaint.of_lapse([signals.name_in(path, feed.vss_version) for path in paths])

    def _first(self, reason: Rejection) -> bool:
        first = reason not in self._told
        self._told.add(reason)
        return first


_REVOKED = BadMessage(Fault.REVOKED, "This head unit's credential has been revoked.")
