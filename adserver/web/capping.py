"""An advertiser's frequency caps: API and form."""

import msgspec
from starlette.authentication import requires
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from adserver.booking.advertiser import Advertiser
from adserver.booking.cap import FrequencyCap
from adserver.booking.cap_advertiser import CapAdvertiser
from adserver.web import caps_form
from adserver.web.visitor import json_response, viewer
from kernel.errors import Invalid

FIELDS = 20


class AdvertiserCaps(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How often one vehicle may be shown anything of an advertiser: each holds."""

    caps: tuple[FrequencyCap, ...]


def routes(cap: CapAdvertiser) -> list[BaseRoute]:
    """``/v1/advertisers/{advertiser_id}/caps``."""

    @requires("reports")
    async def read(request: Request) -> Response:
        """Reads an advertiser's frequency caps.

        ---
        summary: Read an advertiser's frequency caps
        tags: [Campaigns]
        security: [{session: [reports]}, {token: [reports]}]
        responses:
          200:
            description: its caps
            content: {application/json: {schema: {$ref: "#/components/schemas/AdvertiserCaps"}}}
          404: {description: advertiser-unknown}
        """
        asked = request.path_params["advertiser_id"]
        return _told(await run_in_threadpool(cap.read, viewer(request), asked))

    @requires("booking")
    async def write(request: Request) -> Response:
        """Replaces an advertiser's frequency caps.

        ---
        summary: Replace an advertiser's frequency caps
        description: They hold for all of its campaigns together, films and cards alike, beside theirs.
        tags: [Campaigns]
        security: [{session: [booking]}, {token: [booking]}]
        requestBody:
          required: true
          content: {application/json: {schema: {$ref: "#/components/schemas/AdvertiserCaps"}}}
        responses:
          200:
            description: its caps from now on
            content: {application/json: {schema: {$ref: "#/components/schemas/AdvertiserCaps"}}}
          404: {description: advertiser-unknown}
          422: {description: "cap-out-of-range, caps-alike, caps-too-many"}
        """
        wanted = msgspec.json.decode(await request.body(), type=AdvertiserCaps)
        return _told(await cap(viewer(request), request.path_params["advertiser_id"], wanted.caps))

    at = "/v1/advertisers/{advertiser_id}/caps"
    return [Route(at, read, methods=["GET"]), Route(at, write, methods=["PUT"])]


async def take_form(request: Request, cap: CapAdvertiser) -> Response | tuple[dict[str, str], dict[str, str]]:
    """What was typed for one's own advertiser is kept; else the fields, and what is wrong with them."""
    data = await request.form(max_files=0, max_fields=FIELDS)
    typed = {name: str(data.get(name, ""))[:9] for name in caps_form.shown((), "advertiser_cap")}
    caps, errors = caps_form.read(typed, "advertiser_cap")
    if errors:
        return typed, errors
    own = str(request.user.organisation_id)
    try:
        await cap(own, own, caps)
    except Invalid as error:
        return typed, dict(error.fields)
    return RedirectResponse("/advertiser#caps", 303)


def _told(advertiser: Advertiser) -> Response:
    return json_response(AdvertiserCaps(advertiser.caps))
