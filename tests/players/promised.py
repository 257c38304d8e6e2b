"""What a screen may have been shown, by a plain record of what was told: the oracle of the promise.

It knows nothing of states, tables and policies in files: only when what was heard, by which clocks, and a
handful of rules written down once more. What it demands is the least; the server may withhold more.
"""

from dataclasses import dataclass, field

from msgspec.structs import replace

from players.feed import signals
from players.feed.acceptance import LATE_LIMIT_MS, Sample
from players.feed.head_unit import AdOutput, HeadUnit, Technique, Zone
from players.playback.open_session import Opened
from players.playback.player_link import as_any_player
from players.playback.session import Scope
from tests.players.house import DRIVING, PARKED, samples

PROOF_MS = 3_000
HEARTBEAT_MS = 10_000
LEASE_MS, BORNE_MS = 5_000, 65_000
FILED = frozenset({"FR", "DE", "JP"})
"""Markets with rules of their own; elsewhere a picture is shown while parked, and never else."""

MARKETS = (*sorted(FILED), "BR")


@dataclass(frozen=True, slots=True)
class Car:
    """What the vehicle is like beside being parked or not."""

    level: str = "SAE_0"
    ignition: str = "OFF"
    seat: str = "EMPTY"

    def says(self, parked: bool, vehicle_ms: int) -> tuple[Sample, ...]:
        """A message of all that it knows."""
        told = {
            signals.AUTONOMY: self.level,
            signals.LOW_VOLTAGE: self.ignition,
            signals.PASSENGER_SEAT: self.seat,
            signals.DRIVER_POSITION: "LEFT",
        }
        return samples((PARKED if parked else DRIVING) | told, vehicle_ms)


@dataclass(slots=True)
class Screen:
    """One that plays.

    Args:
        revoked_ms: when its head unit was revoked, if it was.
    """

    unit: HeadUnit
    scope: Scope
    ads: AdOutput
    opened: Opened
    revoked_ms: int | None = None

    @property
    def declared(self) -> HeadUnit:
        """Nobody knows where a link's player is: what was declared of its head unit does not hold for it."""
        return as_any_player(self.unit) if self.scope is Scope.PLAY else self.unit

    @property
    def handed_on(self) -> "Screen":
        """The same by the grant that it hands to players of others: they may be before the driver."""
        unit = replace(self.declared, zone=Zone.DRIVER, shielded=False, built_in=False)
        return Screen(unit, Scope.SCREEN, self.ads, self.opened, self.revoked_ms)

    @property
    def slate(self) -> bool:
        """Its segments are black where others are refused theirs."""
        return self.unit.technique is Technique.SLATE


@dataclass(slots=True)
class Record:
    """What was told of the vehicle, by our time; ``apart_ms`` is how far the servers' clocks are apart."""

    apart_ms: int = 0
    heard: list[tuple[int, int, bool]] = field(default_factory=list)
    permits: dict[str, tuple[int, int]] = field(default_factory=dict)
    objects: dict[str, tuple[int, int]] = field(default_factory=dict)
    """When a signal was last told that permits something or objects, by path, and as the how manieth."""

    told: int = 0
    spoke_ms: int | None = None
    markets: list[str] = field(default_factory=list)

    def hear(self, now_ms: int, server_ms: int, said: tuple[Sample, ...], accepted: set[str]) -> None:
        """A message came, of which some was accepted; the rest objects unless it is long past."""
        vehicle_ms, texts = said[0].vehicle_ms, {one.path: one.text for one in said}
        present = server_ms - vehicle_ms <= LATE_LIMIT_MS
        stands = texts.get(signals.SPEED) == PARKED[signals.SPEED]
        calm = not texts.get(signals.AUTONOMY, "").endswith("DISENGAGING")
        self.told += 1
        if signals.SPEED in accepted:
            self.spoke_ms = now_ms
        if signals.SPEED in accepted or (not (stands and calm) and (accepted or present)):
            self.heard.append((now_ms, vehicle_ms, stands and calm))
        for path, text in texts.items():
            permits = PERMITTING.get(path, ())
            if path in accepted and text in permits:
                self.permits[path] = now_ms, self.told
            elif text not in permits and (path in accepted or present):
                self.objects[path] = now_ms, self.told
        self.left(now_ms)

    def enter(self, now_ms: int, market: str) -> None:
        """Another market's rules govern, beside those that it has yet to leave by being parked."""
        self.markets = [*(one for one in self.markets if one != market), market]
        self.left(now_ms)

    def left(self, now_ms: int) -> None:
        """Where it is parked, the newest market alone governs."""
        if self.parked(now_ms):
            self.markets = self.markets[-1:]

    def parked(self, now_ms: int) -> bool:
        """A run of messages that spoke of being parked, over 3 s on both clocks, fresh, and so all along."""
        if not self.heard or now_ms - self.heard[-1][0] > PROOF_MS + self.apart_ms:
            return False
        run: list[tuple[int, int, bool]] = []
        for entry in reversed(self.heard):
            if not entry[2] or (run and run[-1][0] - entry[0] > PROOF_MS + self.apart_ms):
                break
            run.append(entry)
        if not run:
            return False
        vehicle = [entry[1] for entry in run]
        return now_ms - run[-1][0] >= PROOF_MS - self.apart_ms and max(vehicle) - min(vehicle) >= PROOF_MS

    def holds(self, path: str, now_ms: int) -> bool:
        """A signal that permits something was told not long ago, and nothing has objected to it since."""
        permitted = self.permits.get(path, (now_ms - 2 * HEARTBEAT_MS, -1))
        fresh = now_ms - permitted[0] <= HEARTBEAT_MS + self.apart_ms
        return fresh and permitted > self.objects.get(path, (-1, -1))

    def lawful(self, screen: Screen, now_ms: int) -> bool:
        """Whether the screen may get a picture now, for all that is known."""
        if screen.revoked_ms is not None or screen.declared.technique is Technique.AUDIO_ONLY:
            return False
        self.left(now_ms)
        return all(self._allowed(market, screen.declared, now_ms) for market in self.markets)

    def _allowed(self, market: str, unit: HeadUnit, now_ms: int) -> bool:
        parked = self.parked(now_ms)
        if market not in FILED:
            return parked
        if unit.zone is Zone.REAR:
            return True
        if unit.zone is Zone.PASSENGER:
            seated = self.holds(signals.PASSENGER_SEAT, now_ms) and self.holds(
                signals.DRIVER_POSITION, now_ms
            )
            return (unit.shielded and (parked or seated)) or (parked and market != "DE")
        if market == "DE":
            return parked and self.holds(signals.LOW_VOLTAGE, now_ms)
        fresh = self.spoke_ms is not None and now_ms - self.spoke_ms <= PROOF_MS + self.apart_ms
        level_3 = unit.built_in and fresh and self.holds(signals.AUTONOMY, now_ms)
        return parked or (market == "JP" and level_3)


PERMITTING = {
    signals.AUTONOMY: ("SAE_3",),
    signals.LOW_VOLTAGE: ("OFF",),
    signals.PASSENGER_SEAT: ("OCCUPIED",),
    signals.DRIVER_POSITION: ("LEFT",),
}
"""What permits a picture somewhere, by path."""
