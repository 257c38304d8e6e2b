"""The sign-in form, and what it posts."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.templating import Jinja2Templates

from server.account import Account, MemberRole, Role
from server.pages import StartFacts, safe_next
from server.sign_in import SignIn, SignInRefused

HOME = {Role.ADVERTISER: "/advertiser", Role.EDITOR: "/editor", Role.OPERATOR: "/"}
_TILL = "/advertiser/redeem"


def routes(templates: Jinja2Templates, sign_in: SignIn, start: Callable[[], StartFacts]) -> list[BaseRoute]:
    """``/sign-in`` and ``/sign-out``."""

    def page(request: Request, target: str, name: str = "", error: SignInRefused | None = None) -> Response:
        context = {
            "next": target,
            "name": name,
            "error": error,
            "demo_accounts": start().demo_accounts,
        }
        status = 200 if error is None else 429 if error.code == "sign-in-too-often" else 403
        headers = {"Cache-Control": "no-store"}
        return templates.TemplateResponse(request, "sign_in.html", context, status, headers)

    async def show(request: Request) -> Response:
        return page(request, safe_next(request.query_params.get("next", "/")))

    async def receive(request: Request) -> Response:
        form = await request.form(max_files=0, max_fields=10)
        name, password = str(form.get("name", "")), str(form.get("password", ""))
        target = safe_next(str(form.get("next", "/")))
        address = request.client.host if request.client else ""
        try:
            account = await sign_in(name, password, address)
        except SignInRefused as error:
            return page(request, target, name[:200], error)
        remember(request, account)
        return RedirectResponse(home_of(account) if target == "/" else target, 303)

    async def leave(request: Request) -> Response:
        request.session.clear()
        return RedirectResponse("/", 303)

    return [
        Route("/sign-in", show, methods=["GET"], include_in_schema=False),
        Route("/sign-in", receive, methods=["POST"], include_in_schema=False),
        Route("/sign-out", leave, methods=["POST"], include_in_schema=False),
    ]


def home_of(account: Account) -> str:
    """Where an account begins: at the first page that it may see."""
    return _TILL if account.member is MemberRole.TILL else HOME[account.role]


def remember(request: Request, account: Account) -> None:
    """Have the browser be this account from now on."""
    request.session.clear()
    request.session.update(account_id=account.account_id, fingerprint=account.fingerprint)
