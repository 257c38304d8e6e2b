"""What is said of a campaign that cars came near and was not for them, by the reason of the decision."""

from adserver.serving.reason import Reason

_HOURS = "Allow more hours."
_LANGUAGES = "Allow more languages."
_DRIVING = "Allow it whatever the car does."
_MODALITY = "Allow it with picture and as sound alone."
_CONTENT = "Allow it around more kinds of programme."
_MODELS = "Name more models, or none."
_POWERTRAINS = "Allow more powertrains."
_SHARED = "Ask for less of what only some owners share."
_LIMITS = "Widen its limits."
_SERVICE = "Leave open whether a service is due."

UNSUITED: dict[Reason, tuple[str, str]] = {
    Reason.LOCAL_TIME_UNKNOWN: ("Cars came near, but what time it was in them was not known.", _HOURS),
    Reason.OUTSIDE_DAYPART: ("Cars came near, but outside of its hours.", _HOURS),
    Reason.LANGUAGE_UNKNOWN: ("Cars came near, but the language of their screens was not known.", _LANGUAGES),
    Reason.LANGUAGE_NOT_BOOKED: ("Cars came near, but their screens speak another language.", _LANGUAGES),
    Reason.DRIVING_UNKNOWN: ("Cars came near, but whether they were driving was not known.", _DRIVING),
    Reason.DRIVING_NOT_BOOKED: ("Cars came near, but did not drive or stand as it asks.", _DRIVING),
    Reason.MODALITY_NOT_BOOKED: (
        "Cars came near, but where it asks for pictures only sound could be given, or the other way about.",
        _MODALITY,
    ),
    Reason.CONTENT_UNKNOWN: ("Cars came near, but what kind of programme was on was not known.", _CONTENT),
    Reason.CONTENT_NOT_BOOKED: ("Cars came near, but another kind of programme was on.", _CONTENT),
    Reason.MODEL_UNKNOWN: ("Cars came near, but of which model they are was not known.", _MODELS),
    Reason.MODEL_NOT_BOOKED: ("Cars came near, but of another model.", _MODELS),
    Reason.POWERTRAIN_UNKNOWN: ("Cars came near, but what drives them was not known.", _POWERTRAINS),
    Reason.POWERTRAIN_NOT_BOOKED: ("Cars came near, but with another powertrain.", _POWERTRAINS),
    Reason.STATE_NOT_SHARED: ("Cars came near, but their owners do not share what it asks for.", _SHARED),
    Reason.CHARGE_UNKNOWN: ("Cars came near, but their charge was not known.", _LIMITS),
    Reason.CHARGE_NOT_BOOKED: ("Cars came near, but their charge was not within its limits.", _LIMITS),
    Reason.FUEL_UNKNOWN: ("Cars came near, but their fuel was not known.", _LIMITS),
    Reason.FUEL_NOT_BOOKED: ("Cars came near, but their fuel was not within its limits.", _LIMITS),
    Reason.SERVICE_UNKNOWN: ("Cars came near, but whether a service is due was not known.", _SERVICE),
    Reason.SERVICE_NOT_BOOKED: (
        "Cars came near, but not with a service due, or not due, as it asks.",
        _SERVICE,
    ),
    Reason.ODOMETER_UNKNOWN: ("Cars came near, but their odometer was not known.", _LIMITS),
    Reason.ODOMETER_NOT_BOOKED: ("Cars came near, but their odometer was not within its limits.", _LIMITS),
}
"""By reason: what is the case, and what to do about it."""
