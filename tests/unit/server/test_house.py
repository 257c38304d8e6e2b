import dataclasses
import re
from collections import Counter
from itertools import chain
from types import SimpleNamespace

import anyio
import pytest
from anyio.to_thread import run_sync
from prometheus_client import REGISTRY
from starlette.routing import Mount, Route

from adserver.billing.reconcile_budgets import Reconciliation
from adserver.serving.refine_detours import RefineDetours, as_modelled
from geotarget.adapters.http_routing import OsrmRouting, ValhallaRouting
from server.engines.borrowed import engines_running
from server.languages import Catalog
from server.pages import ROOMS, ROOT, build_templates
from server.records import migrate
from server.settings import Settings
from server.wiring.house import build


@pytest.fixture
async def house(tmp_path):
    found = build(Settings.from_environ({"ROADCAST_DATA_DIR": str(tmp_path)}))
    yield found
    await found.engines.close()


async def test_no_two_routes_answer_the_same(house):
    named = Counter(
        (route.path, method)
        for route in house.routes()
        if isinstance(route, Route)
        for method in route.methods or ()
    )
    assert not [pair for pair, number in named.items() if number > 1]
    assert len([route for route in house.routes() if isinstance(route, Mount)]) >= 2


async def test_detours_are_asked_of_the_engine_that_is_configured_and_of_none_else(house, tmp_path):
    assert house.adserver.serve_break.refine is as_modelled
    for url, kind in (
        ("osrm+http://router:5000", OsrmRouting),
        ("valhalla+https://v.example", ValhallaRouting),
    ):
        settings = {"ROADCAST_DATA_DIR": str(tmp_path), "ROADCAST_ROUTING_URL": url}
        other = build(Settings.from_environ(settings))
        refine = other.adserver.serve_break.refine
        await other.engines.close()
        assert isinstance(refine, RefineDetours)
        assert isinstance(refine.times.routing, kind)


async def test_outside_a_demo_the_start_page_gives_nothing_away(house):
    assert house.start_facts().demo_accounts == ()
    assert "code=" not in house.start_facts().dash_url


def test_every_template_compiles():
    env = build_templates().env
    names = env.list_templates(extensions=["html"])
    assert {"base.html", "error.html", "start.html"} <= set(names)
    for name in names:
        env.get_template(name)


SENTENCE = re.compile(r"""\b_\(\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')\s*[,)]""")

COUNTED = re.compile(r"""\bngettext\(\s*("[^"]*"),\s*("[^"]*")""")


def test_every_sentence_of_the_pages_has_its_french():
    catalogs = [ROOT / "server" / "locales" / "fr.toml"]
    folders = [ROOT / "server" / "templates"]
    for room in ROOMS:
        catalogs.append(ROOT / room / "web" / "locales" / "fr.toml")
        folders.append(ROOT / room / "web" / "templates")
    french = Catalog.read(catalogs)
    sentences = {
        match[1:-1].replace("\\'", "'").replace('\\"', '"')
        for folder in folders
        for path in folder.rglob("*.html")
        for page in [path.read_text("utf-8")]
        for match in (*SENTENCE.findall(page), *chain.from_iterable(COUNTED.findall(page)))
    }
    missing = {text for text in sentences if not french.knows(text)}
    assert not missing


async def test_nobody_who_only_reads_waits_for_a_writer(house):
    database = house.engines.database
    await run_sync(migrate, database)
    units, uploads = house.players.register_vehicle.units, house.media.receive_upload.uploads
    with database.begin():  # would hold up whoever asks for the write lock, and refuse them in the end
        assert house.content.pages.list_library() == house.content.pages.list_items() == []
        assert house.content.list_channels() == []
        assert house.adserver.campaigns.newest(None, 1) == []
        assert house.geotarget.list_places().rows == []
        assert units.vehicle("veh_0") is units.by_credential("") is None
        assert uploads.find("upl_0") is house.media.assets.find("ast_0") is None
        assert house.accounts.by_id("acc_0") is house.accounts.by_name("zoe") is None


async def test_budgets_are_reconciled_each_minute_and_what_is_found_is_counted(house):
    async def found():
        return Reconciliation(("li_1",), ("li_2", "li_3"), (), ("li_4",), 0)

    def counted():
        names = ("opened", "repaired", "unbalanced", "differing")
        return [REGISTRY.get_sample_value("roadcast_budget_faults_total", {"found": n}) or 0 for n in names]

    async def tell_anew(line_item_ids):
        lost.extend(line_item_ids)

    lost, couponing = [], house.adserver.couponing
    tell = SimpleNamespace(anew=tell_anew)
    couponing = dataclasses.replace(couponing, redeem=dataclasses.replace(couponing.redeem, tell=tell))
    room = dataclasses.replace(house.adserver, reconcile_budgets=found, couponing=couponing)
    (loop,) = (
        one for one in dataclasses.replace(house, adserver=room).loops() if one.name == "reconcile-budgets"
    )
    assert loop.interval_s == 60
    before = counted()
    await loop.step()
    assert [now - then for now, then in zip(counted(), before, strict=True)] == [1, 2, 0, 1]
    assert lost == ["li_1", "li_2", "li_3"], "what their coupons hold is to be held again"


async def test_what_our_redis_was_told_an_hour_ago_is_forgotten_by_its_file_too(house, tmp_path):
    """The file would else tell every state that a vehicle ever was in."""
    redis, file = house.engines.redis, tmp_path / "redis" / "appendonly.aof"
    with engines_running(house.engines.settings):
        await redis.set("state", "odometer 101")
        await redis.set("state", "odometer 102")
        assert b"odometer 101" in file.read_bytes()
        (forget,) = (one.step for one in house.loops() if one.name == "forget-past-states")
        await forget()
        await forget()  # while it is at it
        for _ in range(1_000):
            told = await redis.info("persistence")
            if not (told["aof_rewrite_in_progress"] or told["aof_rewrite_scheduled"]):
                break
            await anyio.sleep(0.02)
        assert b"odometer 101" not in file.read_bytes()
        assert await redis.get("state") == b"odometer 102"
    assert b"odometer 102" in file.read_bytes()


async def test_a_redis_that_was_named_is_its_operators(tmp_path):
    url = {"ROADCAST_DATA_DIR": str(tmp_path), "ROADCAST_REDIS_URL": "redis://127.0.0.1:9/0"}
    house = build(Settings.from_environ(url))
    await house.forget_past_states()  # nobody is asked: nothing listens there
    await house.engines.close()


async def test_its_clock_is_that_of_redis_before_anything_is_judged_by_it(house):
    """However far off the machine's own was set."""
    own, clock = house.engines.clock.own.now_ms, house.engines.clock
    await house.set_clock()
    assert clock.behind_ms is None, "Redis does not answer"
    with engines_running(house.engines.settings):
        before_ms = own()
        await house.set_clock()
        assert abs(clock.behind_ms) <= own() - before_ms + 1
