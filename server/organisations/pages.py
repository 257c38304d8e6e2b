"""An organisation's members, invitations and tokens, as pages: an owner's own, for operators all."""

from collections.abc import Callable
from typing import Any

from starlette.authentication import requires
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.templating import Jinja2Templates

from adserver.web.visitor import viewer
from kernel.clock import from_ms
from kernel.errors import Conflict, Invalid, NotFound, RoadcastError
from server.account import MemberRole
from server.organisations.organisation import (
    INVITATION_DAYS,
    LABEL_LIMIT,
    TOKEN_DAYS,
    TOKEN_DAYS_LIMIT,
    TOKEN_ROLES,
    Action,
)
from server.organisations.visiting import ACTS_TOLD, Organising, asked_of, doer, link_of

AT = "/advertiser/organisations"
ROLE_NAMES = {
    MemberRole.OWNER: "Owner",
    MemberRole.MANAGER: "Manager",
    MemberRole.FINANCE: "Finance",
    MemberRole.VIEWER: "Viewer",
    MemberRole.TILL: "Till",
}
ROLE_WORDS = {
    MemberRole.OWNER: "does everything, members and tokens too",
    MemberRole.MANAGER: "books and edits campaigns, reads reports, redeems coupons",
    MemberRole.FINANCE: "reads invoices and reports",
    MemberRole.VIEWER: "reads reports",
    MemberRole.TILL: "redeems coupons",
}
ACTION_WORDS = {
    Action.ADDED: "added %(name)s as %(role)s",
    Action.INVITED: "invited somebody as %(role)s: %(name)s",
    Action.WITHDRAWN: "withdrew an invitation as %(role)s: %(name)s",
    Action.JOINED: "joined as %(role)s: %(name)s",
    Action.CHANGED: "made %(name)s %(role)s, who was %(before)s",
    Action.REMOVED: "removed %(name)s, who was %(role)s",
    Action.MADE: "made the token %(name)s as %(role)s",
    Action.REVOKED: "revoked the token %(name)s, which was %(role)s",
}


def routes(templates: Jinja2Templates, organising: Organising, base_url: str) -> list[BaseRoute]:
    """``/advertiser/organisations…``."""
    pages = _Pages(templates, organising, base_url)
    one = f"{AT}/{{organisation_id}}"
    table = [
        (AT, pages.index, "GET"),
        (one, pages.one, "GET"),
        (f"{one}/members/{{account_id}}/role", pages.change, "POST"),
        (f"{one}/members/{{account_id}}/remove", pages.remove, "POST"),
        (f"{one}/invitations", pages.invite, "POST"),
        (f"{one}/invitations/{{invitation_id}}/withdraw", pages.withdraw, "POST"),
        (f"{one}/tokens", pages.make_token, "POST"),
        (f"{one}/tokens/{{token_id}}/revoke", pages.revoke, "POST"),
    ]
    return [Route(path, page, methods=[method], include_in_schema=False) for path, page, method in table]


class _Pages:
    def __init__(self, templates: Jinja2Templates, organising: Organising, base_url: str) -> None:
        self._templates = templates
        self._do = organising
        self._base_url = base_url

    @requires("members")
    async def index(self, request: Request) -> Response:
        """All organisations, for operators; an owner is led to their own."""
        own = viewer(request)
        if own is not None:
            return RedirectResponse(f"{AT}/{own}", 303)
        context = {"organisations": await run_in_threadpool(self._do.kept.all)}
        return self._page(request, "organisations", context)

    @requires("members")
    async def one(self, request: Request) -> Response:
        """One organisation."""
        return await self._show(request)

    @requires("members")
    async def change(self, request: Request) -> Response:
        """Gives a member another role."""
        role = _role(await _typed(request))
        return await self._done(request, "members", self._do.members.change, "account_id", role)

    @requires("members")
    async def remove(self, request: Request) -> Response:
        """Removes a member."""
        return await self._done(request, "members", self._do.members.remove, "account_id")

    @requires("members")
    async def withdraw(self, request: Request) -> Response:
        """Withdraws an invitation."""
        return await self._done(request, "invitations", self._do.invite.withdraw, "invitation_id")

    @requires("members")
    async def revoke(self, request: Request) -> Response:
        """Revokes a token."""
        return await self._done(request, "tokens", self._do.tokens.revoke, "token_id")

    @requires("members")
    async def invite(self, request: Request) -> Response:
        """Makes a link, and shows it this once."""
        typed, own = await _typed(request), asked_of(request)
        wish = _role(typed), typed.get("label", "")
        try:
            _, secret = await run_in_threadpool(self._do.invite, own, *wish, doer(request))
        except (Invalid, Conflict) as error:
            return await self._show(request, "invitations", error, typed)
        return await self._show(request, "invitations", made=link_of(self._base_url, secret))

    @requires("members")
    async def make_token(self, request: Request) -> Response:
        """Makes a token, and shows it this once."""
        typed, own = await _typed(request), asked_of(request)
        days = typed.get("days", "")
        wish = typed.get("label", ""), _role(typed), int(days) if days.isascii() and days.isdigit() else 0
        try:
            _, secret = await run_in_threadpool(self._do.tokens.make, own, *wish, doer(request))
        except (Invalid, Conflict) as error:
            return await self._show(request, "tokens", error, typed)
        return await self._show(request, "tokens", made=secret)

    async def _done(
        self, request: Request, section: str, act: Callable[..., object], what: str, *more: Any
    ) -> Response:
        """Does it to what the path names, and leads back to where it is listed."""
        own = asked_of(request)
        try:
            await run_in_threadpool(act, own, request.path_params[what], *more, doer(request))
        except (Conflict, NotFound) as error:
            if error.code == "organisation-unknown":
                raise
            return await self._show(request, section, error)
        return RedirectResponse(f"{AT}/{own}#{section}", 303)

    async def _show(
        self,
        request: Request,
        section: str = "",
        error: RoadcastError | None = None,
        typed: dict[str, str] | None = None,
        made: str = "",
    ) -> Response:
        """The page; ``error`` or what was ``made`` stands in its section."""
        own = asked_of(request)
        context = await run_in_threadpool(self._facts, own)
        context |= {"section": section, "error": error, "typed": typed or {}, "made": made}
        status = 200 if error is None else 404 if isinstance(error, NotFound) else 422
        return self._page(request, "organisation", context, status)

    def _facts(self, own: str) -> dict[str, Any]:
        kept, now_ms = self._do.kept, self._do.clock.now_ms()
        return {
            "organisation": kept.one(own),
            "members": kept.members(own),
            "invitations": kept.invitations(own, now_ms),
            "tokens": kept.tokens(own),
            "acts": kept.acts(own, ACTS_TOLD),
            "now_ms": now_ms,
        }

    def _page(self, request: Request, name: str, context: dict[str, Any], status: int = 200) -> Response:
        context |= {
            "moment": from_ms,
            "role_names": ROLE_NAMES,
            "role_words": ROLE_WORDS,
            "token_roles": TOKEN_ROLES,
            "action_words": ACTION_WORDS,
            "label_limit": LABEL_LIMIT,
            "invitation_days": INVITATION_DAYS,
            "token_days": TOKEN_DAYS,
            "token_days_limit": TOKEN_DAYS_LIMIT,
        }
        headers = {"Cache-Control": "no-store"}
        return self._templates.TemplateResponse(request, f"{name}.html", context, status, headers)


async def _typed(request: Request) -> dict[str, str]:
    data = await request.form(max_files=0, max_fields=10)
    return {name: str(value)[:200] for name, value in data.items()}


def _role(typed: dict[str, str]) -> MemberRole:
    """The role that was chosen.

    Raises:
        Invalid: ``role-unknown``.
    """
    chosen = typed.get("role", "")
    if chosen not in set(MemberRole):
        raise Invalid("role-unknown", "There is no such role.", fix="Choose one of the list.")
    return MemberRole(chosen)
