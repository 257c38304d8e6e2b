"""What is kept of a switch: which rule, on what evidence. Neither a speed nor a position is in it."""

from collections.abc import Mapping

import msgspec

from kernel.errors import Invalid
from players.feed import signals
from players.feed.signals import Value
from players.feed.strictness import STANDSTILL_KMH
from players.feed.vehicle_state import VehicleState

UNKNOWN, TOLD = "unknown", "told"
SPEED_FACTS = ("zero", "up-to-1-km/h", "above-1-km/h", "negative")
_GEARS = {signals.GEAR_PARK: "park", signals.GEAR_DRIVE: "drive", signals.GEAR_NEUTRAL: "neutral"}
_CURSOR_LIMIT = 64


class Evidence(msgspec.Struct, frozen=True):
    """A signal as coarsely as a rule looks at it (:func:`fact`), and how old it was."""

    fact: str
    age_ms: int


class Switch(msgspec.Struct, frozen=True):
    """A vehicle's driving state, the rule behind it, or what a market asks for has changed.

    Args:
        vehicle_id: a pseudonym.
        at_ms: when, by our clock.
        cause: what brought it about, as :class:`players.feed.record_switch.Cause` has it.
        session_id: the screen that noticed first, where silence was the cause and a screen was open.
        market: the vehicle's newest; empty while it is not known.
        policy: those that govern, joined by ``+``.
        source: where their rules are written.
        proven: of the conditions that they ask for, those that held.
        signals: what safety looked at, by path.
    """

    vehicle_id: str
    at_ms: int
    cause: str
    driving_state: str
    rule: str
    policy: str
    source: str
    session_id: str = ""
    market: str = ""
    proven: tuple[str, ...] = ()
    signals: Mapping[str, Evidence] = {}


class KeptSwitch(msgspec.Struct, frozen=True):
    """A switch in the records, by its id."""

    switch_id: str
    switch: Switch


class Cursor(msgspec.Struct, frozen=True):
    """Where a page ended: the next begins with what is older."""

    at_ms: int
    switch_id: str

    def text(self) -> str:
        """For a query."""
        return f"{self.at_ms}-{self.switch_id}"

    @classmethod
    def read(cls, text: str) -> "Cursor":
        """From a query.

        Raises:
            Invalid: ``cursor-malformed``.
        """
        at_ms, dash, switch_id = text[:_CURSOR_LIMIT].partition("-")
        if not (dash and switch_id and at_ms.isascii() and at_ms.isdigit() and len(at_ms) < 16):
            raise Invalid("cursor-malformed", "No page ended there.", fix="Send what the page before gave.")
        return cls(int(at_ms), switch_id)


class Sought(msgspec.Struct, frozen=True):
    """Which switches are looked for; what is empty or None does not matter.

    Args:
        since_ms, until_ms: from the first on, and before the second.
    """

    vehicle_id: str = ""
    since_ms: int | None = None
    until_ms: int | None = None
    driving_state: str = ""
    rule: str = ""
    cause: str = ""
    market: str = ""


class Page(msgspec.Struct, frozen=True):
    """Switches, the latest first; ``next`` is None on the last page."""

    switches: tuple[KeptSwitch, ...]
    next: Cursor | None = None


def evidence(state: VehicleState, ages_ms: Mapping[str, int]) -> dict[str, Evidence]:
    """The signals whose ages are given, as they may be kept."""
    return {
        path: Evidence(fact(path, state.readings[path].value), age_ms) for path, age_ms in ages_ms.items()
    }


def fact(path: str, value: Value | None) -> str:
    """As much of a signal's value as the rules ask: a word out of a few, never a number that was told."""
    if value is None:
        return UNKNOWN
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return value if value in signals.SIGNALS[path].allowed else TOLD
    if path == signals.SPEED:
        return _speed(value)
    if path == signals.SELECTED_GEAR:
        return _GEARS.get(int(value), "reverse" if value < 0 else "forward")
    return TOLD


def _speed(kmh: float) -> str:
    zero, slow, above, negative = SPEED_FACTS
    if abs(kmh) > STANDSTILL_KMH:
        return above
    return negative if kmh < 0 else slow if kmh else zero
