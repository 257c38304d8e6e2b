"""Booking and reporting as a JSON API."""

from dataclasses import dataclass
from datetime import datetime

import msgspec
from starlette.authentication import requires
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from adserver.billing.give_credit import GiveCredit
from adserver.billing.read_delivery import ReadDelivery
from adserver.billing.read_report import ReadReport
from adserver.billing.report import Overview, Report, as_csv
from adserver.booking.arrange_creative import ArrangeCreative
from adserver.booking.book_campaign import BookCampaign
from adserver.booking.campaign import CampaignAction, CreativeAction, Priority
from adserver.booking.cap_advertiser import CapAdvertiser
from adserver.booking.change_campaign import ChangeCampaign
from adserver.booking.edit_campaign import EditCampaign
from adserver.booking.forecast_campaign import ForecastCampaign
from adserver.booking.order import Order
from adserver.booking.read_campaigns import ReadCampaigns
from adserver.booking.remove_campaign import RemoveCampaign
from adserver.booking.review_creative import ReviewCreative
from adserver.booking.submit_creative import Submission, SubmitCreative
from adserver.booking.withdraw_creative import WithdrawCreative
from adserver.web.delivering import day_of
from adserver.web.visitor import json_response, viewer
from kernel.errors import Forbidden, NotFound


class Listed(msgspec.Struct, frozen=True):
    """A campaign in the list: ``done`` of its ``goal``, in micros where that is its budget."""

    campaign_id: str
    advertiser_id: str
    name: str
    state: str
    starts_at: datetime
    ends_at: datetime
    places: int
    areas: int
    currency: str
    budget_micros: int
    spent_micros: int
    shown: int
    goal_unit: str
    goal: int
    done: int
    why: str
    why_code: str


class Review(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of a review; a rejection needs its reason."""

    reason: str = ""


@dataclass(frozen=True)
class Booking:
    """The verbs that both the API and the pages of booking call."""

    book: BookCampaign
    submit: SubmitCreative
    change: ChangeCampaign
    edit: EditCampaign
    remove: RemoveCampaign
    withdraw: WithdrawCreative
    arrange: ArrangeCreative
    review: ReviewCreative
    read: ReadCampaigns
    report: ReadReport
    credit: GiveCredit
    delivery: ReadDelivery
    forecast: ForecastCampaign
    cap: CapAdvertiser


def routes(booking: Booking) -> list[BaseRoute]:
    """``/v1/campaigns…`` and ``/v1/creatives…``."""

    @requires("reports")
    async def list_campaigns(request: Request) -> Response:
        """Lists the newest 200 campaigns.

        ---
        summary: List your campaigns
        tags: [Campaigns]
        security: [{session: [reports]}, {token: [reports]}]
        responses:
          200:
            description: newest first
            content:
              application/json:
                schema:
                  type: object
                  properties: {campaigns: {type: array, items: {$ref: "#/components/schemas/Listed"}}}
        """
        found = await booking.report.newest(viewer(request))
        return json_response({"campaigns": [_listed(overview) for overview in found]})

    @requires("booking")
    async def book(request: Request) -> Response:
        """Books a campaign.

        ---
        summary: Book a campaign
        description: It serves once it has an approved creative, within its dates.
        tags: [Campaigns]
        security: [{session: [booking]}, {token: [booking]}]
        requestBody:
          required: true
          content: {application/json: {schema: {$ref: "#/components/schemas/Order"}}}
        responses:
          201:
            description: booked
            content: {application/json: {schema: {$ref: "#/components/schemas/Campaign"}}}
          422: {description: "campaign-ends-before-start, budget-missing, daypart-malformed …"}
        """
        order = msgspec.json.decode(await request.body(), type=Order)
        if order.priority is not Priority.STANDARD:
            sells_priorities(request)
        return json_response(await booking.book(str(request.user.organisation_id), order), 201)

    @requires("reports")
    async def read(request: Request) -> Response:
        """Reads a campaign with its creatives.

        ---
        summary: Read a campaign
        tags: [Campaigns]
        security: [{session: [reports]}, {token: [reports]}]
        responses:
          200:
            description: the campaign
            content: {application/json: {schema: {$ref: "#/components/schemas/Campaign"}}}
          404: {description: campaign-unknown}
        """
        campaign_id = request.path_params["campaign_id"]
        return json_response(await run_in_threadpool(booking.read.one, viewer(request), campaign_id))

    @requires("reports")
    async def report(request: Request) -> Response:
        """Reports a campaign's delivery.

        ---
        summary: Read a campaign's delivery
        description: >-
          Booked, reserved and spent, how far its spots came (planned, stitched, started, quartiles,
          completed, and what expired unplayed), delivery by day, and why it is not serving. Days are the
          advertiser's; at most 400 are told.
        tags: [Campaigns]
        security: [{session: [reports]}, {token: [reports]}]
        parameters:
          - {name: from, in: query, required: false, schema: {type: string, format: date}}
          - {name: to, in: query, required: false, schema: {type: string, format: date}}
        responses:
          200:
            description: the report
            content: {application/json: {schema: {$ref: "#/components/schemas/Report"}}}
          404: {description: campaign-unknown}
          422: {description: "day-malformed, days-reversed or days-too-many"}
        """
        return json_response(await _report(booking.report, request))

    @requires("reports")
    async def export(request: Request) -> Response:
        """Exports a campaign's delivery by day.

        ---
        summary: Export a campaign's delivery by day as CSV
        description: >-
          RFC 4180, a line for each day; columns are named as in the report. At most 400 days. After a day's
          own numbers come what it brought towards the goal (`toward_goal`) and, the same in each line, the
          whole campaign's as they are now: its goal, what is done and planned of it, which part of its
          chances is let through (`pass_permille`), reach and frequency.
        tags: [Campaigns]
        security: [{session: [reports]}, {token: [reports]}]
        parameters:
          - {name: from, in: query, required: false, schema: {type: string, format: date}}
          - {name: to, in: query, required: false, schema: {type: string, format: date}}
        responses:
          200: {description: the days, content: {text/csv: {}}}
          404: {description: campaign-unknown}
          422: {description: "day-malformed, days-reversed or days-too-many"}
        """
        found = await _report(booking.report, request)
        name = f"{found.overview.campaign.campaign_id}.csv"
        headers = {"Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="{name}"'}
        return Response(as_csv(found), headers=headers, media_type="text/csv")

    @requires("booking")
    async def submit(request: Request) -> Response:
        """Adds a creative to a campaign.

        ---
        summary: Add a creative
        description: With upload_id a film or sound from /v1/uploads; without, a card of text.
        tags: [Campaigns]
        security: [{session: [booking]}, {token: [booking]}]
        requestBody:
          required: true
          content: {application/json: {schema: {$ref: "#/components/schemas/Submission"}}}
        responses:
          201:
            description: taken; its state tells when it serves
            content: {application/json: {schema: {$ref: "#/components/schemas/Creative"}}}
          404: {description: campaign-unknown or upload-unknown}
          422:
            description: "card-headline-missing, card-text-too-long, media-over-length (60 s), media-…,
              tag-url-malformed or tag-and-upload"
        """
        submission = msgspec.json.decode(await request.body(), type=Submission)
        campaign_id, owner = request.path_params["campaign_id"], str(request.user.account_id)
        return json_response(await booking.submit(viewer(request), campaign_id, submission, owner=owner), 201)

    @requires("booking")
    async def change(request: Request) -> Response:
        """Pauses, resumes or ends a campaign.

        ---
        summary: Pause, resume or end a campaign
        tags: [Campaigns]
        security: [{session: [booking]}, {token: [booking]}]
        parameters:
          - {name: action, in: path, required: true, schema: {type: string, enum: [pause, resume, end]}}
        responses:
          200:
            description: the campaign afterwards
            content: {application/json: {schema: {$ref: "#/components/schemas/Campaign"}}}
          404: {description: campaign-unknown}
          409: {description: campaign-state}
        """
        action = campaign_action(request.path_params["action"])
        return json_response(
            await booking.change(viewer(request), request.path_params["campaign_id"], action)
        )

    @requires("operator")
    async def review(request: Request) -> Response:
        """Approves or rejects a creative.

        ---
        summary: Approve or reject a creative
        tags: [Campaigns]
        security: [{session: [operator]}]
        parameters:
          - {name: action, in: path, required: true, schema: {type: string, enum: [approve, reject]}}
        requestBody:
          content: {application/json: {schema: {$ref: "#/components/schemas/Review"}}}
        responses:
          200:
            description: the creative afterwards
            content: {application/json: {schema: {$ref: "#/components/schemas/Creative"}}}
          404: {description: creative-unknown}
          409: {description: creative-state}
        """
        body = await request.body()
        reason = msgspec.json.decode(body, type=Review).reason if body else ""
        action = review_action(request.path_params["action"])
        return json_response(await booking.review(request.path_params["creative_id"], action, reason))

    return [
        Route("/v1/campaigns", list_campaigns, methods=["GET"]),
        Route("/v1/campaigns", book, methods=["POST"]),
        Route("/v1/campaigns/{campaign_id}", read, methods=["GET"]),
        Route("/v1/campaigns/{campaign_id}/report", report, methods=["GET"]),
        Route("/v1/campaigns/{campaign_id}/report.csv", export, methods=["GET"]),
        Route("/v1/campaigns/{campaign_id}/creatives", submit, methods=["POST"]),
        Route("/v1/campaigns/{campaign_id}/{action}", change, methods=["POST"]),
        Route("/v1/creatives/{creative_id}/{action}", review, methods=["POST"]),
    ]


async def _report(read: ReadReport, request: Request) -> Report:
    first, last = (day_of(request.query_params.get(name, "")) for name in ("from", "to"))
    return await read(viewer(request), request.path_params["campaign_id"], first, last)


def sells_priorities(request: Request) -> None:
    """Nothing, if who asks may say which priority a campaign has.

    Raises:
        Forbidden: ``priority-not-allowed``.
    """
    if "operator" not in request.auth.scopes:
        fix = "Book with the priority “standard”."
        raise Forbidden("priority-not-allowed", "Only operators sell other priorities.", fix=fix)


def campaign_action(word: str) -> CampaignAction:
    """The action that a path names.

    Raises:
        NotFound: ``action-unknown``.
    """
    if word not in {action.value for action in CampaignAction}:
        raise NotFound("action-unknown", "There is no such action.", fix="Use pause, resume or end.")
    return CampaignAction(word)


def review_action(word: str) -> CreativeAction:
    """The action of a review that a path names.

    Raises:
        NotFound: ``action-unknown``.
    """
    if word not in {CreativeAction.APPROVE.value, CreativeAction.REJECT.value}:
        raise NotFound("action-unknown", "There is no such action.", fix="Use approve or reject.")
    return CreativeAction(word)


def _listed(overview: Overview) -> Listed:
    campaign, item = overview.campaign, overview.campaign.line_item
    return Listed(
        campaign_id=campaign.campaign_id,
        advertiser_id=campaign.advertiser_id,
        name=campaign.name,
        state=campaign.state.value,
        starts_at=item.flight.start,
        ends_at=item.flight.end,
        places=len(item.place_ids),
        areas=len(item.area_ids),
        currency=item.currency,
        budget_micros=item.budget_micros,
        spent_micros=overview.spent_micros,
        shown=overview.shown,
        goal_unit=item.goal.unit.value,
        goal=overview.goal,
        done=overview.done,
        why=overview.why.sentence,
        why_code=overview.why.code,
    )
