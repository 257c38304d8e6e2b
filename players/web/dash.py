"""The dash page: what the driver's screen runs. All of its data comes through the head unit's API."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.templating import Jinja2Templates


def routes(*, templates: Jinja2Templates) -> list[BaseRoute]:
    """``GET /dash``. The enrolment code comes in the fragment, which no server and no log ever sees."""

    async def dash(request: Request) -> Response:
        """The screen itself; public, because it can do nothing before its head unit is enrolled."""
        return templates.TemplateResponse(request, "players/dash.html")

    return [Route("/dash", dash, name="dash", include_in_schema=False)]
