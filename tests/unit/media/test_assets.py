import msgspec
import pytest

from tests.contracts.test_media_sql import asset, manifest
from tests.media.app import client


@pytest.fixture
async def ready(house):
    house.assets.add(asset())
    house.assets.begin("ast_1")
    await house.objects.put("p", b"\xff\xd8jpeg")
    return house


async def test_how_far_it_is_and_what_came_of_it(ready):
    async with client(ready) as http:
        ready.assets.progress("ast_1", 333)
        answer = await http.get("/v1/assets/ast_1")
        assert answer.headers["cache-control"] == "no-store"
        assert answer.json() == {
            "asset_id": "ast_1",
            "filename": "été.mp4",
            "state": "preparing",
            "progress_permille": 333,
            "reasons": [],
            "duration_ms": 0,
            "segments": 0,
            "poster_url": "",
            "warnings": [],
        }
        assert (await http.get("/v1/assets/ast_1/poster.jpg")).status_code == 404
        ready.assets.publish(manifest())
        ready.clock.advance(1)  # that it was not there is believed for a second
        status = (await http.get("/v1/assets/ast_1")).json()
        assert (status["state"], status["progress_permille"]) == ("ready", 1000)
        assert (status["duration_ms"], status["segments"]) == (1900, 1)
        poster = await http.get(status["poster_url"])
        assert (poster.content, poster.headers["content-type"]) == (b"\xff\xd8jpeg", "image/jpeg")
        assert "immutable" in poster.headers["cache-control"]


async def test_a_silent_film_comes_with_a_warning(ready):
    ready.assets.publish(msgspec.structs.replace(manifest(), has_sound=False))
    async with client(ready) as http:
        assert (await http.get("/v1/assets/ast_1")).json()["warnings"] == ["media-no-sound"]


async def test_reasons_are_told(ready):
    ready.assets.fail("ast_1", ("media-truncated",))
    async with client(ready, "acc_1 booking") as http:
        status = (await http.get("/v1/assets/ast_1")).json()
    assert (status["state"], status["reasons"]) == ("failed", ["media-truncated"])


@pytest.mark.parametrize(
    ("account", "status"),
    [
        ("acc_1 booking", 200),
        ("acc_2 editor", 200),
        ("acc_2 booking", 404),
        ("acc_1 driver", 403),
        ("", 401),
    ],
)
async def test_an_asset_is_its_owners_and_the_editors(ready, account, status):
    async with client(ready, account) as http:
        assert (await http.get("/v1/assets/ast_1")).status_code == status


async def test_unknown_assets(house):
    async with client(house) as http:
        for path in ("/v1/assets/nobody", "/v1/assets/nobody/poster.jpg"):
            assert msgspec.json.decode((await http.get(path)).content)["code"] == "asset-unknown"
