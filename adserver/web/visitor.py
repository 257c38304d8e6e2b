"""Who is asking, as the ad server sees it."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response


def viewer(request: Request) -> str | None:
    """The advertiser whose bookings the visitor may see; None for an operator, who sees all."""
    return None if "operator" in request.auth.scopes else str(request.user.organisation_id)


def json_response(value: object, status: int = 200) -> Response:
    """``value`` as JSON, never kept by caches."""
    headers = {"Cache-Control": "no-store"}
    return Response(msgspec.json.encode(value), status, headers, media_type="application/json")
