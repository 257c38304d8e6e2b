"""The advertiser's buttons that change what is booked: edit, remove, withdraw a creative."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from starlette.authentication import requires
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from adserver.booking.arrange_creative import Arrangement
from adserver.booking.campaign import Campaign, LineItem, Priority
from adserver.booking.edit_campaign import Edit
from adserver.booking.targeting import Targeting, tidied
from adserver.web import caps_form, targeting_form, terms_form
from adserver.web.booking_form import countries, local, moment_fault
from adserver.web.campaigns import Booking, sells_priorities
from adserver.web.visitor import viewer
from kernel.clock import from_ms, timezones
from kernel.errors import Conflict, Invalid, RoadcastError
from kernel.money import MICROS_PER_UNIT

_FIELDS = (
    "name", "ends", "budget", "radius_km", "markets", "revision", "priority", *terms_form.TEXTS,
    *caps_form.TEXTS,
)  # fmt: skip
_DECIMALS = frozenset({"budget", "price", "radius_km"})
"""Written with a comma in French."""
_PLACES_LIMIT = 500
Show = Callable[[Request, str, RoadcastError | None, Any], Awaitable[Response]]


def routes(booking: Booking, show: Show) -> list[BaseRoute]:
    """``POST`` below one campaign; ``show`` answers with its page, an error and what was typed."""

    @requires("booking")
    async def edit(request: Request) -> Response:
        """Changes what the form says otherwise than the campaign."""
        campaign_id, actor = request.path_params["campaign_id"], str(request.user.account_id)
        data = await request.form(max_files=0, max_fields=2 * _PLACES_LIMIT + 400)
        typed = {name: str(data.get(name, ""))[:200] for name in _FIELDS}
        report = await booking.report(viewer(request), campaign_id)
        try:
            wanted = _edit(report.overview.campaign, typed, data)
            if wanted.priority is not None:
                sells_priorities(request)
            await booking.edit(viewer(request), campaign_id, wanted, actor=actor)
        except (Invalid, Conflict) as error:
            whom = targeting_form.read(data) if data.get("with_whom") else None
            anyway = data.getlist("anyway") if data.get("with_approach") else None
            return await show(request, campaign_id, error, {"edit": typed, "whom": whom, "anyway": anyway})
        return RedirectResponse(f"/advertiser/campaigns/{campaign_id}#terms", 303)

    @requires("booking")
    async def remove(request: Request) -> Response:
        """Removes a campaign that was never shown."""
        campaign_id = request.path_params["campaign_id"]
        try:
            await booking.remove(viewer(request), campaign_id, actor=str(request.user.account_id))
        except Conflict as error:
            return await show(request, campaign_id, error, None)
        return RedirectResponse("/advertiser", 303)

    @requires("booking")
    async def withdraw(request: Request) -> Response:
        """Takes a creative off the air."""
        campaign_id, creative_id = (request.path_params[name] for name in ("campaign_id", "creative_id"))
        try:
            await booking.withdraw(viewer(request), campaign_id, creative_id)
        except Conflict as error:
            return await show(request, campaign_id, error, None)
        return RedirectResponse(f"/advertiser/campaigns/{campaign_id}#creatives", 303)

    @requires("booking")
    async def arrange(request: Request) -> Response:
        """Weighs a creative, and says where it stands in a sequence."""
        campaign_id, creative_id = (request.path_params[name] for name in ("campaign_id", "creative_id"))
        data = await request.form(max_files=0, max_fields=5)
        typed = {name: str(data.get(name, ""))[:9].strip() for name in ("weight", "position")}
        # What is no number is out of every range.
        read = {name: int(text) if text.isascii() and text.isdigit() else -1 for name, text in typed.items()}
        try:
            await booking.arrange(viewer(request), campaign_id, creative_id, Arrangement(**read))
        except (Invalid, Conflict) as error:
            return await show(request, campaign_id, error, None)
        return RedirectResponse(f"/advertiser/campaigns/{campaign_id}#creatives", 303)

    at = "/advertiser/campaigns/{campaign_id}"
    table = [
        (f"{at}/edit", edit),
        (f"{at}/remove", remove),
        (f"{at}/creatives/{{creative_id}}/withdraw", withdraw),
        (f"{at}/creatives/{{creative_id}}/arrange", arrange),
    ]
    return [Route(path, page, methods=["POST"], include_in_schema=False) for path, page in table]


def shown(campaign: Campaign, zone: str) -> dict[str, str]:
    """The edit form's texts of a campaign as it is."""
    item = campaign.line_item
    return {
        "name": campaign.name,
        "ends": local(from_ms(item.ends_ms).astimezone(ZoneInfo(zone))),
        "budget": f"{item.budget_micros / MICROS_PER_UNIT:.2f}",
        "radius_km": f"{item.radius_m / 1000:g}",
        "markets": ", ".join(item.markets),
        **terms_form.shown(item),
        **caps_form.shown(item.caps, "cap"),
        **caps_form.shown(campaign.caps, "campaign_cap"),
        "priority": item.priority.value,
        "revision": str(campaign.revision),
    }


def _edit(campaign: Campaign, typed: Mapping[str, str], data: FormData) -> Edit:
    """What differs from the campaign.

    Raises:
        Invalid: for what cannot be read, with its field.
    """
    zone = str(data.get("zone", ""))
    zone = zone if zone in timezones() else "UTC"
    item, now = campaign.line_item, shown(campaign, zone)
    places = tuple(str(value) for value in data.getlist("place_id"))[:_PLACES_LIMIT]

    def read(name: str, reader: Callable[[str], Any], fix: str) -> Any:
        text = typed[name].strip()
        if now[name] in (text, text.replace(",", ".") if name in _DECIMALS else text):
            return None
        try:
            return reader(typed[name])
        except (ValueError, OverflowError, Invalid) as error:
            if isinstance(error, Invalid):
                fix = error.detail if error.code == "moment-unusable" else terms_form.meant(error)
            raise Invalid(
                "field-unreadable", "A field cannot be read.", fix=fix, fields={name: fix}
            ) from None

    def moment(text: str) -> datetime:
        if fault := moment_fault(text):
            raise Invalid("moment-unusable", fault)
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))

    def metres(text: str) -> int:
        return round(float(text.strip().replace(",", ".")) * 1000)

    areas = tuple(str(value) for value in data.getlist("area_id"))[:_PLACES_LIMIT]
    same_areas = not data.get("with_areas") or set(areas) == set(item.area_ids)
    same_places = not data.get("with_places") or set(places) == set(item.place_ids)
    return Edit(
        revision=int(typed["revision"]) if typed["revision"].isascii() and typed["revision"].isdigit() else 0,
        name=read("name", str, ""),
        ends_at=read("ends", moment, "Type a date and a time."),
        budget_micros=read("budget", terms_form.amount, ""),
        radius_m=read("radius_km", metres, "Type the radius as a number of kilometres."),
        place_ids=None if same_places else places,
        area_ids=None if same_areas else areas,
        markets=read("markets", countries, "") if data.get("with_whom") else None,
        targeting=_targeting(item, data) if data.get("with_whom") else None,
        priority=read("priority", Priority, "Choose one of the list.") if typed["priority"] else None,
        **_terms(item, typed, data),
        **_caps(campaign, typed, data),
    )


def _caps(campaign: Campaign, typed: Mapping[str, str], data: FormData) -> dict[str, Any]:
    """Which caps are to be otherwise.

    Raises:
        Invalid: for what cannot be read.
    """
    if not data.get("with_caps"):
        return {}
    caps, unread = caps_form.read(typed, "cap")
    shared, unshared = caps_form.read(typed, "campaign_cap")
    if errors := unread | unshared:
        fix = next(iter(errors.values()))
        raise Invalid("field-unreadable", "A field cannot be read.", fix=fix, fields=errors)
    given = {"caps": (caps, campaign.line_item.caps), "campaign_caps": (shared, campaign.caps)}
    return {name: wanted for name, (wanted, booked) in given.items() if wanted != booked}


def _terms(item: LineItem, typed: Mapping[str, str], data: FormData) -> dict[str, Any]:
    """What of its terms is to be otherwise; what the form did not send stays.

    Raises:
        Invalid: for what cannot be read.
    """
    now = terms_form.shown(item)
    sent = {name: typed[name].strip() if name in data else now[name] for name in now}
    if sent["price"].replace(",", ".") == now["price"]:
        sent["price"] = now["price"]
    anyway = terms_form.anyway_of(item.approach)
    if data.get("with_approach"):
        anyway = tuple(word for word in terms_form.ANYWAY if word in data.getlist("anyway"))
    found, errors = terms_form.read(sent, anyway)
    if errors:
        fix = next(iter(errors.values()))
        raise Invalid("field-unreadable", "A field cannot be read.", fix=fix, fields=errors)
    if sent["price"] == now["price"] and sent["pays_for"] == now["pays_for"]:
        for name in ("cpm_micros", "cpv_micros", "cpa_micros", "action"):
            del found[name]
    return {name: value for name, value in found.items() if value != getattr(item, name)}


def _targeting(item: LineItem, data: FormData) -> Targeting | None:
    """For whom it is to be; None if that stays.

    Raises:
        Invalid: for what cannot be read.
    """
    found, errors = targeting_form.targeting_of(targeting_form.read(data))
    if errors:
        fix = next(iter(errors.values()))
        raise Invalid("field-unreadable", "A field cannot be read.", fix=fix, fields=errors)
    return None if tidied(found) == item.targeting else found
