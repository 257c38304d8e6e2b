"""Why a campaign does not serve, or less than planned: in a sentence, and what to do about it."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec

from adserver.billing.budget import Balance
from adserver.billing.pace import Pace
from adserver.billing.unsuited import UNSUITED
from adserver.booking.campaign import Campaign, CampaignState, CreativeState, LineItem
from adserver.booking.terms import Delivered
from adserver.serving.heard import LOCATED, UNLOCATED
from adserver.serving.reason import CHOSEN, Reason
from kernel.clock import from_ms, to_ms


class Why(msgspec.Struct, frozen=True):
    """Whether a campaign serves, in a code and a sentence; ``values`` fill its ``%(name)s`` marks.

    Args:
        fix: what to do about it; empty where there is nothing to do.
    """

    code: str
    text: str
    values: dict[str, str] = {}
    fix: str = ""

    @property
    def sentence(self) -> str:
        """In English, with what to do."""
        return " ".join(filter(None, (self.text % self.values, self.fix)))


# So long after it could first be shown, that nobody came near says nothing of where it is.
SETTLING = timedelta(minutes=10)
_TURN = "Show it whatever way the car goes, or widen its radius."
REFUSED = {
    Reason.POD_FULL: Why(
        "others-came-first",
        "Cars came near, but others came first: nearer or better paid.",
        fix="Raise its price, or add places nearer to where cars drive.",
    ),
    Reason.COMPETITIVE_SEPARATION: Why(
        "competitor-in-the-break",
        "Cars came near, but a competitor was already in their break.",
        fix="Raise its price, to come before the competitor.",
    ),
    Reason.ADVERTISER_IN_POD: Why(
        "another-of-yours",
        "Cars came near, but another promotion of yours was chosen: each break or card has one of yours.",
        fix="Let your promotions run at other times, or around other places.",
    ),
    Reason.EXCLUDED_CATEGORY: Why(
        "kept-apart",
        "Cars came near, but what stood in their break and this promotion are kept apart.",
        fix="Name fewer kinds that it never shares a break with.",
    ),
    Reason.FREQUENCY_CAP: Why(
        "shown-often-enough",
        "The cars nearby have been given it as often as its frequency caps, or yours, allow.",
        fix="Allow it more often for one car, or widen its radius to reach more cars.",
    ),
    Reason.GLANCE_BUDGET: Why(
        "glances-used-up",
        "Whoever drove nearby had been shown as many cards as the operator allows on the move.",
        fix="Add a film with sound: it is heard, and asks for no glance.",
    ),
    Reason.FORMAT_NOT_OFFERED: Why(
        "not-this-format",
        "Cars came near, but had no break for its films or no free card for its card.",
        fix="Add a card, or a film with sound.",
    ),
    Reason.FENCE_NOT_CROSSED: Why(
        "fence-not-crossed",
        "Cars came near, but had not come into its areas, stayed there or left them as it asks.",
        fix="Allow more minutes, or show it whenever a car is in them.",
    ),
    Reason.BEHIND_THE_CAR: Why(
        "behind-the-car", "Cars came near, but its places lay behind them.", fix=_TURN
    ),
    Reason.DRIVEN_BY: Why("driven-by", "Cars came near, but had driven by its places already.", fix=_TURN),
    Reason.OTHER_SIDE: Why(
        "other-side-of-the-road",
        "Cars came near, but its places lay on the other side of a fast road.",
        fix=_TURN,
    ),
    Reason.DETOUR_TOO_LONG: Why(
        "detour-too-long",
        "Cars came near, but the detour to its places was longer than it allows.",
        fix="Allow a longer detour.",
    ),
    Reason.BEYOND_RANGE: Why(
        "beyond-range",
        "Cars came near, but their charge or fuel did not last to its places.",
        fix="Show it even if the charge or fuel does not last, or add nearer places.",
    ),
    Reason.CLOSED_ON_ARRIVAL: Why(
        "closed-on-arrival",
        "Cars came near, but its places would have been closed when they came there.",
        fix="Show it even if the place will be closed, or have its opening hours set right.",
    ),
    Reason.PACED: Why(
        "kept-to-its-plan",
        "Cars came near, but it has had as much as its plan wants by now.",
        fix="Let it be shown as fast as possible, or raise its goal or its budget.",
    ),
    Reason.TOO_LONG: Why(
        "film-too-long",
        "Cars came near, but their breaks were shorter than its films.",
        fix="Add a shorter film.",
    ),
    **{reason: Why(reason.value, text, fix=fix) for reason, (text, fix) in UNSUITED.items()},
}
"""What is said of one that could have been chosen, by the reason that decisions gave most often."""


def why(
    campaign: Campaign,
    balance: Balance,
    delivered: Delivered,
    now: datetime,
    said: Mapping[str, int],
    avails: Mapping[str, int],
    pace: Pace | None = None,
) -> Why:
    """The first reason for which it does not serve, from its own side; else what keeps it back; else none.

    Args:
        campaign: with its creatives.
        balance: of its budget.
        delivered: what it has had.
        now: the present.
        said: how often decisions within its reach said what of it since yesterday.
        avails: how many decisions there were, located and not.
        pace: None where nothing is planned.
    """
    item = campaign.line_item
    if campaign.state is CampaignState.ENDED:
        return Why("ended", "It was ended and serves no more.")
    if campaign.state is CampaignState.PAUSED:
        return Why("paused", "It is paused.", fix="Resume it to let it serve.")
    if now >= item.flight.end:
        return Why("over", "Its last day has passed.", fix="Book it anew to go on.")
    unable = _creatives(campaign)
    if unable is not None:
        return unable
    if item.goal.amount and delivered.of(item.goal.unit) >= item.goal.amount:
        return Why("goal-reached", "Its goal is reached.", fix="Raise it to go on.")
    worthless = _worthless(campaign, now)
    if worthless is not None:
        return worthless
    if balance.spent_micros + item.price_micros > item.budget_micros:
        return Why("budget-spent", "Its budget is spent.", fix="Raise it to go on.")
    if balance.remaining_micros < item.price_micros:
        return _reserved(item)
    if now < item.flight.start:
        return Why("not-started", "It has not started yet.")
    return _just_begun(campaign, now, said, avails) or _kept_back(item, delivered.shown, said, avails, pace)


def _just_begun(
    campaign: Campaign, now: datetime, said: Mapping[str, int], avails: Mapping[str, int]
) -> Why | None:
    """Where nothing was said of it yet: what cars did before it could be shown says nothing of its places."""
    item, creatives = campaign.line_item, campaign.creatives
    first_ms = min((one.created_ms for one in creatives if one.ready), default=campaign.created_ms)
    begun = from_ms(max(item.starts_ms, campaign.created_ms, first_ms))
    if said or not (item.located and avails.get(LOCATED)) or now - begun >= SETTLING:
        return None
    text = "It could first be shown some minutes ago, and no car has come near since."
    if any(one.state is CreativeState.PREPARING for one in creatives):
        fix = "Look again in some minutes; one of its creatives is still being prepared."
    else:
        fix = "Look again in some minutes."
    return Why("just-begun", text, fix=fix)


def _worthless(campaign: Campaign, now: datetime) -> Why | None:
    """Where nothing that it shows can come to what it pays for or counts."""
    item, ready = campaign.line_item, [one for one in campaign.creatives if one.ready]
    if item.films_only and all(one.is_card for one in ready):
        text = "It is counted by films played to their end, and has no film."
        return Why("no-film", text, fix="Add a film or a sound.")
    if item.coupons_only and not any(one.gives_coupon(to_ms(now)) for one in ready):
        text = "It pays for coupons that are redeemed, and none of its cards has one that can still be had."
        return Why("no-coupon", text, fix="Add a card with a coupon.")
    return None


def _reserved(item: LineItem) -> Why:
    if item.coupons_only:
        text = "The rest of its budget is reserved for coupons that cars have kept, and for cards."
        fix = "What is not redeemed in time comes back by itself; raise the budget to go on at once."
    else:
        text = "The rest of its budget is reserved for breaks that are about to play."
        fix = "What is not played in time comes back by itself; raise the budget to go on at once."
    return Why("budget-reserved", text, fix=fix)


def main_refusal(said: Mapping[str, int]) -> Reason | None:
    """What decisions gave as the reason most often; of those that are as frequent, what is asked last."""
    counted = {reason: said[reason] for reason in Reason if reason in REFUSED and said.get(reason)}
    return max(counted, key=lambda reason: (counted[reason], list(Reason).index(reason)), default=None)


def _kept_back(
    item: LineItem, shown: int, said: Mapping[str, int], avails: Mapping[str, int], pace: Pace | None
) -> Why:
    chosen, refusal = said.get(CHOSEN, 0), main_refusal(said)
    if not chosen and refusal is not None:
        return REFUSED[refusal]
    if not shown and chosen:
        return Why("chosen", "A car nearby was given it, and has not shown it yet.")
    if not said:
        return _nobody(item, shown, avails)
    if pace is None or pace.state != "behind":
        return Why("serving", "It is serving.")
    near = sum(number for word, number in said.items() if word == CHOSEN or word in REFUSED)
    if refusal is None or chosen * 2 >= near:
        text = "It is serving, but behind its plan: cars came near %(near)s times since yesterday."
        fix = "Widen its radius, or add places or areas, to reach more cars."
        return Why("serving-few", text, {"near": str(near)}, fix)
    text = "It is serving, but behind its plan: since yesterday it was chosen %(chosen)s times of %(near)s."
    return Why("serving-behind", text, {"chosen": str(chosen), "near": str(near)}, REFUSED[refusal].fix)


def _nobody(item: LineItem, shown: int, avails: Mapping[str, int]) -> Why:
    """Why no decision within its reach said anything of it since yesterday."""
    wait = "Wait until cars drive; whoever runs this installation sees to breaks."
    if not (avails.get(LOCATED) or avails.get(UNLOCATED)):
        return Why(
            "no-break", "It is ready, but no car has had a break or a free card since yesterday.", fix=wait
        )
    if not item.located:
        return (
            Why("serving", "It is serving.")
            if shown
            else Why("no-turn", "It is ready, and waits for its turn.")
        )
    if not avails.get(LOCATED):
        text = (
            "It is ready, but no car that had a break or a free card since yesterday lets its place be known."
        )
        return Why(
            "no-consent",
            text,
            fix="Drivers agree to it on their screen; until one does, nothing can be near.",
        )
    if item.markets:
        text = (
            "It is ready, but since yesterday no car that it could be shown in was near its places or in its "
            "areas, within its countries."
        )
        return Why("nobody-near", text, fix="Add countries, places or areas, or widen its radius.")
    if item.films_only:
        text = (
            "It is ready, but since yesterday no car has had a break near its places or in its areas. "
            "On free cards it is not shown: it is counted by films played to their end."
        )
        fix = "Widen its radius, add places or areas, or pay for impressions to be shown as a card too."
        return Why("nobody-near", text, fix=fix)
    if item.area_ids and not item.place_ids:
        text = "It is ready, but no car has had a break or a free card in its areas since yesterday."
        return Why("nobody-near", text, fix="Add areas or places.")
    text = "It is ready, but no car has had a break or a free card within %(radius)s km since yesterday."
    values = {"radius": f"{item.radius_m / 1000:g}"}
    return Why("nobody-near", text, values, "Widen its radius, or add places or areas.")


def _creatives(campaign: Campaign) -> Why | None:
    states = {creative.state for creative in campaign.creatives} - {CreativeState.WITHDRAWN}
    if CreativeState.APPROVED in states:
        return None
    if not states:
        return Why("no-creative", "It has no creative.", fix="Add a film, a sound or a card.")
    if CreativeState.REVIEW in states:
        return Why("in-review", "Its creative waits for approval.", fix="An operator reviews it.")
    if CreativeState.PREPARING in states:
        return Why("preparing", "Its creative is being prepared.", fix="It takes some minutes.")
    return Why(
        "creative-refused", "None of its creatives can be shown; each says why.", fix="Add another one."
    )


def counted(said: Mapping[str, int]) -> list[tuple[str, int]]:
    """What decisions said, each as a sentence with how often, the most frequent first."""
    sentences = {reason.value: found.text for reason, found in REFUSED.items()} | {CHOSEN: "It was chosen."}
    known = [(sentences[word], number) for word, number in said.items() if word in sentences]
    return sorted(known, key=lambda one: (-one[1], one[0]))
