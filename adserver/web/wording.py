"""What the advertiser's pages say of coded reasons and of moments; ``locales/fr.toml`` has the French."""

from zoneinfo import ZoneInfo

from markupsafe import Markup

from adserver.serving.reason import Reason
from kernel.clock import from_ms, iso_z
from media.reasons import SENTENCES

LANGUAGES = ("en", "fr")
"""Those that everything is said in, the first where none is asked for."""
REASONS = {
    **SENTENCES,
    "creative-too-long": "The film is longer than 60 seconds. Cut it.",
    "creative-silent": "The film has no sound: on the road nothing of it would be perceived. "
    "Add a sound track.",
    "tag-unreachable": "The tag's server did not answer with a film. Check the address, and add it again.",
    "tag-too-deep": "The tag leads through more than five others. Ask its sender for a shorter way.",
    "tag-empty": "The tag leads to no ad. Ask its sender, and add it again.",
    "tag-malformed": "What the tag answers is no VAST. Check the address, and add it again.",
    "tag-without-media": "The tag's ad has no film or sound to fetch whole. Ask its sender for one.",
    "tag-media-too-large": "The tag's film is larger than 64 MB. Ask its sender for a smaller one.",
}

REFUSALS = {
    Reason.NOT_IN_FLIGHT: "Not in its dates",
    Reason.PAUSED: "Paused",
    Reason.CREATIVE_NOT_READY: "Nothing to show, or nothing that it counts",
    Reason.NO_BUDGET: "Budget used up",
    Reason.GOAL_REACHED: "Goal reached",
    Reason.PACED: "Held back to its plan",
    Reason.CARDS_DO_NOT_COUNT: "A card does not count for it",
    Reason.OUT_OF_REACH: "Too far away",
    Reason.FENCE_NOT_CROSSED: "Has not come in, stayed or left as asked",
    Reason.BEHIND_THE_CAR: "Behind the car",
    Reason.DRIVEN_BY: "Driven by already",
    Reason.OTHER_SIDE: "On the other side of a fast road",
    Reason.DETOUR_TOO_LONG: "Detour too long",
    Reason.BEYOND_RANGE: "Beyond the car’s range",
    Reason.CLOSED_ON_ARRIVAL: "Closed on arrival",
    Reason.LOCATION_UNKNOWN: "Place of the car unknown",
    Reason.FORMAT_NOT_OFFERED: "Not this format now",
    Reason.TOO_LONG: "Longer than the break",
    Reason.FREQUENCY_CAP: "Shown often enough",
    Reason.GLANCE_BUDGET: "Enough cards for one who drives",
    Reason.COMPETITIVE_SEPARATION: "A competitor is in the break",
    Reason.DUPLICATE_IN_POD: "Already in the break",
    Reason.ADVERTISER_IN_POD: "Another of its advertiser was chosen",
    Reason.EXCLUDED_CATEGORY: "Kept apart from what is in the break",
    Reason.MARKET_NOT_BOOKED: "Not booked for this country",
    Reason.POD_FULL: "Others came first",
    Reason.ENDED: "Ended",
    Reason.MARKET_UNKNOWN: "Country of the car unknown",
    Reason.LOCAL_TIME_UNKNOWN: "Time in the car unknown",
    Reason.OUTSIDE_DAYPART: "Outside of its hours",
    Reason.LANGUAGE_UNKNOWN: "Language unknown",
    Reason.LANGUAGE_NOT_BOOKED: "Not for this language",
    Reason.DRIVING_UNKNOWN: "Not known whether it drives",
    Reason.DRIVING_NOT_BOOKED: "Not while the car does this",
    Reason.MODALITY_NOT_BOOKED: "Not for sound alone, or not for pictures",
    Reason.CONTENT_UNKNOWN: "Kind of programme unknown",
    Reason.CONTENT_NOT_BOOKED: "Not for this kind of programme",
    Reason.MODEL_UNKNOWN: "Model unknown",
    Reason.MODEL_NOT_BOOKED: "Not for this model",
    Reason.POWERTRAIN_UNKNOWN: "Powertrain unknown",
    Reason.POWERTRAIN_NOT_BOOKED: "Not for this powertrain",
    Reason.STATE_NOT_SHARED: "State of the car not shared",
    Reason.CHARGE_UNKNOWN: "Charge unknown",
    Reason.CHARGE_NOT_BOOKED: "Not at this charge",
    Reason.FUEL_UNKNOWN: "Fuel unknown",
    Reason.FUEL_NOT_BOOKED: "Not at this fuel level",
    Reason.SERVICE_UNKNOWN: "Service unknown",
    Reason.SERVICE_NOT_BOOKED: "Not as the service stands",
    Reason.ODOMETER_UNKNOWN: "Odometer unknown",
    Reason.ODOMETER_NOT_BOOKED: "Not at this mileage",
}
"""Why a decision passed a campaign over, as briefly as beside its name."""


def reason(code: str) -> str:
    """What a coded reason says; an operator's own words are said as they are."""
    return REASONS.get(code, code)


def zoned(ms: int, zone: str) -> Markup:
    """A ``<time>`` in the zone that the campaign was booked in, and that zone's name."""
    zone = zone or "UTC"
    moment = from_ms(ms)
    shown = moment.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")
    return Markup('<time datetime="{}" data-zone="{}">{}</time> <span class="muted small">{}</span>').format(
        iso_z(moment), zone, shown, zone
    )
