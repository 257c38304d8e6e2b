"""Which markets' rules govern a vehicle. A change of market only loosens once the vehicle is parked.

Normally one market governs. From a change on, the old and the new do, and both must permit; so a stricter
one counts at once, and a looser one when the vehicle is next proven to be parked.
"""

from collections.abc import Sequence

import msgspec

from kernel.country import COUNTRIES
from kernel.errors import Invalid
from players.feed import driving_state
from players.feed.driving_state import DrivingState
from players.feed.vehicle_state import VehicleState

WAITING_LIMIT = 4
"""Markets that govern at once; where there would be more, the strict policy stands for the older ones."""

STRICT = "strict"


class MarketChange(msgspec.Struct, frozen=True):
    """A vehicle's market was changed.

    Args:
        before, after: ISO 3166 countries; the same where nothing changed.
        by: who changed it: a head unit's id, or an account's.
        settled_ms: when the vehicle was parked afterwards; None while it has not been.
    """

    before: str
    after: str
    by: str
    at_ms: int
    settled_ms: int | None = None


def checked(market: str) -> str:
    """``market`` as it is kept.

    Raises:
        Invalid: ``market-unknown`` where it is no country.
    """
    if market not in COUNTRIES:
        raise Invalid(
            "market-unknown",
            f"The market “{market[:40]}” is no country.",
            fix="Give its two capital letters (ISO 3166-1), such as FR, or GB for the United Kingdom.",
        )
    return market


def governing(markets: Sequence[str]) -> tuple[str, ...]:
    """The markets in the order in which they were entered last; never more than a few."""
    kept = tuple(reversed(dict.fromkeys(reversed(markets))))
    if len(kept) <= WAITING_LIMIT:
        return kept
    newest = kept[-WAITING_LIMIT + 1 :]
    return kept[-WAITING_LIMIT:] if STRICT in newest else (STRICT, *newest)


def entered(state: VehicleState, markets: Sequence[str], now_ms: int) -> VehicleState:
    """``state`` in the last of ``markets``, which governs beside those that were not left yet."""
    all_of_them = governing((*state.markets, *markets))
    return settled(msgspec.structs.replace(state, markets=all_of_them), now_ms)


def settled(state: VehicleState, now_ms: int) -> VehicleState:
    """``state`` in its newest market alone, if it is proven to be parked now."""
    if len(state.markets) < 2 or driving_state.judge(state, now_ms)[0] is not DrivingState.PARKED:
        return state
    return msgspec.structs.replace(state, markets=state.markets[-1:])
