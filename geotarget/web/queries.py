"""Query parameters in, JSON out."""

from typing import TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from kernel.errors import Invalid

_Query = TypeVar("_Query", bound=msgspec.Struct)


def query_of(request: Request, shape: type[_Query]) -> _Query:
    """The query parameters as ``shape``.

    Raises:
        Invalid: ``query-invalid``, naming the parameters that are missing or cannot be read.
    """
    given = {key: value for key, value in request.query_params.items() if value}
    missing = [one.name for one in msgspec.structs.fields(shape) if one.required and one.name not in given]
    if missing:
        needed = " and ".join([", ".join(missing[:-1]), missing[-1]] if missing[1:] else missing)
        detail = f"The address lacks the query parameter{'s' if missing[1:] else ''} {needed}."
        fix = f"Ask as {request.url.path}?{'&'.join(f'{name}=…' for name in missing)}."
        raise Invalid("query-invalid", detail, fix=fix, fields=dict.fromkeys(missing, "It is missing."))
    try:
        return msgspec.convert(given, type=shape, strict=False)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `$.")
        name = where.rstrip("`")
        detail = f"The query parameter {name} cannot be read: {what}."
        fix = "See /openapi.json for what it may be."
        raise Invalid("query-invalid", detail, fix=fix, fields={name: f"{what}."}) from None


def json_of(value: object, status: int = 200, media_type: str = "application/json") -> Response:
    """An answer that nobody keeps."""
    return Response(msgspec.json.encode(value), status, {"Cache-Control": "no-store"}, media_type=media_type)
