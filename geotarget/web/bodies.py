"""Reading what is sent, never more than a file of places may hold."""

from starlette.requests import Request
from starlette.types import Message

from geotarget.import_places import check_size


def limited(request: Request) -> Request:
    """The same request, whose body fails once it exceeds 64 MiB, before more of it is kept.

    Raises:
        TooLarge: ``file-too-large``, at once where the length is declared, else while reading.
    """
    declared = request.headers.get("content-length", "")
    if declared.isdecimal():
        check_size(int(declared[:20]))
    received = 0

    async def receive() -> Message:
        nonlocal received
        message = await request.receive()
        received += len(message.get("body", b""))
        check_size(received)
        return message

    return Request(request.scope, receive)
