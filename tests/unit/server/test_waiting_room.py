import httpx
import pytest

from server.pages import build_templates
from server.progress import FILMS, Progress, tell
from server.waiting_room import build_app

PAGE = {"Accept": "text/html"}


@pytest.fixture
async def client(tmp_path):
    tell(tmp_path, Progress(420, FILMS, 3, 9))
    transport = httpx.ASGITransport(build_app(tmp_path, build_templates()))
    async with httpx.AsyncClient(transport=transport, base_url="http://roadcast") as found:
        yield found


@pytest.mark.parametrize(
    ("language", "sentence"), [("en", "3 of 9 are ready"), ("fr-FR", "3 sur 9 sont prêts")]
)
async def test_a_person_sees_how_far_it_is(client, language, sentence):
    answer = await client.get("/editor", headers=PAGE | {"Accept-Language": language})
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert answer.headers["connection"] == "close"
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert sentence in answer.text
    assert 'http-equiv="refresh"' in answer.text
    assert 'value="420"' in answer.text
    style = answer.text.partition('rel="stylesheet" href="')[2].partition('"')[0]
    assert (await client.get(style)).headers["content-type"].startswith("text/css")


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/v1/channels"), ("POST", "/v1/sessions"), ("GET", "/")]
)
async def test_a_machine_is_told_in_a_problem_document(client, method, path):
    answer = await client.request(method, path, headers={"Accept": "application/json"})
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["retry-after"]
    assert answer.json()["code"] == "preparing"
    assert "first" not in answer.json()["detail"]  # it may be any


async def test_it_lives_and_is_not_ready(client):
    assert (await client.get("/healthz")).status_code == 200
    ready = await client.get("/readyz")
    assert (ready.status_code, ready.json()) == (503, {"status": "preparing", "percent": 42})
