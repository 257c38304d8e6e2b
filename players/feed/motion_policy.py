"""What a screen may show. The promise that must never break: no picture unless the market's rule is proven.

The driving state decides, by the policies of the markets that govern the vehicle, all of which must permit;
some ask for more evidence. What is not known, or is stale, never permits.
"""

from collections.abc import Sequence
from enum import StrEnum

import msgspec

from adserver.booking.cap import FrequencyCap, Per
from media.house_format import Medium
from players.feed import driving_state
from players.feed.driving_state import SETTLING, Assessment, DrivingState
from players.feed.evidence import PROOFS, WATCHED, Condition
from players.feed.head_unit import Mount, Technique, Zone
from players.feed.market_policy import MarketPolicy, Policies, Show
from players.feed.vehicle_state import VehicleState


class Permitted(msgspec.Struct, frozen=True):
    """It may be shown.

    Args:
        rule: the row of the driving-state table.
        source: where the market's rule is written.
        policy: the market policy that governs; several are joined by ``+``.
    """

    state: DrivingState
    rule: str
    source: str
    policy: str


class Withheld(msgspec.Struct, frozen=True):
    """It may not.

    Args:
        reason: ``vehicle-<driving state>``, ``needs-<condition>``, ``player-audio-only``,
            ``player-cannot-renew`` or ``head-unit-revoked``.
        rule: the row of the driving-state table.
        source: where the rule of the market that withholds it is written.
        policy: that market's policy.
    """

    state: DrivingState
    reason: str
    rule: str
    source: str
    policy: str


class Cards(StrEnum):
    """Whether still cards may stand, the strictest first: with ``now``, while the vehicle is heard."""

    NO = "no"
    NOW = "now"
    ALWAYS = "always"


def permit(
    policies: Policies, state: VehicleState, mount: Mount, medium: Medium, now_ms: int
) -> Permitted | Withheld:
    """Whether a screen may be given ``medium`` now. Sound always may."""
    if medium is Medium.VIDEO:
        return _judged(policies, state, mount, Show.VIDEO, now_ms)
    driving, rule = driving_state.judge(state, now_ms)
    return _permitted(policies.governing(state.markets), driving, rule)


def permit_card(policies: Policies, state: VehicleState, mount: Mount, now_ms: int) -> Permitted | Withheld:
    """Whether a screen may show a still card now."""
    return _judged(policies, state, mount, Show.CARDS, now_ms)


def glances_of(
    policies: Policies, state: VehicleState, mount: Mount, now_ms: int
) -> tuple[FrequencyCap, ...]:
    """How many cards a screen may show, where whoever drives may see it and the vehicle may not be parked."""
    unseen = mount.zone is Zone.REAR or mount.shielded
    if unseen or driving_state.judge(state, now_ms)[0] is DrivingState.PARKED:
        return ()
    allowed = policies.glances(state.markets)
    if allowed is None:
        return ()
    return FrequencyCap(allowed.hour, 3600), FrequencyCap(allowed.drive, per=Per.DRIVE)


def cards_on(policies: Policies, state: VehicleState, mount: Mount, now_ms: int) -> Cards:
    """Whether still cards may stand now, and if so, whether they may where nothing more is heard."""
    if isinstance(permit_card(policies, state, mount, now_ms), Withheld):
        return Cards.NO
    unheard = (Show.CARDS, mount, DrivingState.UNKNOWN)
    always = all(policy.needs.get(unheard) == () for policy in policies.governing(state.markets))
    return Cards.ALWAYS if always else Cards.NOW


def may_call(policies: Policies, state: VehicleState, now_ms: int) -> bool:
    """Whether a call that a card offers may be begun now: all governing policies must permit it."""
    driving, _ = driving_state.judge(state, now_ms)
    return all(driving in policy.file.calls for policy in policies.governing(state.markets))


def strictest(one: Cards, other: Cards) -> Cards:
    """What both let stand."""
    return min(one, other, key=list(Cards).index)


def may_show(
    policies: Policies,
    state: VehicleState,
    mount: Mount,
    technique: Technique,
    now_ms: int,
    *,
    on_demand: bool = False,
    revoked: bool = False,
) -> Permitted | Withheld:
    """Whether a player may be given pictures now: the policy, and what it can do.

    Playlists, events and segments all ask here, so that none says yes where another says no.
    """
    answer = _judged(policies, state, mount, Show.VIDEO, now_ms)
    if revoked:
        # Nothing that the car does brings its picture back.
        return _whatever(answer, "head-unit-revoked")
    if isinstance(answer, Withheld):
        return answer
    if technique is Technique.AUDIO_ONLY:
        return _whatever(answer, "player-audio-only")
    # On demand the playlist is pulled once: without a page that renews the lease it would run out.
    if on_demand and technique is not Technique.TWO_ELEMENT:
        return _whatever(answer, "player-cannot-renew")
    return answer


def _whatever(answer: Permitted | Withheld, reason: str) -> Withheld:
    """It may not, whatever the car does."""
    return Withheld(answer.state, reason, answer.rule, answer.source, answer.policy)


def _judged(
    policies: Policies, state: VehicleState, mount: Mount, show: Show, now_ms: int
) -> Permitted | Withheld:
    driving, rule = driving_state.judge(state, now_ms)
    governing = policies.governing(state.markets)
    for policy in governing:
        needs = policy.needs.get((show, mount, driving))
        if needs is None:
            reason = f"vehicle-{driving}"
            if rule == SETTLING:
                # What more there is to do is told before the wait is over.
                needs = policy.needs.get((show, mount, DrivingState.PARKED), ())
                reason = _unproven(needs, state, now_ms) or reason
        else:
            reason = _unproven(needs, state, now_ms) if needs else ""
        if reason:
            return Withheld(driving, reason, rule, policy.source, policy.code)
    return _permitted(governing, driving, rule)


def _unproven(needs: Sequence[Condition], state: VehicleState, now_ms: int) -> str:
    for condition in needs:
        if not PROOFS[condition](state, now_ms):
            return f"needs-{condition}"
    return ""


def _permitted(governing: Sequence[MarketPolicy], driving: DrivingState, rule: str) -> Permitted:
    return Permitted(driving, rule, source_of(governing), name_of(governing))


def source_of(governing: Sequence[MarketPolicy]) -> str:
    """Where the rules of all are written."""
    return governing[0].source if len(governing) == 1 else "; ".join(one.source for one in governing)


def name_of(governing: Sequence[MarketPolicy]) -> str:
    """The policies' names, joined by ``+``."""
    return governing[0].code if len(governing) == 1 else "+".join(one.code for one in governing)


def proven(policies: Policies, state: VehicleState, now_ms: int) -> tuple[Condition, ...]:
    """Of the conditions that the governing policies ask for anywhere, those that hold now."""
    first, *others = policies.governing(state.markets)
    asked = first.evidence
    if others:
        asked = tuple(dict.fromkeys(asked + tuple(one for policy in others for one in policy.evidence)))
    return tuple([condition for condition in asked if PROOFS[condition](state, now_ms)])


Grounds = tuple[DrivingState, str, tuple[Condition, ...], tuple[str, ...]]


def grounds(policies: Policies, state: VehicleState, now_ms: int) -> Grounds:
    """All that an answer leans on: while it stays the same, every answer does."""
    return (*driving_state.judge(state, now_ms), proven(policies, state, now_ms), state.markets)


def assess(policies: Policies, state: VehicleState, now_ms: int) -> Assessment:
    """The driving state with its grounds, and when silence alone would change an answer."""
    return driving_state.assess(state, now_ms, lambda one, at_ms: grounds(policies, one, at_ms), WATCHED)
