"""Requests and answers of the hot paths as ASGI has them."""

from collections.abc import Iterable
from urllib.parse import unquote

from starlette.types import Scope, Send

Headers = Iterable[tuple[bytes, bytes]]


def token(scope: Scope, name: str) -> str:
    """The query's parameter ``name``, empty if there is none."""
    for pair in scope["query_string"].decode("latin-1").split("&"):
        key, _, value = pair.partition("=")
        if key == name:
            return unquote(value) if "%" in value else value
    return ""


async def answer(send: Send, body: bytes, length: int, headers: Headers) -> None:
    """Send ``body`` with status 200.

    Args:
        send: ASGI's.
        body: empty where only the head was asked for.
        length: of what a GET would bring, in bytes.
        headers: in lower case, without the length.
    """
    head = [(b"content-length", b"%d" % length), *headers]
    await send({"type": "http.response.start", "status": 200, "headers": head})
    await send({"type": "http.response.body", "body": body})
