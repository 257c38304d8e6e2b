"""Address search over HTTP, for the forms that want a position."""

import msgspec
from starlette.authentication import requires
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from geotarget.address import TooOften
from geotarget.find_address import FindAddress
from geotarget.web.queries import json_of, query_of

LANGUAGES = ("en", "fr")


class _Asked(msgspec.Struct):
    q: str
    lang: str = "en"


def routes(find_address: FindAddress) -> list[BaseRoute]:
    """``/v1/addresses``, for advertisers and operators."""

    @requires("booking")
    async def search(request: Request) -> Response:
        """Find where an address is.

        ---
        summary: Where an address is, by the provider that the operator chose
        description: >-
          At most five candidates, the likeliest first. Ask for what was typed in full, not with each
          letter: an account may ask for 30 new addresses a minute, and the provider has a pace of its own.
        tags: [Places]
        security: [{session: [booking]}, {token: [booking]}]
        parameters:
          - {name: q, in: query, required: true, schema: {type: string, minLength: 3, maxLength: 200}}
          - {name: lang, in: query, description: of the labels, schema: {enum: [en, fr], default: en}}
        responses:
          200: {description: "{addresses: [{label, latitude, longitude}], attribution}"}
          409: {description: address-search-off}
          422: {description: "query-invalid, address-too-short, address-too-long"}
          429: {description: too-many-requests}
          503: {description: address-search-failed}
        """
        query = query_of(request, _Asked)
        language = query.lang if query.lang in LANGUAGES else LANGUAGES[0]
        found = await find_address(query.q, language, request.user.account_id)
        if isinstance(found, TooOften):
            raise HTTPException(429, headers={"Retry-After": str(found.retry_s)})
        return json_of(found)

    return [Route("/v1/addresses", search)]
