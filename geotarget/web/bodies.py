"""Reading what is sent, never more than a file of places may hold."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.types import Message

from geotarget.import_places import check_size


def limited(request: Request, check: Callable[[int], None] = check_size) -> Request:
    """The same request, whose body fails once it exceeds a limit, before more of it is kept.

    Args:
        request: as it came.
        check: refuses what is too large; more than 64 MiB unless told.

    Raises:
        TooLarge: ``file-too-large``, at once where the length is declared, else while reading.
    """
    declared = request.headers.get("content-length", "")
    if declared.isdecimal():
        check(int(declared[:20]))
    received = 0

    async def receive() -> Message:
        nonlocal received
        message = await request.receive()
        received += len(message.get("body", b""))
        check(received)
        return message

    return Request(request.scope, receive)
