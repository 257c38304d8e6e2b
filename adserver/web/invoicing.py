"""Invoices: a JSON API, PDF, and pages; advertisers see theirs, operators see and issue all."""

from dataclasses import dataclass
from typing import Any

import msgspec
from starlette.authentication import requires
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.templating import Jinja2Templates

from adserver.billing.invoice import Invoice, InvoiceLine, shown_number, unknown_invoice
from adserver.billing.issue_invoices import IssueInvoices
from adserver.billing.keep_bill_to import KeepBillTo
from adserver.billing.read_invoices import ReadInvoices
from adserver.billing.tax import Tax, shown_percent
from adserver.ports import PrintInvoice
from adserver.web.visitor import json_response, viewer
from adserver.web.wording import LANGUAGES, zoned
from kernel.errors import Conflict, Invalid, RoadcastError


class MonthToIssue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of an issue: ``2026-05``."""

    month: str


class IssuedInvoice(msgspec.Struct, frozen=True):
    """An invoice, with its sums.

    Args:
        total_micros: the sum of the ledger, to the micro; net_micros is the same in whole cents, and
            payable_micros that with its tax.
        corrects: the numbers of the invoices on which stands what it gives back.
    """

    number: int
    shown_number: str
    advertiser_id: str
    advertiser: str
    month: str
    timezone: str
    currency: str
    issued_ms: int
    total_micros: int
    net_micros: int
    tax: Tax | None
    payable_micros: int
    issuer: tuple[str, ...]
    issuer_vat_id: str
    billed_to: tuple[str, ...]
    vat_id: str
    corrects: tuple[int, ...]
    lines: tuple[InvoiceLine, ...]


@dataclass(frozen=True)
class Invoicing:
    """What the routes call."""

    issue: IssueInvoices
    read: ReadInvoices
    bill_to: KeepBillTo
    print_invoice: PrintInvoice


def routes(templates: Jinja2Templates, invoicing: Invoicing) -> list[BaseRoute]:
    """``/v1/invoices…`` and ``/advertiser/invoices…``."""
    issue, kept = invoicing.issue, invoicing.read

    @requires("invoices")
    async def listed(request: Request) -> Response:
        """Lists the newest 200 invoices.

        ---
        summary: List your invoices
        tags: [Money]
        security: [{session: [invoices]}, {token: [invoices]}]
        responses:
          200:
            description: the newest first; operators see those of all advertisers
            content:
              application/json:
                schema:
                  type: object
                  properties: {invoices: {type: array, items: {$ref: "#/components/schemas/IssuedInvoice"}}}
        """
        found = await run_in_threadpool(kept.newest, viewer(request))
        return json_response({"invoices": [_told(invoice) for invoice in found]})

    @requires("operator")
    async def issue_month(request: Request) -> Response:
        """Issues the invoices of a month.

        ---
        summary: Issue the invoices of a month
        description: >-
          One for each advertiser and currency in which something was charged or given back. Those that were
          issued before stay as they are; what was told after them is in the next.
        tags: [Money]
        security: [{session: [operator]}]
        requestBody:
          required: true
          content: {application/json: {schema: {$ref: "#/components/schemas/MonthToIssue"}}}
        responses:
          200:
            description: all invoices of the month
            content:
              application/json:
                schema:
                  type: object
                  properties: {invoices: {type: array, items: {$ref: "#/components/schemas/IssuedInvoice"}}}
          409: {description: "month-not-over or tax-rate-missing"}
          422: {description: month-malformed}
        """
        month = msgspec.json.decode(await request.body(), type=MonthToIssue).month
        issued = await issue(month, actor=str(request.user.account_id))
        return json_response({"invoices": [_told(invoice) for invoice in issued]})

    @requires("invoices")
    async def read(request: Request) -> Response:
        """Reads an invoice.

        ---
        summary: Read an invoice
        tags: [Money]
        security: [{session: [invoices]}, {token: [invoices]}]
        responses:
          200:
            description: the invoice
            content: {application/json: {schema: {$ref: "#/components/schemas/IssuedInvoice"}}}
          404: {description: invoice-unknown}
        """
        return json_response(_told(await _one(kept, request)))

    @requires("invoices")
    async def pdf(request: Request) -> Response:
        """Prints an invoice.

        ---
        summary: Read an invoice as PDF
        tags: [Money]
        security: [{session: [invoices]}, {token: [invoices]}]
        parameters:
          - {name: lang, in: query, required: false, schema: {type: string, enum: [en, fr]}}
        responses:
          200: {description: the invoice, content: {application/pdf: {}}}
          404: {description: invoice-unknown}
        """
        invoice = await _one(kept, request)
        language = request.query_params.get("lang", "")
        chosen = language if language in LANGUAGES else LANGUAGES[0]
        printed = await run_in_threadpool(invoicing.print_invoice, invoice, chosen)
        name = f'attachment; filename="{invoice.shown_number}.pdf"'
        headers = {"Cache-Control": "no-store", "Content-Disposition": name}
        return Response(printed, headers=headers, media_type="application/pdf")

    return [
        Route("/v1/invoices", listed, methods=["GET"]),
        Route("/v1/invoices", issue_month, methods=["POST"]),
        Route("/v1/invoices/{number}", read, methods=["GET"]),
        Route("/v1/invoices/{number}/pdf", pdf, methods=["GET"]),
        *_pages(templates, issue, kept),
    ]


def _pages(templates: Jinja2Templates, issue: IssueInvoices, kept: ReadInvoices) -> list[BaseRoute]:
    def page(request: Request, name: str, context: dict[str, Any], status: int = 200) -> Response:
        context |= {"zoned": zoned}
        headers = {"Cache-Control": "no-store"}
        return templates.TemplateResponse(request, f"adserver/{name}.html", context, status, headers)

    async def show(request: Request, error: RoadcastError | None = None, month: str = "") -> Response:
        found = await run_in_threadpool(kept.newest, viewer(request))
        context = {"invoices": found, "error": error, "month": month, "nothing": bool(month) and not error}
        return page(request, "invoices", context, 422 if error else 200)

    @requires("invoices")
    async def index(request: Request) -> Response:
        """The invoices; for operators a form that issues those of a month."""
        return await show(request)

    @requires("operator")
    async def issue_month(request: Request) -> Response:
        """Issues a month."""
        data = await request.form(max_files=0, max_fields=5)
        month = str(data.get("month", ""))[:20]
        try:
            issued = await issue(month, actor=str(request.user.account_id))
        except (Invalid, Conflict) as error:
            return await show(request, error, month)
        # What is none of is said on the page of the form: there is nothing to go to.
        return RedirectResponse("/advertiser/invoices", 303) if issued else await show(request, month=month)

    @requires("invoices")
    async def one(request: Request) -> Response:
        """One invoice, as it may be printed."""
        said = {"shown_number": shown_number, "shown_percent": shown_percent}
        return page(request, "invoice", {"invoice": await _one(kept, request)} | said)

    at = "/advertiser/invoices"
    table = [(at, index, "GET"), (at, issue_month, "POST"), (f"{at}/{{number}}", one, "GET")]
    return [Route(path, answer, methods=[method], include_in_schema=False) for path, answer, method in table]


async def _one(kept: ReadInvoices, request: Request) -> Invoice:
    number = request.path_params["number"]
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        raise unknown_invoice()
    return await run_in_threadpool(kept.one, viewer(request), int(number))


def _told(invoice: Invoice) -> IssuedInvoice:
    values = {name: getattr(invoice, name) for name in IssuedInvoice.__struct_fields__}
    return IssuedInvoice(**values)
