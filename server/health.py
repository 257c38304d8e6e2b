"""Whether the process lives, and whether its engines answer."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

TIMEOUT_S = 3.0

log = structlog.get_logger("server.health")


def routes(checks: Mapping[str, Callable[[], Awaitable[object]]]) -> list[BaseRoute]:
    """``GET /healthz`` and ``GET /readyz``.

    Args:
        checks: by engine; each raises where its engine does not answer.
    """

    async def healthz(request: Request) -> Response:
        """Say that the process lives.

        ---
        summary: Whether the process lives
        responses:
          200: {description: It does.}
        """
        return JSONResponse({"status": "ok"}, headers={"Cache-Control": "no-store"})

    async def readyz(request: Request) -> Response:
        """Ask each engine.

        ---
        summary: Whether every engine answers
        responses:
          200: {description: All do.}
          503: {description: One or more do not; the body names them.}
        """
        names = list(checks)
        answers = await asyncio.gather(*(_answers(name, checks[name]) for name in names))
        found = {name: "ok" if answer else "no answer" for name, answer in zip(names, answers, strict=True)}
        status = 200 if all(answers) else 503
        body = {"status": "ready" if status == 200 else "not ready", "engines": found}
        return JSONResponse(body, status, headers={"Cache-Control": "no-store"})

    return [Route("/healthz", healthz), Route("/readyz", readyz)]


async def _answers(name: str, check: Callable[[], Awaitable[object]]) -> bool:
    try:
        async with asyncio.timeout(TIMEOUT_S):
            await check()
    except Exception as error:
        log.warning("an engine does not answer", engine=name, error=type(error).__name__)
        return False
    return True
