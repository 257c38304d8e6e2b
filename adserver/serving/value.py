"""What a thousand showings of a line item are expected to bring, from its price and what it has had so far.

A price of a view or an action is weighed by how often showings come to that: by the line item's own
history, smoothed by a prior of a few hundred showings, so that a new one is neither first nor last.
"""

from adserver.booking.campaign import LineItem
from adserver.booking.exchange import worth_micros
from adserver.booking.terms import PPM, PRIORS, Action, Delivered, GoalUnit, Pricing

VALUE_BITS = 46
VALUE_LIMIT = (1 << VALUE_BITS) - 1
"""Some seventy million for a thousand."""


def rate_ppm(unit: GoalUnit, delivered: Delivered) -> int:
    """How often a showing (for views: of a spot) comes to ``unit``, in millionths; never 0."""
    if unit not in PRIORS:
        return PPM
    prior_ppm, weight = PRIORS[unit]
    shown = delivered.impressions if unit is GoalUnit.VIEWS else delivered.shown
    came = min(delivered.of(unit), shown)
    return max(1, (came * PPM + prior_ppm * weight) // (shown + weight))


def paid_unit(pricing: Pricing, action: Action) -> GoalUnit:
    """What is paid for, in the words of goals."""
    if pricing is Pricing.CPA:
        return GoalUnit.TAPS if action is Action.TAP else GoalUnit.REDEMPTIONS
    return GoalUnit.VIEWS if pricing is Pricing.CPV else GoalUnit.IMPRESSIONS


def value_micros(item: LineItem, delivered: Delivered) -> int:
    """What a thousand showings are expected to bring, in micros; beyond the limit all are alike."""
    return min(_value_micros(item, delivered), VALUE_LIMIT)


def compared_micros(item: LineItem, delivered: Delivered, rate_micros: int) -> int:
    """The same in the house's currency, by which line items are compared; 0 where there is no rate."""
    return min(worth_micros(_value_micros(item, delivered), rate_micros), VALUE_LIMIT)


def _value_micros(item: LineItem, delivered: Delivered) -> int:
    if item.pricing is Pricing.CPM:
        return item.cpm_micros
    rate = rate_ppm(paid_unit(item.pricing, item.action), delivered)
    return item.price_micros * 1000 * rate // PPM
