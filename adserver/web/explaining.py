"""Why a campaign does not serve, as JSON."""

from typing import Protocol

import msgspec
from starlette.authentication import requires
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from adserver.billing.read_report import ReadReport
from adserver.web.visitor import json_response, viewer
from adserver.web.wording import LANGUAGES


class Translate(Protocol):
    """The sentences of the pages."""

    def __call__(self, language: str, text: str, /, **values: object) -> str:
        """``text`` in a language, its marks filled."""


class WhyNot(msgspec.Struct, frozen=True):
    """Whether and why a campaign does not serve.

    Args:
        sentences: what is so, and what to do about it, by language.
        said: how often decisions within its reach chose it, or gave which reason not to, since yesterday.
    """

    code: str
    sentences: dict[str, str]
    said: dict[str, int]


def routes(read: ReadReport, translate: Translate) -> list[BaseRoute]:
    """``/v1/campaigns/{campaign_id}/why``."""

    @requires("reports")
    async def why(request: Request) -> Response:
        """Says why a campaign does not serve.

        ---
        summary: Ask why a campaign does not serve
        description: >-
          A code, a sentence with what to do about it in English and French, and how often decisions
          within its reach gave which reason since yesterday.
        tags: [Campaigns]
        security: [{session: [reports]}, {token: [reports]}]
        responses:
          200:
            description: the reason
            content: {application/json: {schema: {$ref: "#/components/schemas/WhyNot"}}}
          404: {description: campaign-unknown}
        """
        overview = await read.overview(viewer(request), request.path_params["campaign_id"])
        found = overview.why
        sentences = {
            language: " ".join(
                part
                for part in (translate(language, found.text, **found.values), translate(language, found.fix))
                if part
            )
            for language in LANGUAGES
        }
        return json_response(WhyNot(found.code, sentences, overview.said))

    return [Route("/v1/campaigns/{campaign_id}/why", why, methods=["GET"])]
