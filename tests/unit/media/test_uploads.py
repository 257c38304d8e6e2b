import base64

import pytest

from media.upload import LENGTH_LIMIT_BYTES
from tests.media.app import application, client

CHUNK = {"Content-Type": "application/offset+octet-stream"}


async def opened(http, length=6) -> str:
    name = base64.b64encode(b"film.mp4").decode()
    headers = {"Upload-Length": str(length), "Upload-Metadata": f"filename {name}"}
    answer = await http.post("/v1/uploads", headers=headers)
    assert answer.status_code == 201, answer.text
    return answer.headers["location"]


async def sent(http, location: str, offset: object, data: bytes, **headers: str):
    return await http.patch(location, content=data, headers=CHUNK | {"Upload-Offset": str(offset)} | headers)


async def test_an_upload_in_two_parts(house):
    async with client(house) as http:
        location = await opened(http)
        first = await sent(http, location, 0, b"abc")
        assert (first.status_code, first.headers["upload-offset"]) == (204, "3")
        there = await http.head(location)
        assert (there.status_code, there.headers["upload-offset"]) == (200, "3")
        assert (there.headers["upload-length"], there.headers["cache-control"]) == ("6", "no-store")
        assert there.headers["upload-expires"] == "Tue, 16 Jun 2026 10:00:00 GMT"
        assert (await sent(http, location, 3, b"def")).headers["upload-offset"] == "6"
        assert first.headers["tus-resumable"] == there.headers["tus-resumable"] == "1.0.0"
    upload_id = location.rpartition("/")[2]
    assert house.spool.path(upload_id).read_bytes() == b"abcdef"
    assert house.uploads.find(upload_id).filename == "film.mp4"


async def test_what_the_server_can_do(house):
    async with client(house, account="") as http:
        answer = await http.options("/v1/uploads")
    assert answer.status_code == 204
    assert answer.headers["tus-version"] == "1.0.0"
    assert set(answer.headers["tus-extension"].split(",")) == {"creation", "expiration", "termination"}
    assert answer.headers["tus-max-size"] == str(LENGTH_LIMIT_BYTES)


@pytest.mark.parametrize("offset", [0, 2, 4])
async def test_a_wrong_offset_changes_nothing(house, offset):
    async with client(house) as http:
        location = await opened(http)
        await sent(http, location, 0, b"abc")
        answer = await sent(http, location, offset, b"xyz")
        assert (answer.status_code, answer.json()["code"]) == (409, "upload-offset-wrong")
        assert (await http.head(location)).headers["upload-offset"] == "3"


async def test_more_than_promised(house):
    async with client(house) as http:
        location = await opened(http)
        answer = await sent(http, location, 0, b"abcdefg")
        assert (answer.status_code, answer.json()["code"]) == (413, "upload-overrun")


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({}, 422, "upload-header-missing"),
        ({"Upload-Length": "-1"}, 422, "upload-header-missing"),
        ({"Upload-Length": "9" * 30}, 422, "upload-header-missing"),
        ({"Upload-Length": "0"}, 422, "upload-empty"),
        ({"Upload-Length": str(LENGTH_LIMIT_BYTES + 1)}, 413, "upload-too-large"),
        ({"Upload-Length": "5", "Upload-Metadata": "filename ?"}, 422, "upload-metadata-malformed"),
    ],
)
async def test_what_cannot_be_opened(house, headers, status, code):
    async with client(house) as http:
        answer = await http.post("/v1/uploads", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert house.uploads.open_by("acc_1") == (0, 0)


async def test_a_version_of_the_protocol_that_is_not_spoken(house):
    async with client(house) as http:
        answer = await http.post("/v1/uploads", headers={"Tus-Resumable": "0.2.2", "Upload-Length": "6"})
        location = await opened(http)
        other = await sent(http, location, 0, b"abc", **{"Tus-Resumable": "2.0.0"})
        assert (await http.head(location)).headers["upload-offset"] == "0"
    assert (answer.status_code, other.status_code) == (412, 412)
    assert answer.headers["tus-version"] == "1.0.0"


async def test_bytes_of_another_type(house):
    async with client(house) as http:
        location = await opened(http)
        answer = await sent(http, location, 0, b"abc", **{"Content-Type": "video/mp4"})
        assert (await http.head(location)).headers["upload-offset"] == "0"
    assert (answer.status_code, answer.json()["code"]) == (415, "media-type-unsupported")


async def test_nobody_else_sees_continues_or_deletes_it(house):
    async with client(house) as http:
        location = await opened(http)
    for account in ("acc_2 editor", "acc_2 booking", "acc_2 editor operator"):
        async with client(house, account) as other:
            assert (await other.head(location)).status_code == 404
            assert (await sent(other, location, 0, b"abc")).json()["code"] == "upload-unknown"
            assert (await other.delete(location)).status_code == 404
    for account, status in (("", 401), ("acc_1 driver", 403)):
        async with client(house, account) as other:
            assert (await other.post("/v1/uploads", headers={"Upload-Length": "6"})).status_code == status
            assert (await sent(other, location, 0, b"abc")).status_code == status
            assert (await other.delete(location)).status_code == status
    assert house.spool.offset(location.rpartition("/")[2]) == 0


async def test_it_can_be_thrown_away(house):
    async with client(house) as http:
        location = await opened(http)
        assert (await http.delete(location)).status_code == 204
        assert (await http.head(location)).status_code == 404
        assert (await http.delete(location)).status_code == 404


async def test_a_client_that_disconnects_leaves_what_came(house):
    async with client(house) as http:
        location = await opened(http)
    messages = iter(
        [{"type": "http.request", "body": b"abc", "more_body": True}, {"type": "http.disconnect"}]
    )

    async def receive():
        return next(messages)

    async def send(message) -> None:
        pass

    headers = CHUNK | {"Upload-Offset": "0", "x-account": "acc_1 editor", "Tus-Resumable": "1.0.0"}
    scope = {
        "type": "http",
        "method": "PATCH",
        "path": location,
        "raw_path": location.encode(),
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "server": ("test", 80),
        "scheme": "http",
    }
    await application(house)(scope, receive, send)
    assert house.spool.offset(location.rpartition("/")[2]) == 3
