"""The whole house: engines, rooms, routes, and what runs beside the requests."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from anyio.to_thread import run_sync
from sqlalchemy import text
from starlette.routing import BaseRoute
from starlette.templating import Jinja2Templates
from starlette.types import ASGIApp

from kernel.clock import Clock
from server import health, metrics, openapi, pages, sign_in_pages
from server.adapters.redis_attempts import RedisAttempts
from server.adapters.sql_accounts import SqlAccounts
from server.app import build_app
from server.engines.objects import check_objects
from server.pages import StartFacts
from server.settings import Settings
from server.sign_in import CreateAccount, SessionBackend, SignIn
from server.snapshots import KeepFresh, Snapshot
from server.wiring.engines import Engines, open_engines
from server.wiring.geotarget import Geotarget, wire_geotarget


@dataclass(frozen=True)
class House:
    """Everything built, nothing running yet."""

    engines: Engines
    geotarget: Geotarget
    accounts: SqlAccounts
    create_account: CreateAccount
    tasks: tuple[Callable[[], Awaitable[None]], ...] = ()
    templates: Jinja2Templates = field(default_factory=pages.build_templates)

    def app(self) -> ASGIApp:
        """The ASGI application of one web process."""
        settings = self.engines.settings
        return build_app(settings, self.routes(), self.templates, SessionBackend(self.accounts), self.running)

    def routes(self) -> list[BaseRoute]:
        """Every route, the rooms' first."""
        sign_in = SignIn(self.accounts, RedisAttempts(self.engines.redis))
        own = [
            *health.routes(self.checks()),
            *metrics.routes(),
            *sign_in_pages.routes(self.templates, sign_in, self.start_facts),
            *pages.routes(self.templates, self.start_facts),
        ]
        rooms = [*self.geotarget.routes(self.templates)]
        described: Sequence[BaseRoute] = [*rooms, *own]
        return [*described, *openapi.routes(self.templates, described)]

    def snapshots(self) -> tuple[Snapshot[Any], ...]:
        """Those that are kept fresh, in the order in which they lean on each other."""
        return (self.geotarget.index,)

    def start_facts(self) -> StartFacts:
        """What the start page shows."""
        return StartFacts()

    def checks(self) -> dict[str, Callable[[], Awaitable[object]]]:
        """How each engine is asked whether it answers."""

        def records() -> None:
            with self.engines.reads.connect() as connection:
                connection.execute(text("SELECT 1"))

        async def check_records() -> None:
            await run_sync(records)

        async def check_redis() -> None:
            await self.engines.redis.exists("ready-check")

        async def check_store() -> None:
            await check_objects(self.engines.objects)

        return {"records": check_records, "redis": check_redis, "objects": check_store}

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """While this is entered, snapshots stay fresh and the rooms' listeners listen."""
        keep_fresh = KeepFresh(self.engines.redis, self.snapshots())
        await keep_fresh.refresh("")
        starts: list[Callable[[], Awaitable[None]]] = [keep_fresh, *self.tasks]
        tasks = [asyncio.ensure_future(start()) for start in starts]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            for task in tasks:
                with suppress(asyncio.CancelledError):
                    await task
            await self.engines.close()


def build(settings: Settings, clock: Clock | None = None) -> House:
    """The house by these settings."""
    engines = open_engines(settings, clock)
    accounts = SqlAccounts(engines.database)
    return House(
        engines=engines,
        geotarget=wire_geotarget(engines),
        accounts=accounts,
        create_account=CreateAccount(accounts, engines.clock, engines.new_id),
    )
