"""Before booking: how much there will be to show, as JSON, and beside the form while it is filled in."""

from typing import Any

import msgspec
from starlette.authentication import requires
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.templating import Jinja2Templates

from adserver.booking.find_places import FindPlaces
from adserver.booking.forecast_campaign import ForecastCampaign
from adserver.booking.plan import Plan
from adserver.web import booking_form, terms_form
from adserver.web.booking_form import AREAS_PICKED_LIMIT, PICKED_LIMIT, Form
from adserver.web.visitor import json_response
from kernel.errors import Invalid


def routes(forecast: ForecastCampaign) -> list[BaseRoute]:
    """``POST /v1/forecast``."""

    @requires("booking")
    async def ask(request: Request) -> Response:
        """Forecasts what a campaign may be shown.

        ---
        summary: Forecast a campaign before it is booked
        description: >-
          How many opportunities there will be (`available`), how many of them other campaigns of the same or
          a higher priority want too, by what their budgets and goals leave them (`contended`), and how many
          showings are left where those take theirs, within the caps, the goal and the budget (`possible`),
          from what was offered in the last four weeks. Each with the range that it lies in eight times in
          ten, by how the weeks differed (`thin` with less than two). `bound` says what keeps `possible` from
          being more, and `unreckoned` what is asked and not in the numbers. Numbers have two significant
          digits. `code` says where nothing can be told: `no-history`, `few` (fewer than ten in all the
          history) or `no-targeting`.
        tags: [Campaigns]
        security: [{session: [booking]}, {token: [booking]}]
        requestBody:
          required: true
          content: {application/json: {schema: {$ref: "#/components/schemas/Plan"}}}
        responses:
          200:
            description: the forecast
            content: {application/json: {schema: {$ref: "#/components/schemas/Forecast"}}}
          422: {description: "forecast-flight, radius-out-of-range, places-too-many or areas-too-many"}
        """
        plan = msgspec.json.decode(await request.body(), type=Plan)
        return json_response(await run_in_threadpool(forecast, plan))

    return [Route("/v1/forecast", ask, methods=["POST"])]


def form_routes(
    templates: Jinja2Templates, forecast: ForecastCampaign, find_places: FindPlaces
) -> list[BaseRoute]:
    """What the form asks for while it is filled in."""

    @requires("booking")
    async def ask(request: Request) -> Response:
        data = await request.form(max_files=0, max_fields=PICKED_LIMIT + AREAS_PICKED_LIMIT + 400)
        form = booking_form.read(data)
        context = await run_in_threadpool(expect, forecast, find_places, form)
        context |= {"form": form, "terms_words": terms_form}
        headers = {"Cache-Control": "no-store"}
        return templates.TemplateResponse(request, "adserver/_forecast.html", context, headers=headers)

    return [Route("/advertiser/campaigns/new/forecast", ask, methods=["POST"], include_in_schema=False)]


BOUNDS = {
    "supply": "Nothing but the number of cars limits it.",
    "others": "What others have booked limits it.",
    "cap": "The frequency cap limits it: the same cars come back.",
    "goal": "Its goal limits it.",
    "budget": "Its budget limits it.",
}
UNRECKONED = {
    "language": "the language",
    "driving": "what the car does",
    "genre": "the programme",
    "model": "the model",
    "powertrain": "the powertrain",
    "charge": "the charge",
    "fuel": "the fuel",
    "service": "the service",
    "odometer": "the odometer",
    "cap": "the frequency cap",
    "fence": "that a car has come in, stayed or left",
    "detour": "the longest detour",
}
"""What codes of forecasts mean, in the words of the page; ``locales/fr.toml`` has the French."""


def expect(forecast: ForecastCampaign, find_places: FindPlaces, form: Form) -> dict[str, Any]:
    """What the form's panel says: ``forecast``, or what is wrong with what was typed."""
    place_ids = list(form.picked)
    if form.place_set is not None:
        place_ids += find_places(form.place_set).place_ids
    plan = booking_form.plan_of(form, place_ids)
    words = {"bounds": BOUNDS, "unreckoned": UNRECKONED}
    try:
        told = None if plan is None else forecast(plan)
    except Invalid as error:
        return {"forecast": None, "forecast_error": error, "expect_words": words}
    return {"forecast": told, "forecast_error": None, "expect_words": words}
