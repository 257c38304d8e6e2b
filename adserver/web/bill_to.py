"""Whom invoices name, and their taxes: for operators, as an API and a page."""

from typing import Any

import msgspec
from starlette.authentication import requires
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.templating import Jinja2Templates

from adserver.billing.keep_bill_to import KeepBillTo
from adserver.billing.tax import BillTo, as_percent, percent_bp, shown_percent
from adserver.web.visitor import json_response
from kernel.errors import Invalid

FIELDS = ("name", "address", "country", "vat_id", "rate")
_TYPED_LIMIT = 1000


def routes(templates: Jinja2Templates, keep: KeepBillTo) -> list[BaseRoute]:
    """``/v1/advertisers/{advertiser_id}/bill-to`` and ``/advertiser/billing…``."""

    @requires("operator")
    async def read(request: Request) -> Response:
        """Reads whom an advertiser's invoices name.

        ---
        summary: Read whom an advertiser's invoices name
        tags: [Money]
        security: [{session: [operator]}]
        responses:
          200:
            description: as the next invoices will have it
            content: {application/json: {schema: {$ref: "#/components/schemas/BillTo"}}}
          404: {description: advertiser-unknown}
        """
        _, found = await run_in_threadpool(keep.one, request.path_params["advertiser_id"])
        return json_response(found)

    @requires("operator")
    async def write(request: Request) -> Response:
        """Writes whom an advertiser's invoices name.

        ---
        summary: Write whom an advertiser's invoices name
        description: >-
          Its name and address, country, VAT id, and, where it is not that of its country, its rate of tax in
          hundredths of a per cent. What was issued stays as it is.
        tags: [Money]
        security: [{session: [operator]}]
        requestBody:
          required: true
          content: {application/json: {schema: {$ref: "#/components/schemas/BillTo"}}}
        responses:
          200:
            description: as the next invoices will have it
            content: {application/json: {schema: {$ref: "#/components/schemas/BillTo"}}}
          404: {description: advertiser-unknown}
          422: {description: "bill-to-too-long, country-unknown, vat-id-malformed or tax-rate-out-of-range"}
        """
        wanted = msgspec.json.decode(await request.body(), type=BillTo)
        return json_response(
            await run_in_threadpool(keep.write, request.path_params["advertiser_id"], wanted)
        )

    at = "/v1/advertisers/{advertiser_id}/bill-to"
    return [
        Route(at, read, methods=["GET"]),
        Route(at, write, methods=["PUT"]),
        *_pages(templates, keep),
    ]


def _pages(templates: Jinja2Templates, keep: KeepBillTo) -> list[BaseRoute]:
    def page(request: Request, name: str, context: dict[str, Any], status: int = 200) -> Response:
        headers = {"Cache-Control": "no-store"}
        return templates.TemplateResponse(request, f"adserver/{name}.html", context, status, headers)

    @requires("operator")
    async def index(request: Request) -> Response:
        """Every advertiser, and whom its invoices name."""
        found = await run_in_threadpool(keep.all)
        return page(request, "billing", {"found": found, "shown_percent": shown_percent})

    @requires("operator")
    async def form(request: Request) -> Response:
        """The form of one."""
        advertiser, found = await run_in_threadpool(keep.one, request.path_params["advertiser_id"])
        return page(request, "bill_to", {"advertiser": advertiser, "typed": _typed(found), "error": None})

    @requires("operator")
    async def save(request: Request) -> Response:
        """Writes it."""
        advertiser_id = request.path_params["advertiser_id"]
        advertiser, _ = await run_in_threadpool(keep.one, advertiser_id)
        data = await request.form(max_files=0, max_fields=8)
        typed = {name: str(data.get(name, ""))[:_TYPED_LIMIT] for name in FIELDS}
        try:
            await run_in_threadpool(keep.write, advertiser_id, _read(data))
        except Invalid as error:
            return page(request, "bill_to", {"advertiser": advertiser, "typed": typed, "error": error}, 422)
        return RedirectResponse("/advertiser/billing", 303)

    at = "/advertiser/billing"
    table = [
        (at, index, "GET"),
        (f"{at}/{{advertiser_id}}", form, "GET"),
        (f"{at}/{{advertiser_id}}", save, "POST"),
    ]
    return [Route(path, answer, methods=[method], include_in_schema=False) for path, answer, method in table]


def _typed(found: BillTo) -> dict[str, str]:
    rate = "" if found.rate_bp is None else as_percent(found.rate_bp)
    told = {"name": found.name, "country": found.country, "vat_id": found.vat_id, "rate": rate}
    return told | {"address": "\n".join(found.address)}


def _read(data: FormData) -> BillTo:
    """What was typed.

    Raises:
        Invalid: ``tax-rate-out-of-range`` for what is no rate.
    """
    typed = {name: str(data.get(name, ""))[:_TYPED_LIMIT] for name in FIELDS}
    rate = typed["rate"].strip()
    rate_bp = percent_bp(rate) if rate else None
    if rate and rate_bp is None:
        fix = "Type 0 to 100 per cent, or nothing."
        detail = "Who is billed cannot be written so."
        raise Invalid("tax-rate-out-of-range", detail, fix=fix, fields={"rate": fix})
    address = tuple(typed["address"].splitlines())
    return BillTo(typed["name"], address, typed["country"], typed["vat_id"], rate_bp)
