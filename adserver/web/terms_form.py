"""What is paid for, what it is to reach and how fast, as forms have it: from texts to terms, and back."""

from collections.abc import Mapping
from typing import Any

from adserver.booking.campaign import FENCE_MIN, Approach, LineItem, Rotation
from adserver.booking.terms import Action, Goal, GoalUnit, Pacing, Pricing
from geotarget.fence import Fence
from kernel.errors import Invalid
from kernel.money import AMOUNT_MAX_MICROS, MICROS_PER_UNIT, parse_amount

PAYS = {
    "cpm": "a thousand impressions",
    "cpv": "a film or sound played to its end",
    "tap": "a tap on the card",
    "redemption": "a coupon redeemed",
}
UNITS = {
    "spend": "its budget is spent",
    "impressions": "so many impressions",
    "completed-views": "so many films played to their end",
    "taps": "so many taps",
    "redemptions": "so many coupons redeemed",
}
COUNTED = {
    "impressions": "impressions",
    "completed-views": "films played to their end",
    "taps": "taps",
    "redemptions": "coupons redeemed",
}
PACINGS = {
    "even": "evenly, as cars come",
    "front-loaded": "a quarter ahead of an even pace",
    "fast": "as fast as possible",
}
ROTATIONS = {
    "fit": "the one that fills a break best",
    "weight": "one drawn by weight",
    "sequence": "each in turn for a car, by their numbers",
}
PRIORITIES = {
    "sponsorship": "before all others",
    "standard": "by distance and price",
    "house": "after all others",
}
ANYWAY = {
    "behind": "even if it lies behind the car, or across a fast road",
    "closed": "even if it will be closed on arrival",
    "beyond": "even if the charge or fuel does not last",
}
FENCES = {
    "inside": "while a car is in one",
    "enter": "when a car has come into one",
    "dwell": "when a car has stayed in one",
    "exit": "when a car has left one",
}
"""The words of what can be chosen; ``locales/fr.toml`` has the French."""

TEXTS = (
    "pays_for", "price", "goal_unit", "goal_amount", "pacing", "rotation", "detour_max_min", "fence",
    "fence_min",
)  # fmt: skip
DEFAULTS = {
    "pays_for": "cpm",
    "price": "12",
    "goal_unit": "spend",
    "pacing": "even",
    "rotation": "fit",
    "fence": "inside",
    "fence_min": str(FENCE_MIN),
}
AMOUNT_MEANT = "Type an amount of money, such as 250 or 12.50."
AMOUNT_AMBIGUOUS = "This may mean a thousand or one. Type it as 1000, or as 1.00."
_GOAL_MEANT = "Type a whole number, such as 20000."
_DETOUR_MEANT = "Type the detour as a whole number of minutes."
_CHOSEN = {"pays_for": PAYS, "goal_unit": UNITS, "pacing": PACINGS, "rotation": ROTATIONS, "fence": FENCES}


def amount(text: str) -> int:
    """Micros of what was typed; what is beyond any account is beyond every limit.

    Raises:
        Invalid: ``amount-malformed`` or ``amount-ambiguous``.
    """
    try:
        return parse_amount(text).micros
    except Invalid as error:
        if error.code != "amount-too-large":
            raise
        return AMOUNT_MAX_MICROS


def meant(error: Invalid) -> str:
    """What to do about an amount that cannot be read."""
    return AMOUNT_AMBIGUOUS if error.code == "amount-ambiguous" else AMOUNT_MEANT


def shown(item: LineItem) -> dict[str, str]:
    """The fields of a line item as it is."""
    micros = item.cpm_micros or item.cpv_micros or item.cpa_micros
    detour = item.approach.detour_max_min
    return {
        "pays_for": pays_for(item),
        "price": f"{micros / MICROS_PER_UNIT:g}",
        "goal_unit": item.goal.unit.value,
        "goal_amount": str(item.goal.amount) if item.goal.amount else "",
        "pacing": item.pacing.value,
        "rotation": item.rotation.value,
        "detour_max_min": str(detour) if detour else "",
        "fence": item.approach.fence.value,
        "fence_min": str(item.approach.fence_min),
    }


def pays_for(item: LineItem) -> str:
    """What it pays for, of ``PAYS``."""
    return item.action.value if item.pricing is Pricing.CPA else item.pricing.value


def anyway_of(approach: Approach) -> tuple[str, ...]:
    """What of its places does not matter, of ``ANYWAY``."""
    minds = {"behind": approach.ahead, "closed": approach.open_on_arrival, "beyond": approach.in_range}
    return tuple(word for word, minded in minds.items() if not minded)


def read(typed: Mapping[str, str], anyway: tuple[str, ...]) -> tuple[dict[str, Any], dict[str, str]]:
    """Arguments of an order, and what could not be read, by field."""
    chosen = {
        name: typed[name] if typed[name] in words else DEFAULTS[name] for name, words in _CHOSEN.items()
    }
    errors: dict[str, str] = {}
    micros, number, detour = 0, 0, 0
    try:
        micros = amount(typed["price"]) if typed["price"].strip() else 0
    except Invalid as error:
        errors["price"] = meant(error)
    unit = GoalUnit(chosen["goal_unit"])
    try:
        number = whole(typed["goal_amount"]) if unit is not GoalUnit.SPEND else 0
    except ValueError:
        errors["goal_amount"] = _GOAL_MEANT
    try:
        detour = whole(typed["detour_max_min"])
    except ValueError:
        errors["detour_max_min"] = _DETOUR_MEANT
    return {
        **prices(chosen["pays_for"], micros),
        "goal": Goal(unit, number),
        "pacing": Pacing(chosen["pacing"]),
        "rotation": Rotation(chosen["rotation"]),
        "approach": Approach(
            ahead="behind" not in anyway,
            open_on_arrival="closed" not in anyway,
            in_range="beyond" not in anyway,
            detour_max_min=detour,
            fence=Fence(chosen["fence"]),
            fence_min=_minutes(typed["fence_min"]),
        ),
    }, errors


def prices(pays: str, micros: int) -> dict[str, Any]:
    """The one price that is asked for."""
    name = {"cpm": "cpm_micros", "cpv": "cpv_micros"}.get(pays, "cpa_micros")
    action = Action.REDEMPTION if pays == "redemption" else Action.TAP
    return {"cpm_micros": 0, "cpv_micros": 0, "cpa_micros": 0, name: micros, "action": action}


def _minutes(text: str) -> int:
    """Of a fence: what cannot be read is out of range, and none is as ever."""
    try:
        return whole(text) if text.strip() else FENCE_MIN
    except ValueError:
        return 0


def whole(text: str) -> int:
    """A whole number, its thousands apart or not; 0 for nothing.

    Raises:
        ValueError: for what is none.
    """
    typed = "".join(text.split())
    if not typed:
        return 0
    if not (typed.isascii() and typed.isdigit()):
        raise ValueError(text)
    return int(typed[:12])
