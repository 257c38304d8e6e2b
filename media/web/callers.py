"""Who may bring media and look after it: editors and advertisers, each their own."""

from starlette.requests import Request

from kernel.errors import Forbidden, Unauthorized

_MAY_BRING = frozenset({"editor", "booking"})


def uploader(request: Request) -> str:
    """The account id of a caller who may bring media.

    Raises:
        Unauthorized: ``sign-in-required``.
        Forbidden: ``role-missing``.
    """
    if not request.user.is_authenticated:
        detail = "Only those who have signed in may do this."
        raise Unauthorized("sign-in-required", detail, fix="Sign in first.")
    if not _MAY_BRING.intersection(request.auth.scopes):
        raise Forbidden(
            "role-missing", "This account may not bring media.", fix="Ask an operator for the role."
        )
    account_id: str = request.user.account_id
    return account_id


def editor(request: Request) -> str:
    """The account id of a caller who decides about programmes.

    Raises:
        Unauthorized: ``sign-in-required``.
        Forbidden: ``role-missing``.
    """
    account_id = uploader(request)
    if not sees_all(request):
        raise Forbidden("role-missing", "This is for editors.", fix="Ask an operator for the role.")
    return account_id


def sees_all(request: Request) -> bool:
    """Editors see every asset, advertisers their own."""
    return "editor" in request.auth.scopes
