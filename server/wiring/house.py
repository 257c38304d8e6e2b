"""The whole house: engines, rooms, routes, and what runs beside the requests."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlencode

import structlog
from anyio.to_thread import run_sync
from redis.exceptions import RedisError, ResponseError
from sqlalchemy import text
from starlette.routing import BaseRoute
from starlette.templating import Jinja2Templates
from starlette.types import ASGIApp

from adserver.serving.supply import HOUR_MS
from kernel.clock import Clock
from server import health, metrics, openapi, pages, sign_in_pages
from server.adapters.redis_attempts import RedisAttempts
from server.adapters.sql_accounts import SqlAccounts
from server.app import build_app
from server.chance import SharedClock
from server.demo.memory import recall
from server.engines.objects import check_objects
from server.keep_time import EVERY_S, KeepTime
from server.loops import Loop
from server.pages import StartFacts
from server.settings import Settings
from server.sign_in import ChangeAccount, CreateAccount, SessionBackend, SignIn
from server.snapshots import Fresh, KeepFresh, settle_memory
from server.token_sign_in import TokenBackend
from server.wiring.adserver import Adserver, campaigns_at, campaigns_in, wire_adserver
from server.wiring.content import Content, wire_content
from server.wiring.engines import Engines, open_engines
from server.wiring.geotarget import Geotarget, wire_geotarget
from server.wiring.media import Media, wire_media
from server.wiring.organisations import Organisations, wire_organisations
from server.wiring.players import Players, wire_players

log = structlog.get_logger("server.house")


@dataclass(frozen=True)
class House:
    """Everything built, nothing running yet."""

    engines: Engines
    media: Media
    content: Content
    geotarget: Geotarget
    adserver: Adserver
    players: Players
    accounts: SqlAccounts
    create_account: CreateAccount
    change_account: ChangeAccount
    organisations: Organisations
    visitors: TokenBackend
    templates: Jinja2Templates = field(default_factory=pages.build_templates)

    def app(self) -> ASGIApp:
        """The ASGI application of one web process."""
        settings = self.engines.settings
        return build_app(settings, self.routes(), self.templates, self.visitors, self.running)

    def routes(self) -> list[BaseRoute]:
        """Every route, those asked for most first."""
        sign_in = SignIn(self.accounts, RedisAttempts(self.engines.redis))
        described: Sequence[BaseRoute] = [
            *self.players.routes(self.templates),
            *self.adserver.routes(self.templates),
            *self.content.routes(self.templates),
            *self.media.routes(),
            *self.geotarget.routes(self.templates),
            *health.routes(self.checks()),
            *metrics.routes(),
            *self.organisations.routes(self.templates),
            *sign_in_pages.routes(self.templates, sign_in, self.start_facts),
            *pages.routes(self.templates, self.start_facts, lambda: not self.accounts.all()),
        ]
        return [*described, *openapi.routes(self.templates, described)]

    def snapshots(self) -> tuple[Fresh, ...]:
        """Those that are kept fresh, each after those that it leans on."""
        return (
            self.geotarget.index,
            self.geotarget.areas,
            self.media.rates,
            self.content.lineups,
            self.adserver.demand,
            self.adserver.fences,
            self.visitors,
        )

    def loops(self) -> tuple[Loop, ...]:
        """What a job worker does again and again."""
        return (
            Loop("post-ledger", 1.0, self.post_ledger),
            Loop("release-expired", 5.0, self.release_expired),
            Loop("reconcile-budgets", 60.0, self.reconcile_budgets),
            Loop("pace-delivery", 15.0, self.adserver.pace_delivery),
            Loop("audit-books", 3600.0, self.audit_books),
            Loop("advance-creatives", 5.0, self.adserver.advance_creatives),
            Loop("resolve-tags", 20.0, self.adserver.resolve_tags),
            Loop("fire-trackers", 1.0, self.adserver.fire_trackers),
            Loop("expire-tracker-calls", 3600.0, self.adserver.fire_trackers.expire),
            Loop("tell-counters", 20.0, self.adserver.couponing.redeem.tell),
            Loop("expire-coupons", 3600.0, self.adserver.keep_wallet.expire),
            Loop("requeue-assets", 60.0, self.media.requeue_assets),
            Loop("publish-pending", 60.0, lambda: run_sync(self.content.publish_pending)),
            Loop("sweep-leftovers", 3600.0, self.sweep_leftovers),
            Loop("expire-uploads", 600.0, lambda: run_sync(self.media.receive_upload.expire)),
            Loop("expire-extracts", 3600.0, lambda: run_sync(self.geotarget.send_extract.expire)),
            Loop("expire-invitations", 3600.0, lambda: run_sync(self.organisations.organising.invite.expire)),
            Loop("expire-switches", 3600.0, self.expire_switches),
            Loop("expire-resume-points", 3600.0, self.players.keep_resume.expire),
            Loop("forget-past-states", 3600.0, self.forget_past_states),
            Loop("keep-returns", 600.0, self.adserver.keep_returns),
            Loop("forget-past-supply", 3600.0, self.forget_past_supply),
        )

    async def post_ledger(self) -> None:
        """Write what was counted to the ledger."""
        metrics.POSTED.inc(await self.adserver.post_ledger())

    async def release_expired(self) -> None:
        """Give back what was claimed for fills that nobody played."""
        metrics.AD_EVENTS.labels("expired", "noted").inc(await self.adserver.release_expired())

    async def reconcile_budgets(self) -> None:
        """Compare counters and ledger, make good what was lost, and tell what was found."""
        found = await self.adserver.reconcile_budgets()
        faults = {
            "opened": found.opened,
            "repaired": found.repaired,
            "unbalanced": found.unbalanced,
            "differing": found.differing,
        }
        if lost := (*found.opened, *found.repaired):
            await self.adserver.couponing.redeem.tell.anew(lost)
        for name, line_items in faults.items():
            metrics.BUDGET_FAULTS.labels(name).inc(len(line_items))
            if line_items:
                log.warning("budgets are not what they should be", found=name, line_items=line_items[:20])

    async def audit_books(self) -> None:
        """Add the whole ledger up, and tell of what does not agree with it."""
        found = await self.adserver.audit_books()
        metrics.AUDITS.labels("sound" if found.sound else "faulty").inc()
        for one in found.findings:
            metrics.AUDIT_FAULTS.labels(one.fault.value).inc()
        if not found.sound:
            log.warning(
                "the books are not what they should be",
                findings=[f"{one.subject} {one.fault.value}" for one in found.findings[:20]],
            )

    async def expire_switches(self) -> None:
        """Forget switches that are too old."""
        metrics.SWITCH_RECORDS.labels("expired").inc(await run_sync(self.players.keep_switches.expire))

    async def forget_past_supply(self) -> None:
        """Drop what was offered too long ago to tell of what will be."""
        await run_sync(self.adserver.supply.forget, self.engines.clock.now_ms() // HOUR_MS)

    async def forget_past_states(self) -> None:
        """Have our own Redis write its file anew: it would tell every speed that was ever reported.

        One that was named by its URL is its operator's.
        """
        if self.engines.settings.embedded_redis:
            with suppress(ResponseError):  # it is at it already
                await self.engines.redis.bgrewriteaof()

    async def sweep_leftovers(self) -> None:
        """Delete what lost runs and superseded versions left behind, and tell of it."""
        retired = await run_sync(self.content.retire_versions)
        metrics.SWEPT.labels("version").inc(len(retired))
        if retired:
            log.info("superseded versions were forgotten", assets=retired)
        swept = await self.media.sweep_leftovers()
        metrics.SWEPT.labels("object").inc(swept.objects)
        metrics.SWEPT.labels("upload").inc(swept.spooled)
        if swept.objects or swept.spooled:
            log.info(
                "leftovers were deleted",
                objects=swept.objects,
                size_bytes=swept.size_bytes,
                uploads=swept.spooled,
            )

    async def prepare(self) -> None:
        """What must be true before anyone is served; does nothing where it is."""
        from server.records import migrate  # Alembic is slow to import, and nobody else needs it

        await run_sync(migrate, self.engines.database)
        await self.media.make_slate()
        await self.reconcile_budgets()

    async def after_preparation(self) -> None:
        """Let rooms know that an asset may have become ready."""
        await run_sync(self.content.publish_pending)
        await run_sync(self.content.renew_schedules)
        await self.adserver.advance_creatives()

    def start_facts(self) -> StartFacts:
        """What the start page shows: in a demo, how to get in."""
        settings = self.engines.settings
        if not settings.demo:
            return StartFacts()
        memory = recall(settings.data_dir)
        accounts = [
            {"name": name, "password": password, "role": name} for name, password in memory.passwords.items()
        ]
        screen, feed = memory.codes.get("screen", ""), memory.codes.get("feed", "")
        return StartFacts(
            accounts,
            "/dash#" + urlencode({"code": screen}),
            "/simulator#" + urlencode({"code": feed, "screen": screen}),
        )

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

    async def keep_time(self) -> None:
        """Go by the clock that all servers share; one that was given is nobody's to set."""
        if isinstance(self.engines.clock, SharedClock):
            await Loop("keep-time", EVERY_S, KeepTime(self.engines.redis_reads, self.engines.clock))()

    async def set_clock(self) -> None:
        """The same once, before anything is judged by it; where Redis does not answer it stays as it is."""
        if isinstance(self.engines.clock, SharedClock):
            with suppress(RedisError):
                await KeepTime(self.engines.redis_reads, self.engines.clock)()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """While this is entered, snapshots stay fresh and the players' room listens."""
        await self.set_clock()
        keep_fresh = KeepFresh(self.engines.redis, self.snapshots())
        await keep_fresh.refresh("")
        settle_memory()
        starts: list[Callable[[], Awaitable[None]]] = [keep_fresh, self.players.listen, self.keep_time]
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
    geotarget = wire_geotarget(engines, campaigns_at(engines), campaigns_in(engines))
    media = wire_media(engines)
    accounts = SqlAccounts(engines.database)
    content = wire_content(engines, media, accounts.shown_name)
    adserver = wire_adserver(engines, media, geotarget)
    organisations = wire_organisations(engines)
    return House(
        engines=engines,
        media=media,
        content=content,
        geotarget=geotarget,
        adserver=adserver,
        players=wire_players(engines, media, content, adserver, geotarget),
        accounts=accounts,
        create_account=CreateAccount(accounts, engines.clock, engines.new_id),
        change_account=ChangeAccount(accounts, engines.announce_sync, engines.clock),
        organisations=organisations,
        visitors=TokenBackend(SessionBackend(accounts), organisations.recognise),
    )
