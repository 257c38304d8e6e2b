import re

import msgspec
import pytest
import redis
from httpx import ASGITransport, AsyncClient
from starlette.applications import Starlette
from starlette.authentication import AuthCredentials, SimpleUser, UnauthenticatedUser, requires
from starlette.middleware import Middleware
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from kernel import errors
from server.errors import _NEEDED, _SENTENCES, exception_handlers, problem_of
from server.languages import Catalog
from server.pages import ROOT, build_templates


class Body(msgspec.Struct):
    radius_m: int


def test_each_kind_has_its_status():
    kinds = {
        errors.Invalid: 422,
        errors.NotFound: 404,
        errors.Conflict: 409,
        errors.Forbidden: 403,
        errors.Unauthorized: 401,
        errors.TooLarge: 413,
        errors.Unavailable: 503,
    }
    assert {kind: problem_of(kind("a-code", "A sentence.")).status for kind in kinds} == kinds


def test_what_was_not_foreseen_is_told_without_its_details():
    problem = problem_of(RuntimeError("password=hunter2"))
    assert (problem.status, problem.code) == (500, "internal")
    assert b"hunter2" not in msgspec.json.encode(problem)


class _Visitors:
    """Everybody is a stranger, but for who says what they are."""

    async def authenticate(self, conn):
        if role := conn.headers.get("x-role"):
            return AuthCredentials([role]), SimpleUser("Zoé")
        return AuthCredentials(), UnauthenticatedUser()


@pytest.fixture
async def client():
    async def parse(request):
        msgspec.json.decode(await request.body(), type=Body)
        return PlainTextResponse("fine")

    def fails(request):
        raise {
            "invalid": errors.Invalid(
                "name-missing", "No name.", fix="Type one.", fields={"name": "Missing."}
            ),
            "campaign": errors.NotFound("campaign-unknown", "There is no such campaign."),
            "channel": errors.NotFound(
                "channel-unknown", "There is no such channel.", fix="Choose one of the channels listed."
            ),
            "programme": errors.NotFound(
                "programme-not-found", "There is no such programme in the library.", fix="Something else."
            ),
            "credential": errors.Unauthorized("credential-missing", "No credential was sent."),
            "redis": redis.ConnectionError("/run/redis.sock"),
            "bug": ZeroDivisionError(),
        }[request.path_params["kind"]]

    @requires("editor")
    def editors(request):
        return PlainTextResponse("welcome")

    app = Starlette(
        routes=[
            Route("/v1/parse", parse, methods=["POST"]),
            Route("/v1/fails/{kind}", fails),
            Route("/fails/{kind}", fails),
            Route("/editor", editors, methods=["GET", "POST"]),
            Route("/v1/editor", editors),
        ],
        middleware=[Middleware(AuthenticationMiddleware, backend=_Visitors())],
        exception_handlers=exception_handlers(build_templates()),
    )
    transport = ASGITransport(app, raise_app_exceptions=False)
    async with AsyncClient(transport=transport, base_url="http://test") as found:
        yield found


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b'{"radius_m": 5}', 200, None),
        (b'{"radius_m": "five"}', 422, "body-invalid"),
        (b"{}", 422, "body-invalid"),
        (b"{", 400, "body-malformed"),
        (b"\xff", 400, "body-malformed"),
    ],
)
async def test_bodies(client, body, status, code):
    answer = await client.post("/v1/parse", content=body)
    assert answer.status_code == status
    if code:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"] == code
        assert answer.json()["type"] == f"/problems/{code}"


async def test_a_problem_tells_what_to_do(client):
    answer = await client.get("/v1/fails/invalid")
    problem = answer.json()
    assert problem.pop("title") == "Unprocessable Content"
    assert problem == {
        "type": "/problems/name-missing",
        "status": 422,
        "code": "name-missing",
        "detail": "No name.",
        "fix": "Type one.",
        "fields": {"name": "Missing."},
    }
    assert answer.headers["cache-control"] == "no-store"


async def test_a_silent_engine_asks_for_patience_and_tells_no_paths(client):
    answer = await client.get("/v1/fails/redis")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "2"
    assert "sock" not in answer.text


async def test_a_bug_is_a_problem_document_too(client):
    answer = await client.get("/v1/fails/bug")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")


async def test_a_browser_reads_a_page(client):
    answer = await client.get("/fails/invalid", headers={"Accept": "text/html", "Accept-Language": "en"})
    assert answer.status_code == 422
    assert answer.headers["content-type"].startswith("text/html")
    assert "No name." in answer.text
    assert "Type one." in answer.text
    assert "Missing." in answer.text


async def test_what_nobody_translated_is_said_in_general_and_never_in_two_languages(client):
    answer = await client.get("/fails/invalid", headers={"Accept": "text/html", "Accept-Language": "fr"})
    assert '<html lang="fr">' in answer.text
    assert "Ce qui a été envoyé ne peut pas être accepté." in answer.text
    assert "Vérifiez-le et envoyez-le à nouveau." in answer.text
    assert "name-missing" in answer.text
    assert not {"No name.", "Type one.", "Missing."} & set(re.split("[<>]\\s*", answer.text))


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("campaign", "Cette campagne n’existe pas."),
        ("channel", "Cette chaîne n’existe pas. Choisissez une des chaînes de la liste."),
        ("programme", "Ce programme n’est pas dans la médiathèque."),
    ],
)
async def test_what_is_not_there_is_said_in_french(client, code, said):
    page = await client.get(f"/fails/{code}", headers={"Accept": "text/html", "Accept-Language": "fr"})
    words = " ".join(re.sub("<[^>]*>", " ", page.text).split())
    assert page.status_code == 404
    assert said in words
    assert "There" not in words


async def test_a_stranger_is_asked_to_sign_in_on_pages_only(client):
    page = await client.get("/editor?tab=2", headers={"Accept": "text/html"})
    assert page.status_code == 303
    assert page.headers["location"] == "/sign-in?next=%2Feditor%3Ftab%3D2"
    assert (await client.get("/v1/editor", headers={"Accept": "text/html"})).status_code == 401
    posted = await client.post("/editor", headers={"Accept": "text/html", "Accept-Language": "fr"})
    assert posted.status_code == 401
    assert 'href="/sign-in?next=/editor"' in posted.text
    assert "Connectez-vous d’abord" in posted.text


async def test_a_stranger_is_told_how_to_sign_in_and_an_account_without_the_role_is_refused(client):
    answer = await client.get("/v1/editor")
    assert (answer.status_code, answer.json()["code"]) == (401, "sign-in-required")
    assert answer.json()["detail"] == "Only those who have signed in may do this."
    assert answer.headers["www-authenticate"].startswith('Cookie realm="roadcast", form-action="/sign-in"')
    answer = await client.get("/v1/editor", headers={"X-Role": "advertiser"})
    assert (answer.status_code, answer.json()["code"]) == (403, "not-allowed")
    assert "www-authenticate" not in answer.headers


async def test_a_head_unit_without_its_credential_is_asked_for_a_token(client):
    answer = await client.get("/v1/fails/credential")
    assert (answer.status_code, answer.json()["code"]) == (401, "credential-missing")
    assert answer.headers["www-authenticate"] == 'Bearer realm="roadcast"'


@pytest.mark.parametrize(
    ("role", "language", "told"),
    [
        ("advertiser", "en", ("This is for editors and operators.", "Ask whoever runs", "signed in as Zoé")),
        (
            "advertiser",
            "fr",
            (
                "réservée aux éditeurs",
                "Demandez ce rôle",
                "Compte connecté\N{NO-BREAK SPACE}: Zoé",
                "Accès refusé",
            ),
        ),
    ],
)
async def test_who_may_not_learns_who_may_and_whom_to_ask(client, role, language, told):
    headers = {"Accept": "text/html", "Accept-Language": language, "X-Role": role}
    page = await client.post("/editor", headers=headers)
    assert page.status_code == 403
    assert [sentence for sentence in told if sentence not in page.text] == []


async def test_an_unknown_address(client):
    answer = await client.get("/v1/nothing")
    assert (answer.status_code, answer.json()["code"]) == (404, "route-unknown")
    assert (await client.get("/v1/parse")).json()["code"] == "method-not-allowed"


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        ("en", ("There is nothing at this address.", "Check the address")),
        ("fr", ("Il n’y a rien à cette adresse.", "Vérifiez l’adresse")),
    ],
)
async def test_a_page_that_is_not_there_says_so_and_what_to_do(client, language, sentences):
    page = await client.get("/nothing", headers={"Accept": "text/html", "Accept-Language": language})
    assert page.status_code == 404
    assert all(sentence in page.text for sentence in sentences)


def test_every_sentence_of_the_framework_has_its_french():
    french = Catalog.read([ROOT / "server" / "locales" / "fr.toml"])
    texts = [*(text for pair in _SENTENCES.values() for text in pair), *_NEEDED.values()]
    assert [text for text in texts if not french.knows(text)] == []


async def test_a_socket_whose_engine_fails_is_closed_and_may_try_again():
    async def talk(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.receive_text()
        raise redis.ConnectionError("gone")

    app = Starlette(
        routes=[WebSocketRoute("/", talk)], exception_handlers=exception_handlers(build_templates())
    )
    told = iter([{"type": "websocket.connect"}, {"type": "websocket.receive", "text": "hello"}])
    sent: list[dict[str, object]] = []

    async def receive():
        return next(told)

    async def send(message):
        sent.append(message)

    scope = {"type": "websocket", "path": "/", "headers": [], "query_string": b"", "subprotocols": []}
    await app(scope, receive, send)
    assert [one["type"] for one in sent] == ["websocket.accept", "websocket.close"]
    assert (sent[1]["code"], sent[1]["reason"]) == (1013, "engine-unavailable")
