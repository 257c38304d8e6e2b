"""The advertiser's pages: list, booking form, one campaign; and the operator's review."""

from collections.abc import Sequence
from typing import Any

import msgspec
from starlette.authentication import requires
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.templating import Jinja2Templates

from adserver.billing.delivery import By, Wish
from adserver.billing.report import Overview
from adserver.billing.why import counted
from adserver.booking.campaign import Category, LineItem, Priority
from adserver.booking.find_areas import FindAreas
from adserver.booking.find_places import FindPlaces, FoundPlaces
from adserver.booking.order import (
    BODY_LIMIT,
    HEADLINE_LIMIT,
    PLACES_LIMIT,
    SPOT_LIMIT_MS,
    check_text,
)
from adserver.booking.submit_creative import Submission
from adserver.web import (
    booking_form,
    capping,
    caps_form,
    correcting,
    coupon_form,
    crediting,
    forecasting,
    targeting_form,
    terms_form,
)
from adserver.web.booking_form import AREAS_PICKED_LIMIT, PICKED_LIMIT, WITHIN_KM, Form
from adserver.web.campaigns import Booking, campaign_action, review_action, sells_priorities
from adserver.web.chart import chart, newest
from adserver.web.visitor import viewer
from adserver.web.wording import reason, zoned
from geotarget.area import Area
from geotarget.place import Category as PlaceCategory
from kernel.clock import Clock, timezones
from kernel.errors import Conflict, Invalid, NotFound, RoadcastError
from kernel.ids import NewId

_PLACES_SHOWN = 100
_TEXTS = {"headline_limit": HEADLINE_LIMIT, "body_limit": BODY_LIMIT, "spot_limit_ms": SPOT_LIMIT_MS}
_NO_UPLOAD = {"upload_id": "", "upload_name": ""}


def routes(
    templates: Jinja2Templates,
    booking: Booking,
    find_places: FindPlaces,
    find_areas: FindAreas,
    clock: Clock,
    new_id: NewId,
) -> list[BaseRoute]:
    """``/advertiser…``."""
    pages = _Pages(templates, booking, find_places, find_areas, clock, new_id)
    at = "/advertiser/campaigns/{campaign_id}"
    table = [
        ("/advertiser", pages.index, ["GET"]),
        ("/advertiser/campaigns/new", pages.new, ["GET"]),
        ("/advertiser/campaigns/new", pages.fill_in, ["POST"]),
        ("/advertiser/caps", pages.cap, ["POST"]),
        ("/advertiser/review", pages.to_review, ["GET"]),
        ("/advertiser/review/{creative_id}/{action}", pages.review, ["POST"]),
        (at, pages.campaign, ["GET"]),
        (f"{at}/creatives", pages.submit, ["POST"]),
        (f"{at}/{{action}}", pages.change, ["POST"]),
    ]
    pairs = [Route(path, page, methods=methods, include_in_schema=False) for path, page, methods in table]
    # Before the table, whose last line takes any word for a change of state.
    changes = [
        *correcting.routes(booking, pages.show),
        *crediting.form_routes(booking, pages.show),
        *forecasting.form_routes(templates, booking.forecast, find_places),
    ]
    return [*changes, *pairs]


class _Pages:
    def __init__(
        self,
        templates: Jinja2Templates,
        booking: Booking,
        find_places: FindPlaces,
        find_areas: FindAreas,
        clock: Clock,
        new_id: NewId,
    ) -> None:
        self._templates = templates
        self._booking = booking
        self._find_places = find_places
        self._find_areas = find_areas
        self._clock = clock
        self._new_id = new_id

    @requires("reports")
    async def index(self, request: Request) -> Response:
        """The campaigns, each with its delivery and why it does not serve."""
        return await self._index(request)

    async def _index(
        self, request: Request, typed: dict[str, str] | None = None, errors: dict[str, str] | None = None
    ) -> Response:
        """The list; with what was typed of caps where that is wrong."""
        own = await run_in_threadpool(self._booking.read.advertiser, _own(request)) if _own(request) else None
        overviews = await self._booking.report.newest(viewer(request))
        names = await run_in_threadpool(self._names, overviews) if viewer(request) is None else {}
        context = {
            "overviews": overviews,
            "may_book": bool(_own(request)) and "booking" in request.auth.scopes,
            "now": self._clock.now(),
            "advertisers": names,
            "capping": typed or caps_form.shown(own.caps if own else (), "advertiser_cap"),
            "wrong": errors or {},
        }
        return self._page(request, "index", context, 422 if errors else 200)

    @requires("booking")
    async def cap(self, request: Request) -> Response:
        """How often a car may be shown anything of one's own."""
        taken = await capping.take_form(request, self._booking.cap)
        return taken if isinstance(taken, Response) else await self._index(request, *taken)

    def _names(self, overviews: Sequence[Overview]) -> dict[str, str]:
        """What the campaigns' advertisers are called, for who sees those of all."""
        found = map(self._booking.read.advertiser, {o.campaign.advertiser_id for o in overviews})
        return {one.advertiser_id: one.name for one in found if one}

    @requires("booking")
    async def new(self, request: Request) -> Response:
        """The empty booking form."""
        advertiser = await run_in_threadpool(self._booking.read.advertiser, _own(request))
        if advertiser is None:
            return self._page(request, "no_advertiser", {}, 403)
        exchange = self._booking.book.exchange
        currency = advertiser.currency if advertiser.currency in exchange.offered else exchange.currency
        form = booking_form.blank(self._clock.now(), advertiser.timezone, currency)
        return await self._form(request, form)

    @requires("booking")
    async def fill_in(self, request: Request) -> Response:
        """The form's buttons: search places or areas, take a whole search as a set, drop the set, book."""
        data = await request.form(max_files=0, max_fields=PICKED_LIMIT + AREAS_PICKED_LIMIT + 400)
        form, wish = booking_form.read(data), str(data.get("do", "book"))
        if wish == "book":
            return await self._book(request, form)
        if wish in {"drop-set", "forecast"}:
            form.place_set = form.place_set if wish == "forecast" else None
            return await self._form(request, form)
        if wish == "search-areas":
            areas = await run_in_threadpool(self._find_areas, form.typed["area_words"])
            return await self._form(request, form, areas=areas)
        found = await self._search(form)
        if wish == "take-all" and found is not None:
            form.place_set = booking_form.query(form)
        return await self._form(request, form, found, 422 if form.errors else 200)

    async def _book(self, request: Request, form: Form) -> Response:
        place_ids = list(form.picked)
        if form.place_set is not None:
            place_ids += (await run_in_threadpool(self._find_places, form.place_set)).place_ids
        try:
            check_text(form.typed["headline"], form.typed["body"])
        except Invalid as error:
            booking_form.take_fault(form, error)
        advertiser = await run_in_threadpool(self._booking.read.advertiser, _own(request))
        house = advertiser is not None and advertiser.house
        order = booking_form.order_of(
            form, place_ids, self._clock.now(), self._booking.book.exchange, house=house
        )
        if order is None:
            return await self._form(request, form, status=422)
        if order.priority is not Priority.STANDARD and not house:
            sells_priorities(request)
        upload_id, owner = form.typed["upload_id"], str(request.user.account_id)
        try:
            # A film that is refused is refused before anything is booked: to the form the two are one deed.
            await self._booking.book.check(_own(request), order)
            if upload_id:
                await self._booking.submit.take(upload_id, owner=owner)
            campaign = await self._booking.book(_own(request), order)
        except (Invalid, NotFound, Conflict) as error:
            booking_form.take_fault(form, error)
            return await self._form(request, form, status=422)
        for upload in ("", upload_id) if upload_id else ("",):
            submission = Submission(form.typed["headline"], form.typed["body"], upload)
            await self._booking.submit(viewer(request), campaign.campaign_id, submission, owner=owner)
        return RedirectResponse(f"/advertiser/campaigns/{campaign.campaign_id}", 303)

    async def _search(self, form: Form) -> FoundPlaces | None:
        wanted = booking_form.query(form)
        if wanted is None:
            return None
        try:
            return await run_in_threadpool(self._find_places, wanted)
        except Invalid as error:
            form.errors["latitude"] = f"{error.detail} {error.fix}"
            return None

    async def _form(
        self,
        request: Request,
        form: Form,
        found: FoundPlaces | None = None,
        status: int = 200,
        areas: list[Area] | None = None,
    ) -> Response:
        index = self._find_places.places()
        advertiser = await run_in_threadpool(self._booking.read.advertiser, _own(request))
        picked = [place for place_id in form.picked if (place := index.get(place_id))]
        in_set = 0
        if form.place_set is not None:
            in_set = len((await run_in_threadpool(self._find_places, form.place_set)).place_ids)
        context = {
            "form": form,
            "advertiser_name": advertiser.name if advertiser else "",
            "house": advertiser is not None and advertiser.house,
            "found": found,
            "picked": picked,
            "in_set": in_set,
            "areas_found": areas,
            "areas_picked": self._find_areas.named(form.area_ids),
            "any_areas": len(self._find_areas.areas()) > 0,
            **await run_in_threadpool(forecasting.expect, self._booking.forecast, self._find_places, form),
            "place_set_json": msgspec.json.encode(form.place_set).decode() if form.place_set else "",
            "categories": list(Category),
            "place_categories": list(PlaceCategory),
            "house_currency": self._booking.book.exchange.currency,
            "currencies": self._booking.book.exchange.offered,
            "timezones": sorted(timezones()),
            "within_km": WITHIN_KM,
            "places_limit": PLACES_LIMIT,
            **_TEXTS,
        }
        return self._page(request, "new", context, status)

    @requires("reports")
    async def campaign(self, request: Request) -> Response:
        """One campaign: delivery, places, creatives."""
        return await self._campaign(request, request.path_params["campaign_id"])

    async def show(
        self, request: Request, campaign_id: str, error: RoadcastError | None, typed: Any
    ) -> Response:
        """The campaign's page, with an error and what was typed."""
        return await self._campaign(request, campaign_id, error, typed)

    async def _campaign(
        self, request: Request, campaign_id: str, error: RoadcastError | None = None, typed: Any = None
    ) -> Response:
        report, counts = await self._booking.report.with_counts(viewer(request), campaign_id)
        asked = request.query_params.get("by", "")
        by = By(asked) if asked in set(By) else By.DAY
        delivery = await run_in_threadpool(
            self._booking.delivery.whole, viewer(request), campaign_id, Wish(by), counts
        )
        campaign = report.overview.campaign
        advertiser = await run_in_threadpool(self._booking.read.advertiser, campaign.advertiser_id)
        zone = campaign.line_item.timezone or (advertiser.timezone if advertiser else "UTC")
        index = self._find_places.places()
        shown = [place for place_id in campaign.line_item.place_ids if (place := index.get(place_id))]
        context = {
            "campaign": campaign,
            "item": campaign.line_item,
            "overview": report.overview,
            "report": report,
            "said": counted(report.overview.said),
            "delivery": delivery,
            "chart": chart(delivery.slices, by, campaign.line_item),
            "slicings": list(By),
            "slices": newest(delivery),
            "phase": campaign.phase(self._clock.now()),
            "places": shown[:_PLACES_SHOWN],
            "places_more": max(0, len(shown) - _PLACES_SHOWN),
            "areas": self._find_areas.named(campaign.line_item.area_ids),
            "zone": zone,
            "whom": (typed or {}).get("whom") or targeting_form.shown(campaign.line_item.targeting),
            "ticked": _ticked(campaign.line_item, typed),
            "editing": (typed or {}).get("edit") or correcting.shown(campaign, zone),
            "advertiser_name": advertiser.name if advertiser else "",
            "credits": await run_in_threadpool(self._booking.credit.of, campaign_id),
            "crediting": (typed or {}).get("credit") or {"key": self._new_id("crd")},
            "error": error,
            "typed": typed or {},
            **_TEXTS,
        }
        return self._page(request, "campaign", context, 422 if error else 200)

    @requires("booking")
    async def submit(self, request: Request) -> Response:
        """Adds a creative."""
        data = await request.form(max_files=1, max_fields=20)
        campaign_id = request.path_params["campaign_id"]
        typed = {
            name: str(data.get(name, ""))[:3000]
            for name in ("headline", "body", "upload_id", "upload_name", "tag_url", *coupon_form.FIELDS)
        }
        texts = typed["headline"], typed["body"], typed["upload_id"], typed["tag_url"].strip()
        try:
            submission = Submission(*texts, await coupon_form.read(data))
            owner = str(request.user.account_id)
            await self._booking.submit(viewer(request), campaign_id, submission, owner=owner)
        except (Invalid, NotFound, Conflict) as error:
            # The text is judged first: only what was wrong with it leaves the film unread, and still there.
            of_text = {"headline", "body", "tag_url", *coupon_form.FIELDS, "coupon_codes"}
            kept = typed if error.fields.keys() & of_text else typed | _NO_UPLOAD
            return await self._campaign(request, campaign_id, error, kept)
        return RedirectResponse(f"/advertiser/campaigns/{campaign_id}#creatives", 303)

    @requires("booking")
    async def change(self, request: Request) -> Response:
        """Pauses, resumes or ends."""
        campaign_id = request.path_params["campaign_id"]
        action = campaign_action(request.path_params["action"])
        try:
            await self._booking.change(viewer(request), campaign_id, action)
        except Conflict as error:
            return await self._campaign(request, campaign_id, error)
        return RedirectResponse(f"/advertiser/campaigns/{campaign_id}", 303)

    @requires("operator")
    async def to_review(self, request: Request) -> Response:
        """The creatives that wait."""
        return await self._review(request)

    @requires("operator")
    async def review(self, request: Request) -> Response:
        """Approves or rejects."""
        data = await request.form(max_files=0, max_fields=5)
        action, creative_id = review_action(request.path_params["action"]), request.path_params["creative_id"]
        try:
            await self._booking.review(creative_id, action, str(data.get("reason", "")))
        except (Invalid, Conflict) as error:
            return await self._review(request, error, creative_id)
        return RedirectResponse("/advertiser/review", 303)

    async def _review(
        self, request: Request, error: RoadcastError | None = None, creative_id: str = ""
    ) -> Response:
        creatives = await run_in_threadpool(self._booking.read.to_review)
        context = {"creatives": creatives, "error": error, "at": creative_id}
        return self._page(request, "review", context, 422 if error else 200)

    def _page(self, request: Request, name: str, context: dict[str, Any], status: int = 200) -> Response:
        headers = {"Cache-Control": "no-store"}
        context |= {
            "zoned": zoned,
            "reason_of": reason,
            "whom_words": targeting_form,
            "terms_words": terms_form,
            "caps_words": caps_form,
            "auto_approve": self._booking.submit.auto_approve,
        }
        return self._templates.TemplateResponse(request, f"adserver/{name}.html", context, status, headers)


def _ticked(item: LineItem, typed: Any) -> Sequence[str]:
    """To which of its places cars are sent anyway, as was ticked or as it is."""
    sent = (typed or {}).get("anyway")
    return terms_form.anyway_of(item.approach) if sent is None else sent


def _own(request: Request) -> str:
    return str(request.user.organisation_id)
