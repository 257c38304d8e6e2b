"""The booking form: from what was typed to an order, with what is wrong beside each field."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from starlette.datastructures import FormData

from adserver.booking.campaign import Category, Priority
from adserver.booking.cap import cap_faults
from adserver.booking.exchange import Exchange
from adserver.booking.find_places import PlaceQuery
from adserver.booking.order import PLACES_LIMIT, Order, problems
from adserver.booking.plan import Plan
from adserver.web import caps_form, targeting_form, terms_form
from adserver.web.targeting_form import Whom
from adserver.web.terms_form import ANYWAY
from geotarget.place import Category as PlaceCategory
from kernel.clock import timezones
from kernel.errors import Invalid, RoadcastError

WITHIN_KM = (10, 50, 200, 1000)
PICKED_LIMIT = 500
AREAS_PICKED_LIMIT = 100
_TEXT_LIMIT = 2000
# Of moments that can be reckoned with in any zone; an order's own limits are much closer.
_YEARS = range(2000, 3000)
_DEFAULTS = {
    "category": "automotive",
    "radius_km": "5",
    **terms_form.DEFAULTS,
    **caps_form.DEFAULTS,
    "priority": Priority.STANDARD.value,
    # The middle of Rennes, until another point is typed.
    "latitude": "48.1173",
    "longitude": "-1.6778",
    "within_km": "50",
}
_TYPED = (
    "name", "category", "timezone", "starts", "ends", "budget", "currency", "radius_km", "headline", "body",
    "upload_id", "upload_name", "words", "place_category", "latitude", "longitude", "within_km", "markets",
    "area_words", "priority", *terms_form.TEXTS, *caps_form.TEXTS,
)  # fmt: skip


@dataclass
class Form:
    """One state of the form.

    Args:
        typed: each field's text, kept as it was typed.
        picked: ids of places that were chosen one by one.
        place_set: a search whose every match was chosen.
        exclusions: categories that were ticked as never to share a break with.
        area_ids: areas that were chosen.
        anyway: what of its places does not matter, of ``ANYWAY``.
        whom: for whom it is.
        errors: what is wrong, by field.
        refused_file: why the film or sound was refused.
    """

    typed: dict[str, str]
    picked: tuple[str, ...] = ()
    place_set: PlaceQuery | None = None
    exclusions: tuple[str, ...] = ()
    area_ids: tuple[str, ...] = ()
    anyway: tuple[str, ...] = ()
    whom: Whom = targeting_form.BLANK
    errors: dict[str, str] = field(default_factory=dict)
    refused_file: RoadcastError | None = None


def blank(now: datetime, timezone: str, currency: str) -> Form:
    """The form before anything is typed: from the next hour, for four weeks."""
    start = now.astimezone(ZoneInfo(timezone)).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    dates = {"starts": local(start), "ends": local(start + timedelta(days=28))}
    return Form(
        {**dict.fromkeys(_TYPED, ""), **_DEFAULTS, **dates, "timezone": timezone, "currency": currency}
    )


def read(data: FormData) -> Form:
    """The form as it was sent; nothing is judged yet, but texts are cut at 2,000 characters."""
    typed = {name: str(data.get(name, ""))[:_TEXT_LIMIT] for name in _TYPED}
    picked = tuple(dict.fromkeys(str(value)[:64] for value in data.getlist("place_id") if value))[
        :PICKED_LIMIT
    ]
    place_set = None
    if sent := str(data.get("place_set", ""))[:_TEXT_LIMIT]:
        place_set = msgspec.json.decode(sent, type=PlaceQuery)
    ticked = {str(value) for value in data.getlist("exclusion")}
    exclusions = tuple(category.value for category in Category if category.value in ticked)
    areas = dict.fromkeys(str(value)[:64] for value in data.getlist("area_id") if value)
    anyway = tuple(word for word in ANYWAY if word in data.getlist("anyway"))
    return Form(
        typed,
        picked,
        place_set,
        exclusions,
        tuple(areas)[:AREAS_PICKED_LIMIT],
        anyway,
        targeting_form.read(data),
    )


def query(form: Form) -> PlaceQuery | None:
    """The search that the form describes; None, with the form's errors set, if it is not one."""
    try:
        latitude, longitude = (_decimal(form.typed[name]) for name in ("latitude", "longitude"))
    except ValueError:
        form.errors["latitude"] = "Type the point as two numbers of degrees, such as 48.1173 and -1.6778."
        return None
    chosen, within = form.typed["place_category"], form.typed["within_km"]
    return PlaceQuery(
        latitude=latitude,
        longitude=longitude,
        within_m=int(within) * 1000 if within in {str(km) for km in WITHIN_KM} else 50_000,
        words=form.typed["words"],
        category=PlaceCategory(chosen) if chosen in {c.value for c in PlaceCategory} else None,
    )


def order_of(
    form: Form, place_ids: Sequence[str], now: datetime, exchange: Exchange, *, house: bool = False
) -> Order | None:
    """The order that the form describes; None, with the form's errors set, if it cannot be booked.

    ``house`` where the operator books it for itself.
    """
    values, errors = _values(form.typed)
    exclusions = tuple(Category(name) for name in form.exclusions)
    targeting, unread = targeting_form.targeting_of(form.whom)
    terms, untyped = terms_form.read(form.typed, form.anyway)
    caps, no_caps = caps_form.read(form.typed, "cap")
    shared, no_shared = caps_form.read(form.typed, "campaign_cap")
    order = Order(
        place_ids=tuple(place_ids)[:PLACES_LIMIT],
        exclusions=exclusions,
        area_ids=form.area_ids,
        targeting=targeting,
        caps=caps,
        campaign_caps=shared,
        **values,
        **terms,
    )
    faults = reversed(list(problems(order, now, exchange, house=house)))
    found = {fault.field: f"{fault.detail} {fault.fix}" for fault in faults}
    form.errors |= {_FIELD.get(name, name): text for name, text in found.items()}
    form.errors |= errors | unread | untyped | no_caps | no_shared
    return None if form.errors else order


def plan_of(form: Form, place_ids: Sequence[str]) -> Plan | None:
    """What a forecast is asked for; None while dates or radius cannot be read yet."""
    values, errors = _values(form.typed)
    if errors.keys() & {"starts", "ends", "timezone", "radius_km"}:
        return None
    terms, _ = terms_form.read(form.typed, form.anyway)
    booked = [cap for level in ("cap", "campaign_cap") for cap in caps_form.read(form.typed, level)[0]]
    return Plan(
        starts_at=values["starts_at"],
        ends_at=values["ends_at"],
        place_ids=tuple(place_ids)[:PLACES_LIMIT],
        area_ids=form.area_ids,
        radius_m=values["radius_m"],
        markets=values["markets"],
        priority=values["priority"],
        budget_micros=values["budget_micros"],
        targeting=targeting_form.targeting_of(form.whom)[0],
        caps=tuple(cap for cap in booked if not any(cap_faults((cap,)))),
        approach=terms["approach"],
        **{name: terms[name] for name in ("cpm_micros", "cpv_micros", "cpa_micros", "action", "goal")},
    )


_FIELD = {
    "starts_at": "starts",
    "ends_at": "ends",
    "radius": "radius_km",
    **dict.fromkeys(("cpm", "cpv", "cpa"), "price"),
    "goal": "goal_amount",
    "caps": "cap_count",
    "campaign_caps": "campaign_cap_count",
}
"""What faults call otherwise than the form."""


def _values(typed: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """Arguments of an order, and what could not be read (its field then holds something acceptable)."""
    errors = dict(_unreadable(typed))
    starts, ends = _flight(typed, errors)
    return {
        "name": typed["name"],
        "starts_at": starts,
        "ends_at": ends,
        "budget_micros": 0 if "budget" in errors else _micros(typed["budget"]),
        "currency": typed["currency"],
        "radius_m": 0 if "radius_km" in errors else round(_decimal(typed["radius_km"]) * 1000),
        "priority": Priority(typed["priority"]) if typed["priority"] in set(Priority) else Priority.STANDARD,
        "category": Category(typed["category"]) if typed["category"] in set(Category) else Category.OTHER,
        "timezone": "" if "timezone" in errors else typed["timezone"],
        "markets": countries(typed["markets"]),
    }, errors


def countries(text: str) -> tuple[str, ...]:
    """What was typed, each once."""
    return tuple(dict.fromkeys(text.upper().replace(",", " ").split()))


def _flight(typed: Mapping[str, str], errors: Mapping[str, str]) -> tuple[datetime, datetime]:
    """Start and end in the form's timezone; one that could not be read lies a day from the other."""
    zone = ZoneInfo("UTC" if "timezone" in errors else typed["timezone"])
    read = {
        n: datetime.fromisoformat(typed[n]).replace(tzinfo=zone)
        for n in ("starts", "ends")
        if n not in errors
    }
    starts = read.get("starts") or read.get("ends", datetime(2999, 1, 2, tzinfo=zone)) - timedelta(days=1)
    return starts, read.get("ends") or starts + timedelta(days=1)


def _unreadable(typed: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    if typed["timezone"] not in timezones():
        yield "timezone", "Choose a timezone from the list, such as Europe/Paris."
    for name in ("starts", "ends"):
        if fault := moment_fault(typed[name]):
            yield name, fault
    try:
        _micros(typed["budget"])
    except Invalid as error:
        yield "budget", terms_form.meant(error)
    try:
        round(_decimal(typed["radius_km"]) * 1000)
    except (ValueError, OverflowError):
        yield "radius_km", "Type the radius as a number of kilometres."


def moment_fault(text: str) -> str:
    """What is wrong with a moment as a ``datetime-local`` field sends it; empty for nothing."""
    try:
        year = datetime.fromisoformat(text).year
    except ValueError:
        return "Type a date and a time."
    if year < _YEARS.start:
        return "That is too early."
    return "" if year in _YEARS else "That is too late: book at most two years."


def _micros(text: str) -> int:
    return terms_form.amount(text) if text.strip() else 0


def _decimal(text: str) -> float:
    return float(text.strip().replace(",", "."))


def local(moment: datetime) -> str:
    """As a ``datetime-local`` field holds it."""
    return moment.strftime("%Y-%m-%dT%H:%M")


def take_fault(form: Form, error: RoadcastError) -> None:
    """Set the form's errors from a refusal; an upload that is refused is gone, and is sent anew."""
    if error.code.startswith(("media-", "upload-")):
        form.refused_file = error
        form.errors["file"] = error.detail
        if error.code != "upload-unfinished":
            form.typed |= {"upload_id": "", "upload_name": ""}
        return
    fields = error.fields or {"form": f"{error.detail} {error.fix}"}
    form.errors |= {_FIELD.get(name, name): text for name, text in fields.items()}
