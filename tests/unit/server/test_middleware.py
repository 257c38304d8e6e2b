import pytest
from httpx import ASGITransport, AsyncClient
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from structlog.testing import capture_logs

from server.errors import exception_handlers
from server.middleware import BodyLimit, CrossOriginProtection, RequestLog, SecurityHeaders, is_cross_origin
from server.pages import build_templates


def scope(method="POST", path="/form", **headers: str):
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http", "method": method, "path": path, "headers": raw}


@pytest.mark.parametrize(
    ("request_", "refused"),
    [
        (scope(sec_fetch_site="same-origin"), False),
        (scope(sec_fetch_site="none"), False),
        (scope(sec_fetch_site="cross-site"), True),
        (scope(sec_fetch_site="same-site"), True),
        (scope(sec_fetch_site="cross-site", origin="http://here", host="here"), True),
        (scope(origin="https://here", host="here"), False),
        (scope(origin="https://here:444", host="here"), True),
        (scope(origin="https://evil", host="here"), True),
        (scope(origin="null", host="here"), True),
        (scope(host="here"), False),
        (scope("GET", sec_fetch_site="cross-site"), False),
        (scope("DELETE", sec_fetch_site="cross-site"), True),
        (scope("POST", "/v1/sessions", origin="https://app", host="here"), False),
        (scope("POST", "/v1/uploads", origin="https://evil", host="here", cookie="roadcast_session=x"), True),
    ],
)
def test_what_counts_as_cross_origin(request_, refused):
    assert is_cross_origin(request_) is refused


async def echo(request):
    return PlainTextResponse(str(len(await request.body())))


def wrapped():
    app = Starlette(
        routes=[
            Route("/form", echo, methods=["GET", "POST"]),
            Route("/large/{name}", echo, methods=["POST"]),
            Route("/bug", lambda request: 1 / 0),
        ],
        exception_handlers=exception_handlers(build_templates()),
    )
    app.add_middleware(CrossOriginProtection)
    app.add_middleware(BodyLimit, default_bytes=10, by_prefix={"/large/": 100})
    return RequestLog(SecurityHeaders(app, https=True))


@pytest.fixture
async def client():
    transport = ASGITransport(wrapped(), raise_app_exceptions=False)
    async with AsyncClient(transport=transport, base_url="http://test") as found:
        yield found


async def chunks(count: int):
    for _ in range(count):
        yield b"12345"


async def test_bodies_are_limited_announced_or_not(client):
    assert (await client.post("/form", content=b"x" * 10)).text == "10"
    assert (await client.post("/form", content=b"x" * 11)).status_code == 413
    assert (await client.post("/form", content=chunks(2))).text == "10"
    refused = await client.post("/form", content=chunks(3))
    assert (refused.status_code, refused.json()["code"]) == (413, "body-too-large")
    assert (await client.post("/large/a", content=b"x" * 100)).text == "100"
    assert (await client.post("/large/a", content=b"x" * 101)).status_code == 413
    assert (await client.post("/form", headers={"Content-Length": "-1"}, content=b"")).status_code == 413


@pytest.mark.parametrize("path", ["/form", "/bug", "/nowhere"])
async def test_every_answer_is_careful(client, path):
    answer = await client.get(path)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["strict-transport-security"]
    assert len(answer.headers["x-request-id"]) == 16


async def test_the_log_holds_neither_query_nor_parameters(client):
    with capture_logs() as lines:
        await client.post("/large/secret-token?grant=secret", content=b"")
        await client.get("/secret-path?ticket=secret")
        await client.get("/bug")
    told = [line for line in lines if line["event"] == "request"]
    assert [(line["route"], line["status"]) for line in told] == [
        ("/large/{name}", 200),
        ("(none)", 404),
        ("/bug", 500),
    ]
    assert "secret" not in repr(lines)
