"""Bad input at each door gets the named error, and nothing changes."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from players.feed.head_unit import Technique, Zone
from players.playback import lease, segment_key
from tests.walks.service import upload


@pytest.fixture
def unchanged(service) -> Iterator[None]:
    """No record is added or removed meanwhile (uploads in progress aside)."""
    before = service.rows()
    yield
    after = service.rows()
    assert {name: rows for name, rows in after.items() if rows != before[name]}.keys() <= {"uploads"}


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("letter.txt", b"This is no film. " * 500, "media-no-media"),
        ("playlist.m3u8", b"#EXTM3U\n#EXTINF:5,\nhttp://127.0.0.1:1/secret.ts\n", "media-"),
        ("film.mp4", b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + bytes(4000), "media-"),
    ],
)
def test_what_is_no_film(service, unchanged, tmp_path, name, data, code):
    (tmp_path / name).write_bytes(data)
    with service.client("editor") as editor:
        sent = upload(editor, tmp_path / name)
        refused = editor.post("/v1/programmes", json={"upload_id": sent, "title": "Film"})
        assert refused.status_code == 422, refused.text
        assert refused.json()["code"].startswith(code)
        assert refused.json()["fix"]


def order(**changes) -> dict:
    now = datetime.now(UTC)
    return {
        "name": "Test drives",
        "starts_at": now.isoformat(),
        "ends_at": (now + timedelta(days=30)).isoformat(),
        "budget_micros": 100_000_000,
        "cpm_micros": 25_000_000,
        "place_ids": ["plc_unknown"],
    } | changes


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"ends_at": "2020-01-01T00:00:00Z"}, "campaign-ends-before-start"),
        ({"budget_micros": 0}, "budget-missing"),
        ({"cpm_micros": 0}, "price-missing"),
        ({"place_ids": []}, "places-missing"),
        ({"place_ids": ["plc_unknown"]}, "place-unknown"),
        ({"budget_micros": "much"}, "body-invalid"),
        ({"surprise": 1}, "body-invalid"),
    ],
)
def test_campaigns_that_cannot_be(service, unchanged, changes, code):
    with service.client("advertiser") as advertiser:
        refused = advertiser.post("/v1/campaigns", json=order(**changes))
        assert (refused.status_code, refused.json()["code"]) == (422, code)


def test_a_place_beyond_the_pole(service, unchanged):
    feature = {
        "type": "Feature",
        "id": "1",
        "geometry": {"type": "Point", "coordinates": [0, 91]},
        "properties": {"name": "Nowhere"},
    }
    body = json.dumps({"type": "FeatureCollection", "features": [feature]})
    with service.client("operator") as operator:
        told = operator.post("/v1/places/import?format=geojson&source=bad", content=body).json()
        assert (told["accepted"], told["reasons"]) == (0, {"latitude-out-of-range": 1})


def test_beacons_that_nobody_signed(service, unchanged):
    with service.client() as anyone:
        for token in ("forged", "fill_1.li_1.25000.9999999999999.AAAAAAAAAAAAAAAAAAAAAA", "a" * 5000):
            refused = anyone.post(f"/v1/beacons/{token}/impression")
            assert (refused.status_code, refused.json()["code"]) == (403, "beacon-invalid")


def test_leases_that_are_missing_forged_or_too_old(service):
    signed = service.in_house(lambda house: segment_key.address(house.engines.signer, "slate", "v720", 0, 1))
    old = lease.Lease("veh_1", Zone.DRIVER, Technique.TWO_ELEMENT, time.time_ns() // 1_000_000 - 1)
    expired = service.in_house(lambda house: lease.sign(house.engines.signer, old))
    with service.client() as anyone:
        for token, code in (
            ("", "lease-missing"),
            ("forged", "signature-invalid"),
            (expired, "lease-expired"),
        ):
            refused = anyone.get(signed, params={"lease": token})
            assert (refused.status_code, refused.json()["code"]) == (403, code)


def test_messages_that_are_not_viss(service, car):
    url = service.url.replace("http", "ws") + "/v1/vehicle-state"
    headers = {"Authorization": f"Bearer {car.feed}"}
    with connect(url, subprotocols=["VISSv3"], additional_headers=headers) as feed:
        while json.loads(feed.recv(timeout=10))["action"] != "subscribe":
            pass
        feed.send("{not json")
        answer = next(message for message in map(json.loads, feed) if "error" in message)
        assert answer["error"]["reason"] == "bad_request"
        assert answer["error"]["description"].startswith("message-not-json")
        with pytest.raises(ConnectionClosed) as closed:
            talk_nonsense(feed)
        assert closed.value.rcvd.code == 1008


def talk_nonsense(feed) -> None:
    for _ in range(100):
        feed.send('{"action": "nonsense"}')
        feed.recv(timeout=10)


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("POST", "/v1/sessions", 401, "credential-missing"),
        ("POST", "/v1/campaigns", 401, "sign-in-required"),
        ("GET", "/v1/assets/ast_x", 401, "sign-in-required"),
        ("POST", "/v1/places/import?format=csv&source=x", 401, "sign-in-required"),
        ("GET", "/v1/nothing", 404, "route-unknown"),
        ("DELETE", "/v1/channels", 405, "method-not-allowed"),
        ("GET", "/segments/init/v999.mp4", 404, "rendition-unknown"),
        ("GET", "/play/chn_x/ses_x/multivariant.m3u8", 403, "signature-invalid"),
    ],
)
def test_strangers_at_closed_doors(service, unchanged, method, path, status, code):
    with service.client() as stranger:
        refused = stranger.request(method, path)
        assert (refused.status_code, refused.json()["code"]) == (status, code)
        assert refused.headers["content-type"] == "application/problem+json"


def test_a_form_of_another_site_does_nothing(service, unchanged):
    with service.client("advertiser") as advertiser:
        headers = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
        refused = advertiser.post("/v1/campaigns", json=order(), headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (403, "cross-origin")


def test_a_body_without_end(service, unchanged):
    with service.client("advertiser") as advertiser:
        refused = advertiser.post("/v1/campaigns", content=(b" " * 65_536 for _ in range(64)))
        assert (refused.status_code, refused.json()["code"]) == (413, "body-too-large")
