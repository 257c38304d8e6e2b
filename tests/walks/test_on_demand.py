"""A film on demand on a drive: seen, heard, seen again from the same point, through a kill -9 of all."""

import asyncio
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import m3u8
import pytest

from adserver.booking.order import Order
from adserver.booking.submit_creative import Submission
from content.channels.channel import ChannelDraft
from content.channels.schedule import BreakEntry, ProgrammeEntry
from content.library.partner_item import ItemDraft
from content.library.programme import ProgrammeDraft
from content.library.rights import Rights
from geotarget.place import place_id_of
from geotarget.place_file import FileFormat
from players.feed import signals
from server.demo.films import SPOTS
from server.demo.render import render
from server.ingest import Elsewhere
from tests.walks.service import RENNES, Car, eventually

PLACES = b"id,name,latitude,longitude,category\n1,Garage,48.12,-1.67,dealer\n"
FILM_SEGMENTS, SPOT_SEGMENTS = 16, 4
SEGMENT_MS = 1920
LEFT_S = 8.0


@pytest.fixture
def running(installation, tmp_path):
    """One with a film on demand, the same on a channel, and a campaign with a spot."""
    for name, recipe, segments in (("film", SPOTS[0], FILM_SEGMENTS), ("spot", SPOTS[1], SPOT_SEGMENTS)):
        render(replace(recipe, segments=segments), tmp_path / f"{name}.mp4")
    installation.start()
    installation.add_accounts()
    installation.item_id, installation.channel_id = installation.in_house(
        lambda house: furnish(house, tmp_path)
    )
    return installation


async def furnish(house, folder):
    film, shown, spot = [await prepared(house, folder / f"{name}.mp4") for name in ("film", "film", "spot")]
    item = house.content.add_item(film.asset_id, ItemDraft("Studio", "Film"))
    draft = ProgrammeDraft("Shown", rights=Rights(catch_up_days=1))
    programme = house.content.add_programme(shown.asset_id, draft)
    entries = [ProgrammeEntry(programme.programme_id), BreakEntry(4)]
    create = house.content.create_channel
    channel = await asyncio.to_thread(create, "test", ChannelDraft("Drive", "drive"), entries)
    house.geotarget.import_places(PLACES, file_format=FileFormat.CSV, source="drive")
    house.geotarget.index.refresh()
    advertiser = house.accounts.by_name("advertiser").organisation_id
    now = datetime.now(UTC)
    order = Order(
        name="Drive",
        starts_at=now,
        ends_at=now + timedelta(days=1),
        budget_micros=10_000_000,
        cpm_micros=25_000_000,
        place_ids=(place_id_of("drive", "1"),),
    )
    campaign = await house.adserver.booking.book(advertiser, order)

    async def admitted(owner, upload_id, **_limits):
        return house.media.assets.find(upload_id)

    submit = replace(house.adserver.booking.submit, admit=admitted, auto_approve=True)
    await submit(
        advertiser, campaign.campaign_id, Submission("Try it", upload_id=spot.asset_id), owner="test"
    )
    await replace(house.adserver.advance_creatives, auto_approve=True)()
    return item.item_id, channel.channel_id


async def prepared(house, path):
    """The asset of a file, prepared here and now."""

    async def report(_permille):
        return None

    admitted = await replace(house.media.admit_file, queue=Elsewhere())("test", path)
    return await house.media.prepare_asset(admitted.asset_id, report)


class Screen:
    """A session of the car that plays on demand."""

    def __init__(self, car: Car, running, path: str) -> None:
        self.car, self.path = car, path
        opened = car.open_session(running.channel_id)
        self.sid, self.grant = opened["session_id"], opened["grant"]

    def get(self, file: str):
        return self.car.client.get(f"/play/{self.path}/{self.sid}/{file}?grant={self.grant}")

    def play(self) -> dict:
        answer = self.get("play.json")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def listed(self, name: str) -> m3u8.M3U8:
        answer = self.get(f"{name}.m3u8")
        assert answer.status_code == 200, answer.text
        return m3u8.loads(answer.text)

    def resume(self, method: str, **sent):
        return self.car.client.request(method, f"/v1/sessions/{self.sid}/resume?grant={self.grant}", **sent)

    def fetched(self, name: str) -> list[int]:
        """Every segment that is listed, fetched as a player does."""
        segments = self.listed(name).segments
        return [self.car.client.get(one.uri).status_code for one in segments]


def drive_off(car: Car) -> None:
    car.values |= {
        signals.SPEED: "50",
        signals.IS_MOVING: "true",
        signals.SELECTED_GEAR: "127",
        signals.PARKING_BRAKE: "false",
    }


def test_a_film_goes_on_from_picture_to_sound_and_back_and_outlives_the_server(running):
    car = Car(running)
    try:
        walk(running, car)
    finally:
        car.close()


def walk(running, car: Car) -> None:
    car.park(*RENNES)
    path = f"item/{running.item_id}"
    # The first play of the film has the ads before it: that the car stands is seen by the channel.
    live = Screen(car, running, running.channel_id)
    eventually(lambda: live.get("video.m3u8").status_code == 200)
    seen = Screen(car, running, path)
    play = seen.play()
    # Parked and with its owner's consent: the spot of the place nearby stands before the film.
    assert [one["content_at_ms"] for one in play["breaks"]] == [0]
    assert play["length_ms"] == (FILM_SEGMENTS + SPOT_SEGMENTS) * SEGMENT_MS
    assert seen.listed("v360").is_endlist
    assert set(seen.fetched("v360")) == set(seen.fetched("a128")) == {200}
    beacon = play["breaks"][0]["fills"][0]["beacon"]
    counted = {"sent_at": iso(), "events": [{"beacon": beacon, "event": "start", "at": iso()}]}
    assert car.client.post("/v1/beacons", json=counted).status_code in (200, 202, 204)

    told = {"item_id": running.item_id, "position_s": LEFT_S}
    assert seen.resume("PUT", json=told).status_code == 204
    drive_off(car)
    eventually(lambda: seen.get("v360.m3u8").status_code == 403)
    heard = Screen(car, running, path)
    assert heard.resume("GET").json()["points"][0]["position_ms"] == LEFT_S * 1000
    resumed = heard.play()
    assert resumed["resume_ms"] == LEFT_S * 1000
    assert resumed["begin_ms"] <= LEFT_S * 1000
    body = heard.get("a128.m3u8").text
    assert "#EXT-X-START:TIME-OFFSET=" in body
    assert set(heard.fetched("a128")) == {200}
    assert heard.resume("PUT", json={**told, "position_s": LEFT_S + 4}).status_code == 204

    running.kill_tree()
    car._thread.join()
    running.start()
    car.client.base_url = running.url

    # The same play, byte for byte, and the point of a moment before the end.
    assert heard.get("a128.m3u8").text == body
    assert heard.play()["play_id"] == resumed["play_id"]
    again = Screen(car, running, path)
    assert again.play()["resume_ms"] == (LEFT_S + 4) * 1000
    car._thread = threading.Thread(target=car._report)
    car.park(*RENNES)
    eventually(lambda: again.get("v360.m3u8").status_code == 200)
    assert set(again.fetched("v360")) == {200}

    # What the channel shows now is started over, and what is not on yet is refused by name.
    channel = f"/v1/channels/{running.channel_id}/catch-up?grant={again.grant}"
    (aired,) = car.client.get(channel).json()["airings"]
    over = Screen(car, running, f"airing/{aired['airing_id']}")
    assert over.play()["kind"] == "programme"
    assert set(over.fetched("a128")) == {200}
    start = int(aired["airing_id"].rpartition("-")[2])
    later = Screen(car, running, f"airing/{running.channel_id}-{start + 10 * (FILM_SEGMENTS + 4)}")
    assert later.get("a128.m3u8").json()["code"] == "not-aired-yet"

    # Withdrawn: neither a playlist nor what one lists is served any more.
    held = again.listed("a128").segments[-1].uri
    with running.client("editor") as editor:
        assert editor.delete(f"/v1/items/{running.item_id}").status_code == 204
    eventually(lambda: car.client.get(held).status_code == 404)
    assert again.get("a128.m3u8").json()["code"] == "item-withdrawn"
    assert again.resume("GET").json()["points"] == []


def iso() -> str:
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")
