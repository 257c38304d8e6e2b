"""Structured logs on standard error: lines for a person at a terminal, JSON for everything else."""

import logging
import sys
from collections.abc import MutableMapping
from contextvars import ContextVar
from typing import Any

import structlog

from server.log_lines import LogLines

REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the request that is being answered; each has a context of its own."""


def _with_request_id(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    if request_id := REQUEST_ID.get():
        event["request_id"] = request_id
    return event


def configure(level: str, *, beside: bool = False) -> None:
    """Send structlog's and the standard library's records one way.

    Args:
        level: the least that is told, as in ``LOG_LEVEL``.
        beside: whether a thread writes them, so that nobody waits for it.
    """
    shared: list[Any] = [
        _with_request_id,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        # players/feed/record_switch, players/guard, players/feed/change_market
        structlog.stdlib.ExtraAdder(allow=["switch", "breach", "market"]),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    stream: Any = LogLines(sys.stderr) if beside else sys.stderr
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_renderer()],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for noisy in ("uvicorn.error", "uvicorn.asgi", "websockets", "alembic", "libav", "httpx", "httpcore"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))
    logging.getLogger("saq").setLevel(max(logging.ERROR, root.level))  # it warns of every orderly end


def _renderer() -> list[Any]:
    if sys.stderr.isatty():
        # Plain tracebacks: the others show the values of variables, a car's position among them.
        return [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
