"""The routes that are asked for most, by far, without what Starlette lays around all others."""

from collections.abc import Awaitable, Callable, Sequence

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

HandleError = Callable[[Request, Exception], Awaitable[Response]]


class PlaybackRouter:
    """Finds the route of a request and answers its failure.

    A route's endpoint fails before it has sent anything, or not at all.

    Args:
        routes: without a ``{path:path}`` parameter; the first that matches answers.
        handle_error: makes the answer to whatever an endpoint raises.
    """

    def __init__(self, routes: Sequence[Route], handle_error: HandleError) -> None:
        self._routes = [
            (route, route.path_regex.match, route.methods or frozenset({"GET", "HEAD"}), _converted(route))
            for route in routes
        ]
        self._handle_error = handle_error

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the ASGI specification."""
        try:
            await self._find(scope).app(scope, receive, send)
        except Exception as error:
            response = await self._handle_error(Request(scope), error)
            await response(scope, receive, send)

    def _find(self, scope: Scope) -> Route:
        for route, match, methods, converted in self._routes:
            found = match(scope["path"])
            if found is None:
                continue
            scope["route"] = route
            if scope["method"] not in methods:
                raise HTTPException(405, headers={"Allow": ", ".join(sorted(methods))})
            try:
                scope["path_params"] = converted(found.groupdict()) if converted else found.groupdict()
            except ValueError:  # thousands of digits
                raise HTTPException(404) from None
            return route
        raise HTTPException(404)


def _converted(route: Route) -> Callable[[dict[str, str]], dict[str, object]] | None:
    """Turns what was matched into what the route's pattern says; None where all are texts."""
    convertors = route.param_convertors
    if all(convertor.regex == "[^/]+" for convertor in convertors.values()):
        return None
    return lambda found: {name: convertors[name].convert(text) for name, text in found.items()}
