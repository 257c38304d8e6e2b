import re
from datetime import UTC, datetime

import pytest
from httpx import ASGITransport, AsyncClient
from starlette.applications import Starlette
from starlette.authentication import AuthCredentials, AuthenticationBackend, SimpleUser
from starlette.middleware import Middleware
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.routing import Route

from server import pages
from server.cli import main
from server.pages import (
    StartFacts,
    build_templates,
    duration,
    localtime,
    safe_next,
    static_file,
    static_url,
    written_money,
)


@pytest.mark.parametrize(
    ("target", "kept"),
    [
        ("/editor?x=1", "/editor?x=1"),
        ("https://evil.example", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
        ("/a\nSet-Cookie: x", "/"),
    ],
)
def test_only_paths_of_this_server_are_gone_on_to(target, kept):
    assert safe_next(target) == kept


def render(source: str, **context):
    return build_templates().env.from_string(source).render(**context)


def test_money_as_the_reader_writes_it():
    assert render("{{ 1234500000|money }}", lang="en") == "€1,234.50"
    assert render("{{ 1234500000|money('EUR') }}", lang="fr") == "1\u202f234,50\u00a0€"
    assert render("{{ 2500000|money('CHF') }}", lang="en") == "2.50\u00a0CHF"


@pytest.mark.parametrize(
    ("lang", "said"),
    [("en", ["taps", "tap", "taps"]), ("fr", ["appui", "appui", "appuis"])],
)
def test_one_and_in_french_none_is_singular(lang, said):
    source = "{{ ngettext('tap', 'taps', number) }}"
    assert [render(source, lang=lang, number=number) for number in (0, 1, 2)] == said


def test_durations():
    assert [duration(ms) for ms in (0, 59_400, 61_000, 3_661_000)] == ["0:00", "0:59", "1:01", "1:01:01"]


def test_times_are_machine_readable():
    assert str(localtime(datetime(2026, 6, 15, 10, 0, tzinfo=UTC))) == (
        '<time datetime="2026-06-15T10:00:00.000Z">2026-06-15 10:00 UTC</time>'
    )


def test_everything_is_escaped():
    assert render("{{ name }}", name="<script>") == "&lt;script&gt;"


def test_static_addresses_change_with_content():
    assert static_url("roadcast.css").startswith("/static/roadcast.css?v=")
    assert static_url("missing.css") == "/static/missing.css"
    assert static_file("players/dash.js").parts[-4:] == ("players", "web", "static", "dash.js")


@pytest.fixture
async def client():
    facts = StartFacts([{"name": "editor", "password": "pass<word", "role": "editor"}], "/dash#code=a")
    app = Starlette(routes=pages.routes(build_templates(), lambda: facts))
    async with AsyncClient(transport=ASGITransport(app), base_url="http://test") as found:
        yield found


async def test_the_start_page_shows_the_way_in(client):
    page = await client.get("/")
    assert page.status_code == 200
    assert "pass&lt;word" in page.text
    assert "/dash#code=a" in page.text


class _Operator(AuthenticationBackend):
    async def authenticate(self, conn):
        return AuthCredentials(["operator", "editor"]), SimpleUser("Zoé")


@pytest.mark.parametrize("accounts", [[], [{"name": "editor", "password": "pass", "role": "editor"}]])
async def test_the_start_page_shows_who_is_signed_in_and_their_pages(accounts):
    app = Starlette(
        routes=pages.routes(build_templates(), lambda: StartFacts(accounts)),
        middleware=[Middleware(AuthenticationMiddleware, backend=_Operator())],
    )
    async with AsyncClient(transport=ASGITransport(app), base_url="http://test") as client:
        page = (await client.get("/", headers={"Accept-Language": "fr"})).text
    assert "Compte connecté\N{NO-BREAK SPACE}: Zoé." in page
    assert "Se connecter" not in page
    own = page[page.index('aria-label="Vos pages"') :].partition("</nav>")[0]
    assert re.findall('href="(.*?)"', own) == ["/editor", "/places"]


async def test_a_language_is_chosen_and_kept(client):
    assert '<html lang="en-GB">' in (await client.get("/")).text
    answer = await client.post("/language", data={"lang": "fr", "next": "//evil.example"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert '<html lang="fr">' in (await client.get("/")).text


async def test_static_files_are_kept_for_ever_by_version_only(client):
    assert "immutable" in (await client.get(static_url("roadcast.css"))).headers["cache-control"]
    assert (await client.get("/static/roadcast.css")).headers["cache-control"] == "no-cache"
    assert (await client.get("/static/../settings.py")).status_code == 404


@pytest.fixture
async def forms():
    """Pages with a form whose target answers a POST only, as that of places once did."""
    templates = build_templates()

    def page(request):
        return templates.TemplateResponse(request, "error.html", {"problem": {"status": 422, "title": "No"}})

    routes = [Route("/list", page), Route("/list/new", page), Route("/list/import", page, methods=["POST"])]
    app = Starlette(routes=[*routes, *pages.routes(templates, StartFacts)])
    async with AsyncClient(transport=ASGITransport(app), base_url="http://test") as found:
        yield found


@pytest.mark.parametrize(
    ("referer", "back"),
    [
        ("http://test/list/new?x=1", "/list/new?x=1"),
        ("http://test/list/import", "/list"),
        ("https://evil.example/list/new", "/list"),
        ("", "/list"),
    ],
)
async def test_the_language_is_switched_on_the_answer_to_a_form_too(forms, referer, back):
    answer = await forms.post("/list/import", headers={"Referer": referer})
    assert f'name="next" value="{back}"' in answer.text
    switched = await forms.post("/language", data={"lang": "fr", "next": back}, follow_redirects=True)
    assert switched.status_code == 200
    assert switched.url.path == back.partition("?")[0]
    assert '<html lang="fr">' in switched.text


async def test_the_language_is_switched_where_the_reader_is(forms):
    assert 'name="next" value="/list?page=2&amp;q=a"' in (await forms.get("/list?page=2&q=a")).text


@pytest.mark.parametrize("nobody_yet", [True, False])
async def test_outside_a_demo_the_start_page_offers_nothing_of_it_and_tells_what_to_do_first(nobody_yet):
    app = Starlette(routes=pages.routes(build_templates(), StartFacts, lambda: nobody_yet))
    async with AsyncClient(transport=ASGITransport(app), base_url="http://test") as client:
        page = await client.get("/")
    assert "demo car" not in page.text
    assert ("roadcast account add NAME --role operator" in page.text) is nobody_yet
    assert ('href="/sign-in">' in page.text) is True


def test_the_commands_of_the_start_page_are_such():
    source = (pages.ROOT / "server" / "templates" / "start.html").read_text("utf-8")
    commands = re.findall(r"\.venv/bin/roadcast ((?:\w|-)+(?: add)?)(.*?)(?=\\n|\"[,)]|</code>)", source)
    assert len(commands) >= 6
    for name, rest in commands:
        command = main
        for word in name.split():
            command = command.commands[word]
        options = {option for parameter in command.params for option in parameter.opts}
        assert set(re.findall(r"--[a-z-]+", rest)) <= options


@pytest.mark.parametrize(
    ("micros", "exact", "cents"),
    [
        (1_234_567, "€1.234567", "€1.23"),
        (-1_500_000, "-€1.50", "-€1.50"),
        (0, "€0.00", "€0.00"),
        (1_234_000_010_000, "€1,234,000.01", "€1,234,000.01"),
    ],
)
def test_exact_money_has_more_decimals_only_where_it_needs_them(micros, exact, cents):
    assert written_money("en", micros, "EUR", exact=True) == exact
    assert written_money("en", micros, "EUR") == cents
