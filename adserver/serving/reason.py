"""Why a line item is not chosen, in codes."""

from enum import StrEnum


class Reason(StrEnum):
    """Why a line item is not chosen, in the order in which it is asked."""

    PAUSED = "paused"
    ENDED = "ended"
    NOT_IN_FLIGHT = "not-in-flight"
    MARKET_UNKNOWN = "market-unknown"
    MARKET_NOT_BOOKED = "market-not-booked"
    LOCATION_UNKNOWN = "location-unknown"
    OUT_OF_REACH = "out-of-reach"
    FENCE_NOT_CROSSED = "fence-not-crossed"
    CREATIVE_NOT_READY = "creative-not-ready"
    LOCAL_TIME_UNKNOWN = "local-time-unknown"
    OUTSIDE_DAYPART = "outside-daypart"
    LANGUAGE_UNKNOWN = "language-unknown"
    LANGUAGE_NOT_BOOKED = "language-not-booked"
    DRIVING_UNKNOWN = "driving-state-unknown"
    DRIVING_NOT_BOOKED = "driving-state-not-booked"
    MODALITY_NOT_BOOKED = "modality-not-booked"
    CONTENT_UNKNOWN = "content-unknown"
    CONTENT_NOT_BOOKED = "content-not-booked"
    MODEL_UNKNOWN = "model-unknown"
    MODEL_NOT_BOOKED = "model-not-booked"
    POWERTRAIN_UNKNOWN = "powertrain-unknown"
    POWERTRAIN_NOT_BOOKED = "powertrain-not-booked"
    STATE_NOT_SHARED = "vehicle-state-not-shared"
    CHARGE_UNKNOWN = "charge-unknown"
    CHARGE_NOT_BOOKED = "charge-not-booked"
    FUEL_UNKNOWN = "fuel-unknown"
    FUEL_NOT_BOOKED = "fuel-not-booked"
    SERVICE_UNKNOWN = "service-unknown"
    SERVICE_NOT_BOOKED = "service-not-booked"
    ODOMETER_UNKNOWN = "odometer-unknown"
    ODOMETER_NOT_BOOKED = "odometer-not-booked"
    BEHIND_THE_CAR = "behind-the-car"
    DRIVEN_BY = "driven-by"
    OTHER_SIDE = "other-side-of-the-road"
    DETOUR_TOO_LONG = "detour-too-long"
    BEYOND_RANGE = "beyond-range"
    CLOSED_ON_ARRIVAL = "closed-on-arrival"
    GOAL_REACHED = "goal-reached"
    NO_BUDGET = "no-budget"
    GLANCE_BUDGET = "glance-budget"
    FREQUENCY_CAP = "frequency-cap"
    PACED = "paced"
    CARDS_DO_NOT_COUNT = "cards-do-not-count"
    FORMAT_NOT_OFFERED = "format-not-offered"
    TOO_LONG = "too-long"
    DUPLICATE_IN_POD = "duplicate-in-pod"
    ADVERTISER_IN_POD = "advertiser-in-pod"
    COMPETITIVE_SEPARATION = "competitive-separation"
    EXCLUDED_CATEGORY = "excluded-category"
    POD_FULL = "pod-full"


CHOSEN = "chosen"
PASSED_OVER = frozenset(Reason) - {
    Reason.PAUSED,
    Reason.ENDED,
    Reason.NOT_IN_FLIGHT,
    Reason.MARKET_UNKNOWN,
    Reason.MARKET_NOT_BOOKED,
    Reason.LOCATION_UNKNOWN,
    Reason.OUT_OF_REACH,
    Reason.CREATIVE_NOT_READY,
    Reason.CARDS_DO_NOT_COUNT,
    Reason.GOAL_REACHED,
    Reason.NO_BUDGET,
    Reason.DUPLICATE_IN_POD,
}
"""Why a line item that could serve here and now does not: what its advertiser cannot see by itself."""
