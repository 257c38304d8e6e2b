"""The driving simulator's pages."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.templating import Jinja2Templates


def routes(*, templates: Jinja2Templates) -> list[BaseRoute]:
    """``GET /simulator``."""

    async def simulator(request: Request) -> Response:
        return templates.TemplateResponse(request, "players/simulator.html")

    return [Route("/simulator", simulator, name="simulator", include_in_schema=False)]
