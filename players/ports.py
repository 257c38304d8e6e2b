"""What the verbs ask of the world; what playing alone asks is in :mod:`players.playback.ports`."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

import msgspec

from adserver.serving.avail import Location
from geotarget.course import Course
from geotarget.fence import Stay
from players.feed import vehicle_state
from players.feed.acceptance import Reading
from players.feed.feed import Place, Swapped
from players.feed.head_unit import Enrolment, EnrolmentCode, HeadUnit, Vehicle
from players.feed.market import MarketChange
from players.feed.switch import Cursor, KeptSwitch, Page, Sought
from players.feed.vehicle_state import VehicleState
from players.playback.break_plan import PlannedBreak
from players.playback.card import ShownCard
from players.playback.session import Session


class HeadUnits(Protocol):
    """Vehicles, their head units, and the codes that enrol more of them (SQL)."""

    def put_vehicle(self, vehicle: Vehicle, now_ms: int) -> None:
        """Add the vehicle, or replace what is known of it but its market, which :class:`Markets` changes."""

    def vehicle(self, vehicle_id: str) -> Vehicle | None:
        """One vehicle."""

    def put_code(self, code: EnrolmentCode) -> None:
        """Add the code, or replace it."""

    def enrol(
        self, code_sha256: str, head_unit_id: str, credential_sha256: str, now_ms: int
    ) -> HeadUnit | None:
        """Use the code once and add its head unit, in one transaction; None if the code is not good."""

    def by_credential(self, credential_sha256: str) -> HeadUnit | None:
        """The head unit that holds a credential."""

    def unit(self, head_unit_id: str) -> HeadUnit | None:
        """One head unit."""

    def remove_vehicle(self, vehicle_id: str) -> bool:
        """Forget the vehicle, its head units and its codes; whether there was one."""

    def units_of(self, vehicle_id: str) -> Sequence[Enrolment]:
        """The head units of a vehicle, those enrolled first before the others."""

    def revoke(self, head_unit_id: str) -> bool:
        """Forget a head unit and its credential; whether there was one."""


class Markets(Protocol):
    """Which markets' rules govern a vehicle, and who changed that (SQL)."""

    def governing(self, vehicle_id: str) -> tuple[str, ...]:
        """The present market behind those that it has yet to leave, oldest first; none if unknown."""

    def move(self, vehicle_id: str, market: str, by: str, now_ms: int) -> MarketChange | None:
        """Make ``market`` the present one, and keep the change; one transaction.

        Returns:
            What was changed, or what stands where ``market`` is the present one already; None where there
            is no such vehicle.
        """

    def settle(self, vehicle_id: str, market: str, now_ms: int) -> None:
        """The vehicle was parked while ``market`` was the newest: it has left those before it."""

    def changes(self, vehicle_id: str, limit: int) -> list[MarketChange]:
        """The latest changes, newest first."""


class VehicleStates(Protocol):
    """The newest state of each vehicle (Redis)."""

    async def read(self, vehicle_id: str) -> VehicleState:
        """The state, unknown if nothing is kept."""

    async def leased(self, vehicle_id: str, since_ms: int) -> VehicleState:
        """The same for a lease made at ``since_ms``: unknown if a head unit of it was revoked since.

        Whose lease it is is not known; another unit's next one is as good as ever.
        """

    async def swap(
        self,
        vehicle_id: str,
        before: VehicleState,
        after: VehicleState,
        *,
        announce: bool,
        place: Place | None = None,
    ) -> Swapped:
        """Write ``after`` if ``before`` is still what is kept; one round trip, shared with other vehicles.

        Args:
            vehicle_id: whose state it is.
            before: what it was made from.
            after: the new one; ``before`` itself where nothing is to be written.
            announce: whether it is to be announced.
            place: told to every process once it is written.
        """

    async def forget(self, vehicle_id: str) -> None:
        """Keep nothing: the vehicle is unknown from now on, and whoever watches it is told to look."""

    async def claim_switch(self, vehicle_id: str, state: VehicleState, rule: str) -> bool:
        """True for one caller: it is to record that silence alone made ``rule`` judge ``state``."""


class VehicleFacts(Protocol):
    """What vehicles uploaded after gaps, apart from their state (Redis)."""

    async def read(self, vehicle_id: str) -> Mapping[str, Reading]:
        """The newest uploaded value of each fact, by path."""

    async def keep(self, vehicle_id: str, facts: Mapping[str, Reading]) -> None:
        """Keep those that are newer than what is kept."""

    async def forget(self, vehicle_id: str) -> None:
        """Keep none."""


class MqttFeeds(Protocol):
    """Who asked for an MQTT address, and which process holds the broker (Redis)."""

    async def announce(self, topic: str, now_ms: int) -> None:
        """The head unit of this reply topic is about to be there."""

    async def announced(self, since_ms: int) -> Mapping[str, int]:
        """The topics announced since then, within a day, and when."""

    async def own(self, process: str) -> bool:
        """Whether ``process`` holds the broker, for some seconds from now; it must ask again before."""

    async def disown(self, process: str) -> None:
        """``process`` holds the broker no more."""


class Playback(msgspec.Struct, frozen=True):
    """All that a pull needs, read in one round trip.

    Args:
        kept_state: the vehicle's state as it is kept; None, which is unknown, where nobody asked.
    """

    kept_state: bytes | None
    session: Session | None
    plans: Mapping[str, PlannedBreak]

    @property
    def state(self) -> VehicleState:
        """The vehicle's state."""
        return vehicle_state.decode(self.kept_state)


@dataclass(frozen=True, slots=True)
class PlaybackRead:
    """A read under way.

    Args:
        values: what it brings.
        told: what those say.
    """

    values: "asyncio.Future[list[bytes | None]]"
    told: Callable[[Sequence[bytes | None]], Playback]


@dataclass(frozen=True, slots=True)
class Screen:
    """All that a session's screen shows: its latest plans, oldest first, and the card chosen last."""

    state: VehicleState
    session: Session | None
    plans: tuple[PlannedBreak, ...]
    card: ShownCard | None


class Sessions(Protocol):
    """Open sessions with the plans of their breaks, and the vehicle's state beside them (Redis)."""

    async def open(self, session: Session) -> Session:
        """Keep a new session until it expires, unless one of its id is kept; the one that is kept."""

    async def playback(
        self,
        vehicle_id: str,
        session_id: str,
        break_ids: Sequence[str],
        *,
        state: bool = True,
        listed: Sequence[str] | None = None,
    ) -> Playback:
        """State (if wanted), session and plans, the named ones that exist among them; one round trip at most.

        Args:
            vehicle_id: the session's.
            session_id: which.
            break_ids: whose plans.
            state: whether it is wanted.
            listed: those of ``break_ids`` that have begun, from a caller that only shows what was decided.
                The consent in the session that it is told may have been taken back since.
        """

    def reading(
        self,
        vehicle_id: str,
        session_id: str,
        break_ids: Sequence[str],
        *,
        state: bool = True,
        listed: Sequence[str] | None = None,
    ) -> Playback | PlaybackRead:
        """The same for a caller that does not wait where it asks; at once where nothing needs to be read."""

    async def screen(self, vehicle_id: str, session_id: str) -> Screen:
        """Everything that its screen shows."""

    async def keep_plan(
        self, vehicle_id: str, session_id: str, plan: PlannedBreak
    ) -> tuple[PlannedBreak, bool]:
        """Keep the plan unless one is kept for that break; the one that is kept, and whether it is this."""

    async def claim_card(self, vehicle_id: str, session_id: str, for_ms: int) -> bool:
        """True for one caller in ``for_ms``: it is the one to choose a card."""

    async def claim_replacement(self, vehicle_id: str, session_id: str, card: ShownCard, for_ms: int) -> bool:
        """True for one caller: it is to choose what comes in place of ``card``, which stands till then."""

    async def keep_card(self, vehicle_id: str, session_id: str, card: ShownCard) -> None:
        """Keep the card as the session's current one; as long as it is, nobody may choose another."""

    async def drop_card(self, vehicle_id: str, session_id: str) -> None:
        """Keep no card."""


class Switches(Protocol):
    """Switches of driving states (SQL)."""

    def add(self, batch: Sequence[KeptSwitch], /) -> int:
        """Keep those whose vehicle there is; how many. The same again changes nothing."""

    def page(self, sought: Sought, after: Cursor | None, limit: int) -> Page:
        """Those that are looked for, the latest first, from where a page ended."""

    def erase(self, vehicle_id: str) -> int:
        """Forget all of a vehicle's; how many there were."""

    def expire(self, before_ms: int) -> int:
        """Forget those from before ``before_ms``; how many there were."""


class Notice(msgspec.Struct, frozen=True):
    """A push message of a vehicle.

    Args:
        kind: ``state``, ``break`` or ``card`` (look for yourself), ``decision``, ``lost`` when messages may
            have been missed, or ``warning`` of a state that is not written yet.
        session_id: whom it concerns; empty for all of the vehicle.
        data: a decision's JSON; the vehicle's state as it was kept, where that is told with it.
    """

    kind: str
    session_id: str = ""
    data: bytes = b""


class Inbox(Protocol):
    """Notices of one vehicle, in order, bounded."""

    async def get(self, timeout_s: float) -> Notice | None:
        """The next notice; None when ``timeout_s`` passes without one."""


class Push(Protocol):
    """Notices between processes (Redis pub/sub)."""

    async def publish(self, vehicle_id: str, notice: Notice) -> None:
        """Tell every process that listens for this vehicle."""

    def warn(self, vehicle_id: str, state: VehicleState) -> None:
        """Tell those in this process that listen for it of a state that is about to be written."""

    def listen(self, vehicle_id: str) -> AbstractAsyncContextManager[Inbox]:
        """An inbox that misses nothing published after it is entered."""


class Revocations(Protocol):
    """Head units that were revoked while sessions of theirs may be open (Redis)."""

    async def mark(self, vehicle_id: str, head_unit_id: str, at_ms: int) -> None:
        """Its sessions get no picture from now on; whoever watches the vehicle is told to look again."""


class Consents(Protocol):
    """Consents that were taken back (Redis)."""

    async def withdraw(self, vehicle_id: str, at_ms: int, *, again: bool = False) -> None:
        """Nobody uses the vehicle's position from now on; whoever watches it is told to look again.

        ``again`` keeps the moment of an earlier withdrawal that still counts.
        """


class Positions(Protocol):
    """Where vehicles are now, in this process's memory."""

    def put(self, vehicle_id: str, location: Location, at_ms: int) -> None:
        """Note a position."""

    def get(self, vehicle_id: str, now_ms: int) -> Location | None:
        """The last position, if it is no older than a minute."""

    def course(self, vehicle_id: str, market: str, now_ms: int) -> Course | None:
        """Which way a vehicle goes, by its last positions; ``market`` tells on which side of the road."""

    def stays(self, vehicle_id: str, now_ms: int) -> tuple[Stay, ...]:
        """The fences of promotions that a vehicle is in or was in, by its positions."""

    def forget(self, vehicle_id: str, at_ms: int) -> None:
        """Hold none, nor take one of before ``at_ms`` or soon after: consent was taken back then."""
