"""What is pushed to screens and to the simulator, as JSON documents."""

from typing import Any

import msgspec

from adserver.serving.avail import Card, ServedBreak
from kernel.signing import Signer
from media.house_format import starts_at_ms
from players.feed import motion_policy
from players.feed.head_unit import Mount, Technique, Zone
from players.feed.market_policy import Policies
from players.feed.motion_policy import Cards, Permitted, Withheld, cards_on, may_call, may_show
from players.feed.vehicle_state import VehicleState
from players.playback import break_plan, lease
from players.playback.break_plan import PlannedBreak
from players.playback.card import ShownCard
from players.playback.session import Session


class Event(msgspec.Struct, frozen=True):
    """One event of a stream: ``name`` is the SSE event's, ``data`` its JSON."""

    name: str
    data: bytes


class VideoVerdict(msgspec.Struct, frozen=True):
    """Whether the picture may be shown, and why (not).

    Args:
        reason: coded, empty where it may; :class:`players.feed.motion_policy.Withheld` has them.
        rule: the row of the driving-state table.
        source: where the governing rule is written.
        policy: the market policy that governs, or withholds it.
    """

    permitted: bool
    reason: str
    rule: str
    source: str
    policy: str


class StateEvent(msgspec.Struct, frozen=True):
    """The driving state as a screen needs it. The lease is measured against ``at_ms``, our clock.

    ``lease`` is the token itself, empty while the picture is withheld: a page that plays an item on
    demand, whose playlist is pulled only once, puts it on its segment requests. ``day_night`` is how
    the vehicle's displays are: ``day``, ``night``, or empty where it never said. ``cards`` is whether
    still cards may stand, those beside the spots of a break too. ``calls`` is whether a call that one offers
    may be begun now. ``place`` is whether promotions may know where the vehicle is: where that ends, the
    cards go that are told already of something on demand.
    """

    driving_state: str
    video: VideoVerdict
    lease: str
    lease_expires_at_ms: int
    at_ms: int
    day_night: str
    cards: Cards
    calls: bool
    place: bool


class FillEvent(msgspec.Struct, frozen=True):
    """One promotion of a break, with the token that counts it."""

    fill_id: str
    starts_at_ms: int
    ends_at_ms: int
    beacon: str
    card: Card


class BreakEvent(msgspec.Struct, frozen=True):
    """A break whose fills are decided."""

    break_id: str
    starts_at_ms: int
    ends_at_ms: int
    fills: tuple[FillEvent, ...]


class CardEvent(msgspec.Struct, frozen=True):
    """The card to show now."""

    fill_id: str
    beacon: str
    card: Card
    chosen_ms: int


class SignalAge(msgspec.Struct, frozen=True):
    """A signal as the simulator shows it."""

    value: bool | int | float | str | None
    age_ms: int


class VehicleEvent(msgspec.Struct, frozen=True):
    """The vehicle as the simulator shows it: signals and ages, no position."""

    driving_state: str
    rule: str
    video: VideoVerdict
    signals: dict[str, SignalAge]
    next_change_at_ms: int | None
    at_ms: int


class ChosenFill(msgspec.Struct, frozen=True):
    """A promotion that was chosen, in what anybody may know of it: neither its price nor its beacon."""

    fill_id: str
    asset_id: str
    segments: int
    card: Card


class RefusedOffer(msgspec.Struct, frozen=True):
    """A promotion that was not chosen, and why; ``place_name`` is empty where none of its places is near."""

    advertiser: str
    place_name: str
    reason: str
    detail: str


class DecisionEvent(msgspec.Struct, frozen=True):
    """An ad decision with its reasons, for whoever holds the car's credential; ``kind`` is break or card."""

    avail_id: str
    kind: str
    fills: tuple[ChosenFill, ...]
    refusals: tuple[RefusedOffer, ...]
    cell: str
    at_ms: int


def decision_event(decided: ServedBreak | PlannedBreak, avail_id: str, kind: str, now_ms: int) -> Event:
    """A decision without what only its advertisers may know."""
    fills = tuple(ChosenFill(f.fill_id, f.asset_id, f.segments, f.card) for f in decided.fills)
    refusals = tuple(RefusedOffer(r.advertiser, r.place_name, r.reason, r.detail) for r in decided.refusals)
    return encode("decision", DecisionEvent(avail_id, kind, fills, refusals, decided.cell, now_ms))


def verdict(answer: Permitted | Withheld) -> VideoVerdict:
    """The answer on video that a playlist would give, as a document."""
    if isinstance(answer, Permitted):
        return VideoVerdict(True, "", answer.rule, answer.source, answer.policy)
    return VideoVerdict(False, answer.reason, answer.rule, answer.source, answer.policy)


def state_event(
    policies: Policies, state: VehicleState, session: Session, signer: Signer, now_ms: int
) -> StateEvent:
    """The driving state for a session's screen; without permission the lease ends now."""
    answer = may_show(policies, state, session.mount, session.technique, now_ms, revoked=session.revoked)
    video, cards = verdict(answer), cards_on(policies, state, session.mount, now_ms)
    if not video.permitted:
        held_until_ms, token = now_ms, ""
    else:
        held = lease.of_session(session, now_ms)
        held_until_ms, token = held.expires_at_ms, lease.sign(signer, held)
    return StateEvent(
        driving_state=answer.state,
        video=video,
        lease=token,
        lease_expires_at_ms=held_until_ms,
        at_ms=now_ms,
        day_night=state.day_night,
        cards=cards,
        calls=may_call(policies, state, now_ms),
        place=session.location_consent,
    )


def break_event(plan: PlannedBreak) -> BreakEvent:
    """A break for a screen."""
    fills = tuple(
        FillEvent(span.fill.fill_id, span.starts_at_ms, span.ends_at_ms, span.fill.beacon, span.fill.card)
        for span in break_plan.spans(plan)
    )
    return BreakEvent(
        plan.break_id, starts_at_ms(plan.start), starts_at_ms(plan.start + plan.segments), fills
    )


def without_cards(fills: tuple[FillEvent, ...]) -> tuple[FillEvent, ...]:
    """Promotions of which a screen may say whose they are, and no more."""
    return tuple(msgspec.structs.replace(one, card=Card("", "", one.card.advertiser)) for one in fills)


def card_event(shown: ShownCard | None, now_ms: int) -> CardEvent | None:
    """The card to show at ``now_ms``, if any."""
    if shown is None or not shown.current(now_ms):
        return None
    return CardEvent(shown.fill.fill_id, shown.fill.beacon, shown.fill.card, shown.chosen_ms)


def vehicle_event(policies: Policies, state: VehicleState, now_ms: int) -> VehicleEvent:
    """The vehicle for the simulator, judged as for the dash page on the driver's screen."""
    seen = motion_policy.assess(policies, state, now_ms)
    video = verdict(may_show(policies, state, Mount(Zone.DRIVER), Technique.TWO_ELEMENT, now_ms))
    ages = {path: SignalAge(one.value, one.age_ms(now_ms)) for path, one in sorted(state.readings.items())}
    return VehicleEvent(seen.state, seen.rule, video, ages, seen.next_change_at_ms, now_ms)


def encode(name: str, document: Any) -> Event:
    """An event of ``document`` (a struct or None)."""
    return Event(name, msgspec.json.encode(document))
