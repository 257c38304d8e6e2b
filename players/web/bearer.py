"""Who is asking: a head unit by its credential, or by a ticket where no header can be sent."""

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import Request

from kernel.errors import Forbidden, Unauthorized
from players.feed.enrol_head_unit import RecogniseHeadUnit
from players.feed.head_unit import HeadUnit


async def head_unit(headers: Headers, recognise: RecogniseHeadUnit) -> HeadUnit:
    """The head unit whose credential the request carries (RFC 6750, 2.1).

    Raises:
        Unauthorized: ``credential-missing`` or ``credential-unknown``.
    """
    scheme, _, credential = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not credential:
        raise Unauthorized(
            "credential-missing",
            "The request carries no credential.",
            fix="Send Authorization: Bearer and the credential from the enrolment.",
        )
    return await run_in_threadpool(recognise, credential.strip())


async def unit_of_vehicle(request: Request, recognise: RecogniseHeadUnit) -> HeadUnit:
    """The head unit that asks, which must be of the vehicle that the path names.

    Raises:
        Unauthorized: as :func:`head_unit`.
        Forbidden: ``vehicle-of-other``.
    """
    unit = await head_unit(request.headers, recognise)
    if unit.vehicle_id != request.path_params["vehicle_id"]:
        raise Forbidden("vehicle-of-other", "The head unit belongs to another vehicle.")
    return unit
