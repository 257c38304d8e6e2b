"""What a screen may show. The promise that must never break: no picture unless parked is proven."""

from collections.abc import Mapping
from dataclasses import dataclass

from media.house_format import Medium
from players.feed import driving_state
from players.feed.driving_state import DrivingState
from players.feed.head_unit import Technique, Zone
from players.feed.vehicle_state import VehicleState


@dataclass(frozen=True, slots=True)
class Policy:
    """A market's rules as data.

    Args:
        video: in which driving states a screen of each zone may show moving pictures.
        cards: in which driving states it may show a still card.
        source: where the rule is written.
    """

    name: str
    video: Mapping[Zone, frozenset[DrivingState]]
    cards: Mapping[Zone, frozenset[DrivingState]]
    source: str


_PARKED = frozenset({DrivingState.PARKED})
_ANY = frozenset(DrivingState)

STRICT = Policy(
    name="strict",
    video=dict.fromkeys(Zone, _PARKED),
    cards=dict.fromkeys(Zone, _ANY),
    source="European Statement of Principles on HMI, 2008/653/EC",
)
"""The default: no moving picture on any screen unless the vehicle is parked."""


@dataclass(frozen=True, slots=True)
class Permitted:
    """It may be shown; ``rule`` is the row of the driving-state table."""

    state: DrivingState
    rule: str
    source: str


@dataclass(frozen=True, slots=True)
class Withheld:
    """It may not. ``rule`` is the row of the table, ``reason`` coded.

    It is ``vehicle-<driving state>``, ``player-audio-only`` or ``player-cannot-renew``.
    """

    state: DrivingState
    reason: str
    rule: str
    source: str


def permit(
    state: VehicleState, screen: Zone, medium: Medium, now_ms: int, policy: Policy = STRICT
) -> Permitted | Withheld:
    """Whether ``screen`` may be given ``medium`` now. Sound always may."""
    driving, rule = driving_state.judge(state, now_ms)
    if medium is Medium.AUDIO or driving in policy.video[screen]:
        return Permitted(driving, rule, policy.source)
    return Withheld(driving, f"vehicle-{driving}", rule, policy.source)


def may_show(
    state: VehicleState, screen: Zone, technique: Technique, now_ms: int, *, on_demand: bool = False
) -> Permitted | Withheld:
    """Whether a player may be given pictures now: the policy, and what it can do.

    Playlists, events and segments all ask here, so that none says yes where another says no.
    """
    answer = permit(state, screen, Medium.VIDEO, now_ms)
    if isinstance(answer, Withheld):
        return answer
    if technique is Technique.AUDIO_ONLY:
        return Withheld(answer.state, "player-audio-only", answer.rule, answer.source)
    # On demand the playlist is pulled once: without a page that renews the lease it would run out.
    if on_demand and technique is not Technique.TWO_ELEMENT:
        return Withheld(answer.state, "player-cannot-renew", answer.rule, answer.source)
    return answer


def permit_card(
    state: VehicleState, screen: Zone, now_ms: int, policy: Policy = STRICT
) -> Permitted | Withheld:
    """Whether ``screen`` may show a still card now."""
    driving, rule = driving_state.judge(state, now_ms)
    if driving in policy.cards[screen]:
        return Permitted(driving, rule, policy.source)
    return Withheld(driving, f"vehicle-{driving}", rule, policy.source)
