"""Walk C: a file is uploaded, prepared, put on a channel, and plays."""

import av
import m3u8

from content.channels.channel import ChannelDraft
from content.channels.plan import ProgrammeEntry
from media.house_format import SEGMENT_MS, starts_at_ms
from server.chance import SystemClock
from tests.walks.service import eventually, offset_of, open_upload, send


def test_from_an_upload_to_a_playing_channel(service, films, car, tmp_path):
    with service.client("editor") as editor:
        location, data = open_upload(editor, films["programme"]), films["programme"].read_bytes()
        half = len(data) // 2
        assert send(editor, location, 0, data[:half]).status_code == 204
        assert offset_of(editor, location) == half
        assert send(editor, location, 0, data[:half]).status_code == 409
        assert send(editor, location, half, data[half:]).status_code == 204

        made = editor.post("/v1/channels", json={"name": "Walk", "slug": "walk-upload"})
        assert made.status_code == 201, made.text
        channel_id = made.json()["channel_id"]
        programme = {
            "upload_id": location.rsplit("/", 1)[1],
            "title": "Garage",
            "category": "travel",
            "schedule_on": channel_id,
        }
        added = editor.post("/v1/programmes", json=programme)
        assert added.status_code == 201, added.text
        asset_id = added.json()["asset_id"]

        def prepared():
            status = editor.get(f"/v1/assets/{asset_id}").json()
            assert status["state"] != "failed", status
            return status["state"] == "ready" and status

        status = eventually(prepared)
        assert (status["segments"], status["progress_permille"]) == (4, 1000)
        schedule = eventually(
            lambda: (
                (found := editor.get(f"/v1/channels/{channel_id}/schedule").json())["version"] > 1 and found
            )
        )
        assert [entry["kind"] for entry in schedule["entries"]] == ["programme", "break"]
        poster = editor.get(f"/v1/assets/{asset_id}/poster.jpg")
        assert poster.headers["content-type"] == "image/jpeg"

    session = car.open_session(channel_id)
    guide = car.client.get(f"/v1/channels/{channel_id}/guide").json()
    assert guide

    # Nothing is known of the car yet, so there is sound and no picture.
    multivariant = m3u8.loads(car.client.get(session["urls"]["multivariant"]).text)
    assert all("avc1" not in (one.stream_info.codecs or "") for one in multivariant.playlists)
    assert car.client.get(session["urls"]["video"]).json()["code"] == "video-withheld"
    assert sound_of(car, session, tmp_path) > 10

    car.park(48.1173, -1.6778)
    permitted = eventually(
        lambda: (
            (seen := car.client.get(session["urls"]["report"]).json()["state"]["video"])["permitted"] and seen
        )
    )
    assert permitted["rule"]
    video = m3u8.loads(car.client.get(session["urls"]["video"]).text)
    assert video.playlists[0].stream_info.resolution == (1280, 720)


def test_a_programme_that_an_editor_withdraws_leaves_the_air_in_half_a_minute(service, films, car):
    with service.client("editor") as editor:
        location, data = open_upload(editor, films["programme"]), films["programme"].read_bytes()
        assert send(editor, location, 0, data).status_code == 204
        body = {"upload_id": location.rsplit("/", 1)[1], "title": "Cellar"}
        added = editor.post("/v1/programmes", json=body).json()
        asset_id, url = added["asset_id"], f"/v1/programmes/{added['programme_id']}"
        eventually(lambda: editor.get(f"/v1/assets/{asset_id}").json()["state"] == "ready")
        entries = [ProgrammeEntry(added["programme_id"])]
        draft = ChannelDraft("Cellar", "walk-withdrawn")
        made = service.in_house(lambda house: house.content.create_channel("test", draft, entries))

        session = eventually(lambda: on_air(car, made.channel_id, asset_id))
        refused = editor.delete(url)
        assert (refused.status_code, refused.json()["code"]) == (409, "programme-scheduled")
        assert editor.delete(url, params={"off_air": "yes"}).json()["code"] == "off-air-malformed"
        gone_ms = SystemClock().now_ms()
        assert editor.delete(url, params={"off_air": "true"}).status_code == 204
        assert editor.get(url).json()["code"] == "programme-not-found"

    def leaves():
        """The position of the first segment that is another's."""
        return next((k for k, asset in listed(car, session) if asset != asset_id), None)

    first = eventually(leaves, patience_s=60)
    assert 30_000 <= starts_at_ms(first) - gone_ms <= 30_000 + 5 * SEGMENT_MS
    assert all(asset != asset_id for k, asset in listed(car, session) if k >= first)


def on_air(car, channel_id, asset_id):
    """A session on a channel, once that is known and lists the asset alone."""
    if channel_id not in car.client.get("/v1/channels").text:
        return None
    session = car.open_session(channel_id)
    return session if {asset for _, asset in listed(car, session)} == {asset_id} else None


def listed(car, session) -> list[tuple[int, str]]:
    """The positions of the audio playlist, and the asset at each."""
    base = session["urls"]["audio"]
    multivariant = m3u8.loads(car.client.get(base).text, uri=str(car.client.base_url.join(base)))
    media = m3u8.loads(car.client.get(multivariant.playlists[0].absolute_uri).text)
    return [(int(one.uri.split("/")[5]), one.uri.split("/")[2]) for one in media.segments]


def sound_of(car, session, tmp_path) -> float:
    """Seconds of sound that the audio rendition's window decodes to."""
    base = session["urls"]["audio"]
    multivariant = m3u8.loads(car.client.get(base).text, uri=str(car.client.base_url.join(base)))
    address = multivariant.playlists[0].absolute_uri
    media = m3u8.loads(car.client.get(address).text, uri=address)
    whole = car.client.get(media.segments[0].init_section.absolute_uri).content
    for segment in media.segments:
        answer = car.client.get(segment.absolute_uri)
        assert answer.status_code == 200, answer.text
        whole += answer.content
    (tmp_path / "sound.mp4").write_bytes(whole)
    with av.open(str(tmp_path / "sound.mp4")) as sound:
        return sum(frame.samples for frame in sound.decode(audio=0)) / 48_000
