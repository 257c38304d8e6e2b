"""The whole service on engines that are named by URL: PostgreSQL, a Redis behind a password, S3."""

from collections.abc import Iterator
from contextlib import ExitStack

import m3u8
import obstore
import pytest
import redis
from obstore.store import S3Store
from sqlalchemy import create_engine, text

from tests import engines
from tests.geotarget.extracts import town, write
from tests.walks.service import RENNES, Car, Service, eventually, upload
from tests.walks.test_campaign import (
    PRICE_MICROS,
    approve,
    book,
    first_fill,
    import_places,
    place,
    report,
)

PASSWORD = "a-word-for-redis"
BUCKET = "s3://roadcast-walk/installation"


@pytest.fixture(scope="module")
def grown_up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The service with nothing of its own but a folder for uploads in progress."""
    folder = tmp_path_factory.mktemp("grown")
    with ExitStack() as stack:
        admin = stack.enter_context(engines.postgres())
        store = stack.enter_context(engines.s3_store())
        found = Service(folder / "data", folder / "log.txt")
        found.environ |= store | {
            "ROADCAST_DATABASE_URL": own_database(admin),
            "ROADCAST_REDIS_URL": stack.enter_context(engines.networked_redis(folder, PASSWORD)),
            "ROADCAST_OBJECTS_URL": BUCKET,
        }
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        for name, value in store.items():
            patch.setenv(name, value)  # for the houses of this process
        stack.callback(found.close)
        found.start()
        found.add_accounts()
        yield found


def own_database(url: str) -> str:
    """The URL of a new database on the same server, as an operator writes it."""
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql("CREATE DATABASE walk")
    admin.dispose()
    made = admin.url.set(database="walk", drivername="postgresql")
    return made.render_as_string(hide_password=False)


@pytest.fixture
def driver(grown_up) -> Iterator[Car]:
    found = Car(grown_up)
    yield found
    found.close()


def test_from_an_upload_to_the_ledger(grown_up, films, driver):
    with (
        grown_up.client("editor") as editor,
        grown_up.client("operator") as operator,
        grown_up.client("advertiser") as advertiser,
    ):
        channel_id = scheduled(editor, films["programme"])
        near = import_places(operator, [place("near", 0.01), place("far", 1.0)])
        campaign_id, creative_id = book(advertiser, near, films["spot"])
        approve(operator, advertiser, campaign_id, creative_id)

        session = driver.open_session(channel_id)
        assert driver.client.get(session["urls"]["video"]).json()["code"] == "video-withheld"
        driver.park(*RENNES)
        eventually(lambda: driver.client.get(session["urls"]["report"]).json()["state"]["video"]["permitted"])
        assert picture_of(driver, session)

        fill = eventually(lambda: first_fill(driver, session))
        assert fill["card"]["place_name"] == "Garage near"
        for _ in range(3):
            assert driver.client.post(f"/v1/beacons/{fill['beacon']}/impression").status_code == 204
        after = eventually(lambda: (found := report(advertiser, campaign_id))["overview"]["shown"] and found)
        assert after["overview"]["shown"] == 1
        assert after["overview"]["spent_micros"] == PRICE_MICROS
    everything_lies_where_it_was_told_to(grown_up)


def test_an_extract_goes_by_the_store_to_a_worker(grown_up, tmp_path):
    data = write(tmp_path / "rennes.osm.pbf", town()).read_bytes()
    with grown_up.client("operator") as operator:
        sent = operator.post("/v1/extracts", params={"source": "osm-rennes"}, content=data)
        assert sent.status_code == 202, sent.text
        at = sent.headers["location"]
        done = eventually(lambda: (one := operator.get(at).json())["state"] == "done" and one)
        assert (done["report"]["added"], done["report"]["refused"]) == (4, 3)
        listed = operator.get("/v1/places", params={"q": "Relais du Canal"}).json()["places"]
        assert [one["name"] for one in listed] == ["Relais du Canal"]
    assert not [one for page in obstore.list(S3Store.from_url(BUCKET), prefix="extracts") for one in page]


def scheduled(editor, film) -> str:
    """A channel that plays ``film`` and a break of four segments, again and again."""
    channel = editor.post("/v1/channels", json={"name": "Grown up", "slug": "grown-up"})
    assert channel.status_code == 201, channel.text
    channel_id = channel.json()["channel_id"]
    programme = {
        "upload_id": upload(editor, film),
        "title": "Garage",
        "category": "travel",
        "schedule_on": channel_id,
    }
    added = editor.post("/v1/programmes", json=programme)
    assert added.status_code == 201, added.text

    def on_air():
        found = editor.get(f"/v1/channels/{channel_id}/schedule").json()
        return found["version"] > 1 and found["entries"]

    assert [entry["kind"] for entry in eventually(on_air)] == ["programme", "break"]
    return channel_id


def picture_of(driver, session) -> bool:
    """Whether a segment of the picture comes, by the addresses that a player follows."""
    base = str(driver.client.base_url.join(session["urls"]["video"]))
    variants = m3u8.loads(driver.client.get(base).text, uri=base)
    address = variants.playlists[-1].absolute_uri
    media = m3u8.loads(driver.client.get(address).text, uri=address)
    init = driver.client.get(media.segments[0].init_section.absolute_uri)
    segment = driver.client.get(media.segments[-1].absolute_uri)
    assert (init.status_code, segment.status_code) == (200, 200)
    return b"moov" in init.content and b"moof" in segment.content


def everything_lies_where_it_was_told_to(grown_up) -> None:
    records = create_engine(
        grown_up.environ["ROADCAST_DATABASE_URL"].replace("postgresql", "postgresql+psycopg")
    )
    with records.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM assets WHERE state = 'ready'")) == 3
    records.dispose()
    with redis.Redis.from_url(grown_up.environ["ROADCAST_REDIS_URL"]) as hot:
        assert hot.dbsize() > 0
    store = S3Store.from_url(BUCKET)
    keys = {one["path"].partition("/")[0] for page in obstore.list(store) for one in page}
    assert keys == {"assets", "house", "sources"}
    left = {path.name for path in grown_up.data_dir.iterdir()}
    assert not left & {"roadcast.db", "redis", "objects"}
