from dataclasses import replace

import pytest
from sqlalchemy import func, select

from content.guide.listing import Asker, now_next
from server.account import Role
from server.adapters.redis_attempts import RedisAttempts
from server.demo import films
from server.demo.memory import recall
from server.demo.places import PLACES
from server.demo.seed import OFFERS, VEHICLE_ID
from server.prepare import prepare
from server.progress import FILMS, STEPS, Progress
from server.records import all_metadata
from server.settings import Settings
from server.sign_in import SignIn
from server.wiring.house import build


@pytest.fixture
def short(monkeypatch):
    """The demo's films, of one segment each."""
    for name in ("PROGRAMMES", "SPOTS", "ITEMS"):
        monkeypatch.setattr(films, name, tuple(replace(film, segments=1) for film in getattr(films, name)))


@pytest.fixture
def settings(tmp_path, redis_socket, aredis):
    return Settings.from_environ(
        {
            "ROADCAST_DATA_DIR": str(tmp_path),
            "ROADCAST_REDIS_URL": f"unix://{redis_socket}",
            "ROADCAST_DEMO": "1",
        }
    )


def counts(house) -> dict[str, int]:
    with house.engines.reads.connect() as connection:
        return {
            table.name: connection.scalar(select(func.count()).select_from(table))
            for metadata in all_metadata()
            for table in metadata.tables.values()
        }


@pytest.mark.usefixtures("short")
async def test_everything_is_there_once_however_often_it_is_seeded(settings):
    told: list[Progress] = []
    await prepare(build(settings), told.append)
    assert [one.permille for one in told] == sorted(one.permille for one in told)
    assert {one.step for one in told} == set(STEPS)
    assert {one.ready for one in told if one.step == FILMS} == set(range(11))
    house = build(settings)
    first, memory = counts(house), recall(settings.data_dir)
    assert memory.complete
    await house.engines.close()

    await prepare(build(settings), told.append)  # a second start
    (settings.data_dir / "demo.json").write_text(
        (settings.data_dir / "demo.json").read_text().replace('"complete": true', '"complete": false')
    )
    await prepare(build(settings), told.append)  # one after a crash just before the end
    house = build(settings)
    assert counts(house) == first
    assert recall(settings.data_dir) == memory

    assert first["places"] == len(PLACES)
    assert first["campaigns"] == len(OFFERS)
    assert first["creatives"] == 2 * len(OFFERS)  # a spot and a card each
    lineups = house.content.lineups()
    lineup = lineups.channels[lineups.default_channel_id]
    now_ms = house.engines.clock.now_ms()
    for asked_ms in range(now_ms, now_ms + 86_400_000, 131_000):
        # Two rounds: where the evening's block begins or ends, a film may follow itself.
        soon = now_next(lineup, Asker(asked_ms), 2 * len(films.PROGRAMMES))
        assert {entry.title for entry in soon.entries} == {film.title for film in films.PROGRAMMES}
    plan = house.content.edit_plan.read(lineup.channel_id)[1].plan()
    assert len(plan.week) == 7
    assert house.content.edit_plan.findings(lineup.channel_id, 7).findings == ()
    assert {item.kind.value for item in lineups.items.values()} == {"video", "music", "podcast"}
    assert len(house.adserver.demand()) == len(OFFERS)

    sign_in = SignIn(house.accounts, RedisAttempts(house.engines.redis))
    for role in Role:
        assert (await sign_in(role.value, memory.passwords[role.value], "")).role is role
    for code in memory.codes.values():
        assert house.players.enrol(code).vehicle_id == VEHICLE_ID
    facts = house.start_facts()
    assert memory.codes["screen"] in facts.dash_url
    assert memory.codes["feed"] in facts.simulator_url
    await house.engines.close()
