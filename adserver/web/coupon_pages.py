"""Coupons for their advertiser, as pages: the till, and how those of a campaign go."""

from starlette.authentication import requires
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.templating import Jinja2Templates

from adserver.booking.read_campaigns import ReadCampaigns
from adserver.web.coupons import TYPED_LIMIT, Couponing, Redeem, redeem_asked
from adserver.web.visitor import viewer
from adserver.web.wording import zoned
from kernel.errors import RoadcastError


def routes(templates: Jinja2Templates, couponing: Couponing, read: ReadCampaigns) -> list[BaseRoute]:
    """``/advertiser/redeem`` and ``/advertiser/campaigns/{campaign_id}/coupons``."""

    def page(request: Request, name: str, context: dict[str, object], status: int = 200) -> Response:
        headers = {"Cache-Control": "no-store"}
        return templates.TemplateResponse(request, f"adserver/{name}.html", context, status, headers)

    @requires("redeem")
    async def till(request: Request) -> Response:
        """The form that redeems a code."""
        return page(request, "redeem", {"typed": {}, "won": None, "error": None})

    @requires("redeem")
    async def redeem_here(request: Request) -> Response:
        """Redeems what was typed, and says what became of it."""
        data = await request.form(max_files=0, max_fields=5)
        typed = {name: str(data.get(name, ""))[:TYPED_LIMIT] for name in ("code", "receipt")}
        try:
            found = await redeem_asked(couponing, request, Redeem(**typed))
        except RoadcastError as error:
            return page(request, "redeem", {"typed": typed, "won": None, "error": error}, 422)
        return page(request, "redeem", {"typed": {}, "won": found, "error": None})

    @requires("reports")
    async def of_campaign(request: Request) -> Response:
        """A campaign's coupons."""
        campaign_id = request.path_params["campaign_id"]
        campaign = await run_in_threadpool(read.one, viewer(request), campaign_id)
        found = await run_in_threadpool(couponing.read, viewer(request), campaign_id)
        context = {"campaign": campaign, "standings": found, "zoned": zoned}
        return page(request, "coupons", context)

    return [
        Route("/advertiser/redeem", till, methods=["GET"], include_in_schema=False),
        Route("/advertiser/redeem", redeem_here, methods=["POST"], include_in_schema=False),
        Route("/advertiser/campaigns/{campaign_id}/coupons", of_campaign, include_in_schema=False),
    ]
