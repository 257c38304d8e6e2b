"""The operators' pages of imports of extracts: which there were, how far one is, what came of it."""

from starlette.authentication import requires
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.templating import Jinja2Templates

from geotarget.extract import Take
from geotarget.send_extract import SendExtract
from geotarget.web.wording import REASONS

_AT = "/places/extracts"


def routes(send_extract: SendExtract, templates: Jinja2Templates) -> list[BaseRoute]:
    """``/places/extracts…``, for operators."""

    @requires("operator")
    async def index(request: Request) -> Response:
        recent = await run_in_threadpool(send_extract.imports.recent)
        context = {"recent": recent, "areas": Take.AREAS, "reasons": REASONS}
        return templates.TemplateResponse(request, "geotarget/extracts.html", context)

    @requires("operator")
    async def show(request: Request) -> Response:
        one = await run_in_threadpool(send_extract.find, str(request.path_params["import_id"]))
        context = {
            "one": one,
            "report": one.report or one.areas,
            "of_areas": one.form.take is Take.AREAS,
            "reasons": REASONS,
        }
        return templates.TemplateResponse(request, "geotarget/extract.html", context)

    @requires("operator")
    async def import_tried(request: Request) -> Response:
        one = await send_extract.in_earnest(str(request.path_params["import_id"]))
        return RedirectResponse(f"{_AT}/{one.import_id}", 303)

    return [
        Route(_AT, index, include_in_schema=False),
        Route(f"{_AT}/{{import_id}}", show, include_in_schema=False),
        Route(f"{_AT}/{{import_id}}/import", import_tried, methods=["POST"], include_in_schema=False),
    ]
