"""Where an invitation's link leads: a name and a password are chosen, and the account is signed in."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.templating import Jinja2Templates

from kernel.errors import Conflict, Invalid, RoadcastError
from server.account import NAME_LIMIT, PASSWORD_LIMIT, PASSWORD_MINIMUM
from server.organisations.keep_members import JOIN_ATTEMPTS
from server.organisations.pages import ROLE_NAMES, ROLE_WORDS
from server.organisations.visiting import AGAIN_S, Organising
from server.sign_in_pages import home_of, remember

TYPED = ("name", "display_name")


def routes(templates: Jinja2Templates, organising: Organising) -> list[BaseRoute]:
    """``/join/{secret}``."""

    async def page(request: Request, typed: dict[str, str], error: RoadcastError | None = None) -> Response:
        invitation = await run_in_threadpool(organising.join.look, request.path_params["secret"])
        context = {
            "organisation": await run_in_threadpool(organising.kept.one, invitation.organisation_id),
            "role": ROLE_NAMES[invitation.role],
            "role_words": ROLE_WORDS[invitation.role],
            "typed": typed,
            "error": error,
            "limits": {"name": NAME_LIMIT, "least": PASSWORD_MINIMUM, "most": PASSWORD_LIMIT},
        }
        too_often = error is not None and error.code == "join-too-often"
        headers = {"Cache-Control": "no-store"} | ({"Retry-After": str(AGAIN_S)} if too_often else {})
        status = 429 if too_often else 422 if error else 200
        return templates.TemplateResponse(request, "join.html", context, status, headers)

    async def show(request: Request) -> Response:
        return await page(request, {})

    async def join(request: Request) -> Response:
        data = await request.form(max_files=0, max_fields=10)
        typed = {name: str(data.get(name, ""))[: NAME_LIMIT + 1] for name in TYPED}
        secret, password = request.path_params["secret"], str(data.get("password", ""))[: PASSWORD_LIMIT + 1]
        try:
            account = await organising.join(secret, typed["name"], password, typed["display_name"])
        except (Invalid, Conflict) as error:
            return await page(request, typed, error)
        if account is None:
            detail = f"The link was tried {JOIN_ATTEMPTS} times."
            too_often = Conflict("join-too-often", detail, fix="Wait a quarter of an hour.")
            return await page(request, typed, too_often)
        remember(request, account)
        return RedirectResponse(home_of(account), 303)

    at = "/join/{secret}"
    return [
        Route(at, show, methods=["GET"], include_in_schema=False),
        Route(at, join, methods=["POST"], include_in_schema=False),
    ]
