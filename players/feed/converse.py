"""One conversation with a vehicle in VISS, whatever carries it: what is asked, what comes, the answer."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from kernel.clock import Clock
from players.feed import signals, viss
from players.feed.feed import Feed
from players.feed.rate import CONNECTION_PER_S, VEHICLE_PER_S, Bucket
from players.feed.report_vehicle_state import ReportVehicleState
from players.feed.vehicle_state import SPEED_STALE_MS, Refusal, Rejection
from players.feed.viss import BadMessage, Complaint, Event, Fault, Reply, Version

BAD_LIMIT = 20
SUBSCRIPTIONS_LIMIT = 64
CHECK_EVERY_MS = 10_000
"""How long a credential that has been revoked may still be heard."""

_TOO_FAST = BadMessage(
    Fault.TOO_FAST, f"A feed sends at most {CONNECTION_PER_S} messages a second, a vehicle {VEHICLE_PER_S}."
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
    """

    report: ReportVehicleState
    clock: Clock
    count: Callable[[str], None]
    late: Callable[[int], None]
    offset: Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is to be done about a message.

    Args:
        answer: the VISS error message to answer with, where the transport carries answers.
        closing: why the conversation is over; empty while it goes on.
    """

    answer: bytes | None = None
    closing: str = ""


_GOES_ON = Outcome()


@dataclass(slots=True)
class Conversation:
    """One connected vehicle.

    Args:
        nonce: what no recording can know; the ids of our requests begin with it.
        ask: sends a request to the vehicle.
        enrolled: whether the head unit's credential still stands.
    """

    ears: Ears
    feed: Feed
    version: Version
    nonce: str
    ask: Callable[[bytes], Awaitable[None]]
    enrolled: Callable[[], Awaitable[bool]]
    buckets: Sequence[Bucket]
    event_ms: int = -1
    """When the last subscription event came, by our clock."""
    _bad_in_a_row: int = 0
    _requests: int = 0
    _checked_ms: int = 0
    _told: set[Rejection] = field(default_factory=set)
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

    async def take(self, raw: str | bytes) -> Outcome:
        """Deal with a message."""
        now_ms = self.ears.clock.now_ms()
        if not all(bucket.take(now_ms) for bucket in self.buckets):
            return self._closed(_TOO_FAST)
        if not 0 <= now_ms - max(self._checked_ms, self.feed.opened_ms) < CHECK_EVERY_MS:
            if not await self.enrolled():
                return self._closed(_REVOKED)
            self._checked_ms = now_ms
        complaint, useful, subscription_id = await self._heard(raw)
        self._bad_in_a_row = 0 if useful or not complaint else self._bad_in_a_row + 1
        if self._places and not self.feed.shares_location:
            await self._unsubscribe_places()
        if self.feed.clock.due(now_ms):
            await self.ask_the_time()
        answer = complaint.encode(self.version, now_ms, subscription_id) if complaint else None
        closing = "too-many-bad-messages" if self._bad_in_a_row > BAD_LIMIT else ""
        return Outcome(answer, closing) if answer else _GOES_ON

    def _closed(self, problem: BadMessage) -> Outcome:
        self.ears.count(problem.fault)
        answer = viss.of_message(problem).encode(self.version, self.ears.clock.now_ms())
        return Outcome(answer, problem.fault)

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

    async def _heard(self, raw: str | bytes) -> tuple[Complaint | None, bool, str]:
        """What to complain of, whether any sample was accepted, and the subscription that it came by."""
        try:
            message = viss.decode(raw)
        except BadMessage as problem:
            self.ears.count(problem.fault)
            return viss.of_message(problem), False, ""
        if message.error:
            self.ears.count(Fault.VEHICLE_ERROR)
        if isinstance(message, Reply):
            self._replied(message)
            return None, False, ""
        self.event_ms = self.ears.clock.now_ms()
        if not message.samples:
            return None, False, ""
        reported = await self.ears.report(self.feed, message.samples)
        return self._complaint(message, reported.refusals), reported.accepted > 0, message.subscription_id

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
        late_ms = self.ears.clock.now_ms() - event.samples[-1].vehicle_ms
        if late_ms > SPEED_STALE_MS and any(one.reason is Rejection.TOO_OLD for one in refusals):
            self.ears.late(late_ms)
            if self._first(Rejection.TOO_OLD):
                return viss.of_lateness(late_ms)
        loud = [refusal for refusal in refusals if refusal.reason not in viss.QUIET]
        known = [refusal for refusal in loud if refusal.reason is not Rejection.UNKNOWN_PATH]
        if known:
            return viss.of_sample(known[0])
        return viss.of_sample(loud[0]) if loud and self._first(Rejection.UNKNOWN_PATH) else None

    def _first(self, reason: Rejection) -> bool:
        first = reason not in self._told
        self._told.add(reason)
        return first


_REVOKED = BadMessage(Fault.REVOKED, "This head unit's credential has been revoked.")
