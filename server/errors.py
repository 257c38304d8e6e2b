"""Every failure as an RFC 9457 problem document, or as a page where a person is reading."""

import http
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlencode

import msgspec
import redis
import structlog
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.templating import Jinja2Templates
from starlette.types import Receive, Scope, Send

from kernel import errors

STATUS_BY_KIND: dict[type[errors.RoadcastError], int] = {
    errors.Invalid: 422,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.Forbidden: 403,
    errors.Unauthorized: 401,
    errors.TooLarge: 413,
    errors.Unavailable: 503,
}
INTERNAL_ERROR, TRY_AGAIN_LATER = 1011, 1013
"""Of the WebSocket Close Code Number Registry."""
CODE_BY_STATUS = {
    400: "request-malformed",
    401: "sign-in-required",
    403: "not-allowed",
    404: "route-unknown",
    405: "method-not-allowed",
    413: "body-too-large",
    415: "media-type-unsupported",
    429: "too-many-requests",
}
SIGN_IN_CHALLENGE = 'Cookie realm="roadcast", form-action="/sign-in", cookie-name="roadcast_session"'
BEARER_CHALLENGE = 'Bearer realm="roadcast"'
_RENAMED = {413: "Content Too Large", 422: "Unprocessable Content"}
"""By RFC 9110, as later releases of Python have them; so a problem reads the same on each."""
_SENTENCES = {
    400: ("The request could not be read.", "Send it as the documentation says."),
    401: ("Only those who have signed in may do this.", "Sign in first."),
    403: (
        "This account may not do this.",
        "Ask whoever runs this installation for that role, or sign in with another account.",
    ),
    404: ("There is nothing at this address.", "Check the address, or begin at the start page."),
    405: ("This address does not take that method.", "See /openapi.json for those that it takes."),
    409: ("It is in a state that does not allow this.", "Reload the page, and try again."),
    413: ("The request is too large.", "Send less at once."),
    415: ("This kind of content is not taken.", "Send the type that the documentation names."),
    422: ("What was sent cannot be taken.", "Check it, and send it again."),
    429: ("This was sent too often.", "Wait for as long as Retry-After says."),
    503: ("The service cannot do this now.", "Try again in a moment."),
}
# Who may be where, for those who may not.
_ROLES_BY_PATH = {
    "/editor": "editor",
    "/advertiser": "advertiser",
    "/places": "operator",
    "/switches": "operator",
}
_NEEDED = {
    "editor": "This is for editors and operators.",
    "advertiser": "This is for advertisers and operators.",
    "operator": "This is for operators only.",
}
_ROLE_WITHIN = (
    "Your role in your organisation does not allow this.",
    "Ask an owner of your organisation for another role.",
)
_MACHINE_PATHS = (
    "/v1/",
    "/play/",
    "/segments/",
    "/static/",
    "/openapi.json",
    "/healthz",
    "/readyz",
    "/metrics",
)

log = structlog.get_logger("server.errors")


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """A problem document (RFC 9457 section 3).

    Args:
        type: a URI reference that names the kind of problem: ``/problems/<code>``.
        title: the status in words.
        status: the HTTP status.
        code: stable machine word in kebab case.
        detail: one sentence for a person: what is wrong.
        fix: one sentence: what to do about it.
        fields: what is wrong with each field of a form or body.
        instance: the id of this occurrence, as the logs name it.
    """

    type: str
    title: str
    status: int
    code: str
    detail: str = ""
    fix: str = ""
    fields: dict[str, str] = msgspec.field(default_factory=dict)
    instance: str = ""


def problem_of(error: Exception, instance: str = "") -> Problem:
    """The document that tells of ``error``; what was not foreseen is told without its details."""
    status, code, detail, fix, fields = _facts(error)
    return Problem(
        type=f"/problems/{code}",
        title=_RENAMED.get(status) or http.HTTPStatus(status).phrase,
        status=status,
        code=code,
        detail=detail,
        fix=fix,
        fields=fields,
        instance=f"urn:request:{instance}" if instance else "",
    )


def _facts(error: Exception) -> tuple[int, str, str, str, dict[str, str]]:
    match error:
        case errors.RoadcastError():
            status = next(status for kind, status in STATUS_BY_KIND.items() if isinstance(error, kind))
            return status, error.code, error.detail, error.fix, error.fields
        case msgspec.ValidationError():
            return 422, "body-invalid", f"{error}.", "Send a body of the documented shape.", {}
        case msgspec.DecodeError():
            return 400, "body-malformed", f"{error}.", "Send well-formed JSON.", {}
        case HTTPException():
            detail = error.detail if error.detail != http.HTTPStatus(error.status_code).phrase else ""
            usual, fix = _usual(error.status_code)
            code = CODE_BY_STATUS.get(error.status_code, "refused")
            return error.status_code, code, detail or usual, fix, {}
        case redis.ConnectionError() | redis.TimeoutError() | OperationalError():
            return 503, "engine-unavailable", "An engine does not answer.", "Try again in a moment.", {}
        case _:
            return 500, "internal", "Something failed that should not have.", "", {}


def _usual(status: int) -> tuple[str, str]:
    """What any failure of this status says, where nothing more telling can be said."""
    return _SENTENCES.get(status, ("The request was refused.", ""))


class ProblemResponse(JSONResponse):
    """``application/problem+json``."""

    media_type = "application/problem+json"

    def __init__(self, problem: Problem, headers: dict[str, str] | None = None) -> None:
        careful = {"X-Content-Type-Options": "nosniff", **(headers or {})}
        super().__init__(msgspec.to_builtins(problem), problem.status, careful)


class _Close(Response):
    """Closes a WebSocket: an answer that comes too late to be one of HTTP."""

    def __init__(self, problem: Problem) -> None:
        self.code = TRY_AGAIN_LATER if problem.status == 503 else INTERNAL_ERROR
        self.reason = problem.code

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the ASGI specification."""
        await send({"type": "websocket.close", "code": self.code, "reason": self.reason})


def wants_page(request: Request) -> bool:
    """Whether a person is reading: a browser's navigation to something that is no machine's route."""
    return "text/html" in request.headers.get("accept", "") and not request.url.path.startswith(
        _MACHINE_PATHS
    )


def exception_handlers(
    templates: Jinja2Templates,
) -> dict[type[Exception], Callable[[Request, Exception], Awaitable[Response]]]:
    """What makes the answer to each kind of exception; for Starlette, which wants each kind named."""

    async def handle(request: Request, error: Exception) -> Response:
        error = _unless_signed_in(request, error)
        problem = problem_of(error, getattr(request.state, "request_id", ""))
        if request.scope["type"] == "websocket":
            log.error("socket failed", code=problem.code, exc_info=error)
            return _Close(problem)
        if problem.status == 403 and isinstance(error, HTTPException):
            problem = _who_may(request, problem)
        if problem.status >= 500:
            log.error("request failed", code=problem.code, exc_info=error)
        if problem.status == 401 and _may_sign_in(request):
            return RedirectResponse(f"/sign-in?{_next(request)}", 303, headers={"Cache-Control": "no-store"})
        headers = _headers(error, problem)
        if wants_page(request):
            document: dict[str, Any] = msgspec.structs.asdict(problem)
            usual = dict(zip(("detail", "fix"), _usual(problem.status), strict=True))
            context = {"problem": document, "usual": usual}
            return templates.TemplateResponse(request, "error.html", context, problem.status, headers)
        return ProblemResponse(problem, headers)

    kinds = (
        errors.RoadcastError,
        msgspec.DecodeError,
        HTTPException,
        redis.ConnectionError,
        redis.TimeoutError,
        OperationalError,
        Exception,
    )
    return dict.fromkeys(kinds, handle)


def _headers(error: Exception, problem: Problem) -> dict[str, str]:
    headers = {"Cache-Control": "no-store"}
    if isinstance(error, HTTPException) and error.headers:
        headers |= error.headers
    if problem.status == 401:
        # At least one challenge (RFC 9110, 15.5.2): accounts sign in by a form, head units show a token.
        by_form = problem.code == CODE_BY_STATUS[401]
        headers["WWW-Authenticate"] = SIGN_IN_CHALLENGE if by_form else BEARER_CHALLENGE
    if problem.status == 503:
        headers["Retry-After"] = "2"
    return headers


def _is_stranger(request: Request) -> bool:
    return "user" in request.scope and not request.user.is_authenticated


def _unless_signed_in(request: Request, error: Exception) -> Exception:
    """What lacks a scope is refused for good only to an account: a stranger has not shown who they are."""
    lacks_scope = isinstance(error, HTTPException) and error.status_code == 403
    return HTTPException(401) if lacks_scope and _is_stranger(request) else error


def _may_sign_in(request: Request) -> bool:
    """An anonymous visitor's page that needs a scope: signing in may help."""
    return _is_stranger(request) and request.method == "GET" and wants_page(request)


def _who_may(request: Request, problem: Problem) -> Problem:
    """The problem, with the role that is needed and whom to ask for it."""
    scopes = request.auth.scopes if "auth" in request.scope else []
    path = request.url.path.removeprefix("/v1")
    role = next((role for at, role in _ROLES_BY_PATH.items() if f"{path}/".startswith(f"{at}/")), "")
    if "advertiser" in scopes and "members" not in scopes and role in {"", "advertiser"}:
        return msgspec.structs.replace(problem, detail=_ROLE_WITHIN[0], fix=_ROLE_WITHIN[1])
    needed = "operator" if role in scopes else role
    return msgspec.structs.replace(problem, detail=_NEEDED.get(needed, problem.detail))


def _next(request: Request) -> str:
    query = f"?{request.url.query}" if request.url.query else ""
    return urlencode({"next": request.url.path + query})
