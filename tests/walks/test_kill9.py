"""kill -9 of the whole tree in the middle of everything: the next start goes on from there."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import m3u8
import pytest

from adserver.booking.order import Order
from adserver.booking.submit_creative import Submission
from content.channels.channel import ChannelDraft
from content.channels.plan import BreakEntry, ProgrammeEntry
from content.library.programme import ProgrammeDraft
from geotarget.place import place_id_of
from geotarget.place_file import FileFormat
from media.house_format import position_at
from server.chance import SystemClock
from server.ingest import Elsewhere
from tests.walks.service import PASSWORD, RENNES, Car, Service, eventually, offset_of, open_upload, send

PLACES = b"id,name,latitude,longitude,category\n1,Garage,48.12,-1.67,dealer\n"
CPM_MICROS = 25_000_000


@pytest.fixture(scope="module")
def running(films, tmp_path_factory) -> Iterator[Service]:
    """One with a channel, a campaign with a spot, and nothing that waits; who kills it starts it again."""
    folder = tmp_path_factory.mktemp("kill")
    found = Service(folder / "data", folder / "log.txt")
    try:
        found.start()
        found.add_accounts()
        found.channel_id, found.campaign_id, found.advertiser_id = found.in_house(
            lambda house: furnish(house, films)
        )
        yield found
    finally:
        found.close()


async def furnish(house, films):
    assets = {name: (await prepared(house, path)).asset_id for name, path in films.items()}
    programme = house.content.add_programme(assets["programme"], ProgrammeDraft("Programme"))
    entries = [ProgrammeEntry(programme.programme_id), BreakEntry(4)]
    create = house.content.create_channel
    channel = await asyncio.to_thread(create, "test", ChannelDraft("Kill", "kill"), entries)
    house.geotarget.import_places(PLACES, file_format=FileFormat.CSV, source="kill")
    house.geotarget.index.refresh()
    advertiser = house.accounts.by_name("advertiser").organisation_id
    now = datetime.now(UTC)
    order = Order(
        name="Killed",
        starts_at=now,
        ends_at=now + timedelta(days=1),
        budget_micros=10_000_000,
        cpm_micros=CPM_MICROS,
        place_ids=(place_id_of("kill", "1"),),
    )
    campaign = await house.adserver.booking.book(advertiser, order)

    async def admitted(owner, upload_id, **_limits):
        return house.media.assets.find(upload_id)

    submit = replace(house.adserver.booking.submit, admit=admitted, auto_approve=True)
    await submit(
        advertiser, campaign.campaign_id, Submission("Try it", upload_id=assets["spot"]), owner="test"
    )
    await replace(house.adserver.advance_creatives, auto_approve=True)()
    return channel.channel_id, campaign.campaign_id, advertiser


async def prepared(house, path):
    """The asset of a file, prepared here and now."""

    async def report(_permille):
        return None

    admitted = await replace(house.media.admit_file, queue=Elsewhere())("test", path)
    return await house.media.prepare_asset(admitted.asset_id, report)


def playlist(car: Car, session) -> m3u8.M3U8:
    answer = car.client.get(session["urls"]["audio"].replace("audio.m3u8", "a128.m3u8"))
    assert answer.status_code == 200, answer.text
    return m3u8.loads(answer.text)


def fills(car: Car, session) -> list[dict]:
    playlist(car, session)
    seen = car.client.get(session["urls"]["report"]).json()
    now_ms = SystemClock().now_ms()  # before a fill begins, no beacon of it is believed
    return [fill for one in seen["breaks"] for fill in one["fills"] if fill["starts_at_ms"] <= now_ms]


def report(running):
    return running.in_house(
        lambda house: house.adserver.booking.report(running.advertiser_id, running.campaign_id)
    )


def counted(running, number):
    """The report, once it has counted so many."""
    return eventually(lambda: (found := report(running)).overview.shown == number and found)


def test_in_the_middle_of_an_upload_an_ingest_and_a_break(running, films, tmp_path):
    number = report(running).overview.shown + 1
    car = Car(running)
    car.park(*RENNES)
    session = car.open_session(running.channel_id)
    shown = eventually(lambda: fills(car, session))[0]
    assert car.client.post(f"/v1/beacons/{shown['beacon']}/impression").status_code == 204
    segments = {
        segment.media_sequence: segment.uri.split("?")[0] for segment in playlist(car, session).segments
    }

    data = films["programme"].read_bytes()
    with running.client("editor") as editor:
        location = open_upload(editor, films["programme"])
        assert send(editor, location, 0, data[: len(data) // 2]).status_code == 204
        other = open_upload(editor, films["spot"])
        assert send(editor, other, 0, films["spot"].read_bytes()).status_code == 204
        programme = {"upload_id": other.rsplit("/", 1)[1], "title": "Interrupted"}
        asset_id = editor.post("/v1/programmes", json=programme).json()["asset_id"]
        eventually(lambda: editor.get(f"/v1/assets/{asset_id}").json()["state"] == "preparing")
        cookies = dict(editor.cookies)

    running.kill_tree()
    car.close()
    running.start()

    with running.client() as editor:
        editor.cookies.update(cookies)  # the session outlives the server
        assert offset_of(editor, location) == len(data) // 2
        assert send(editor, location, len(data) // 2, data[len(data) // 2 :]).status_code == 204
        eventually(lambda: editor.get(f"/v1/assets/{asset_id}").json()["state"] == "ready")

    again = Car(running)
    # The screen's session, its plans and the playlist's numbers go on.
    pulled = playlist(again, session)
    assert pulled.media_sequence == pytest.approx(position_at(SystemClock().now_ms()) - 12, abs=2)
    after = {segment.media_sequence: segment.uri.split("?")[0] for segment in pulled.segments}
    assert all(segments[number] == after[number] for number in segments.keys() & after.keys())
    assert shown["fill_id"] in {fill["fill_id"] for fill in fills(again, session)}

    # What was counted before the end is counted once, told again or not.
    assert again.client.post(f"/v1/beacons/{shown['beacon']}/impression").status_code == 204
    told = counted(running, number)
    assert told.overview.spent_micros == number * CPM_MICROS // 1000
    assert told.overview.balance.balanced
    again.close()


def test_counters_that_are_lost_are_counted_anew(running):
    number = report(running).overview.shown + 1
    car = Car(running)
    car.park(*RENNES)
    session = car.open_session(running.channel_id)
    shown = eventually(lambda: fills(car, session))[0]
    car.client.post(f"/v1/beacons/{shown['beacon']}/impression")
    before = counted(running, number)
    car.close()
    running.kill_tree()
    for path in (running.data_dir / "redis").glob("*.aof"):
        path.unlink()
    running.start()
    after = report(running)
    assert after.overview.spent_micros == before.overview.spent_micros
    assert after.overview.balance.spent_micros == before.overview.balance.spent_micros
    assert after.overview.balance.balanced
    with running.client() as anyone:
        assert anyone.post(f"/v1/beacons/{shown['beacon']}/impression").status_code == 204
    assert report(running).overview.shown == number


def test_twice_in_a_row(running):
    running.kill_tree()
    running.start()
    running.kill_tree()
    running.start()
    made = running.command("create-account", "zoe", "--role", "editor", "--password", PASSWORD)
    assert made.returncode == 0, made.stderr
