"""Routes of organisations behind the real sign-in, as the application has them."""

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from server import sign_in as sign_in_module
from server import sign_in_pages
from server.account import Account, MemberRole, Role
from server.adapters.redis_attempts import RedisAttempts
from server.app import build_app
from server.organisations import api, join_pages, pages
from server.pages import StartFacts, build_templates
from server.settings import Settings
from server.sign_in import CreateAccount, SessionBackend, SignIn
from server.token_sign_in import TokenBackend
from tests.organisations import PASSWORD, Desk

BASE_URL = "https://cars.example"


class Site:
    """The application, browsers that are signed in to it, and programs that are not."""

    def __init__(self, desk: Desk, redis, folder) -> None:
        self.desk = desk
        self.visitors = TokenBackend(SessionBackend(desk.accounts), desk.recognise)
        desk.members = type(desk.members)(desk.kept, self.hear, desk.clock)
        desk.tokens = type(desk.tokens)(desk.kept, self.hear, desk.clock, desk.new_id)
        templates, organising = build_templates(), desk.organising

        async def mine(request):
            who = request.user
            if not who.is_authenticated:
                return PlainTextResponse("stranger")
            words = (who.display_name, who.organisation_id, *sorted(request.auth.scopes))
            return PlainTextResponse(" ".join(words))

        routes = [
            *api.routes(organising, BASE_URL),
            *pages.routes(templates, organising, BASE_URL),
            *join_pages.routes(templates, organising),
            *sign_in_pages.routes(templates, SignIn(desk.accounts, RedisAttempts(redis)), StartFacts),
            Route("/v1/mine", mine),
            Route("/mine", mine),
        ]
        settings = Settings.from_environ({"ROADCAST_DATA_DIR": str(folder)})
        self.app = build_app(settings, routes, templates, self.visitors)
        self.clients: list[httpx.AsyncClient] = []

    def hear(self, topic: str) -> None:
        """As every process does where something is announced."""
        if topic == self.visitors.topic:
            self.visitors.refresh()

    def client(self, **headers: str) -> httpx.AsyncClient:
        """Of nobody."""
        transport = httpx.ASGITransport(self.app)
        made = httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers)
        self.clients.append(made)
        return made

    def account(self, name: str, role: Role, own: str = "", member=MemberRole.OWNER) -> Account:
        """Somebody with the password."""
        create = CreateAccount(self.desk.accounts, self.desk.clock, self.desk.new_id)
        return create(name, PASSWORD, role, organisation_id=own, member=member)

    async def signed_in(self, name: str) -> httpx.AsyncClient:
        """The browser of an account."""
        client = self.client()
        answer = await client.post("/sign-in", data={"name": name, "password": PASSWORD})
        assert answer.status_code == 303, answer.text
        return client

    async def owner(self, organisation: str = "Garage", name: str = "ann") -> tuple[httpx.AsyncClient, str]:
        """An owner's browser, and their organisation."""
        own = self.desk.organisation(organisation)
        self.account(name, Role.ADVERTISER, own)
        return await self.signed_in(name), own


@pytest.fixture(autouse=True)
def _cheap_hashes(monkeypatch):
    """They are as good for what is looked at here."""
    weak = sign_in_module.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(sign_in_module, "_hasher", weak)


@pytest.fixture
async def site(database, clock, new_id, aredis, tmp_path):
    found = Site(Desk(database, clock, new_id, aredis), aredis, tmp_path)
    yield found
    for client in found.clients:
        await client.aclose()
