"""The dash page's route; what it does is tested in a browser."""

import httpx
import pytest
from starlette.applications import Starlette

from players.feed.driving_state import SETTLING, DrivingState
from players.web import dash
from server.pages import build_templates


@pytest.fixture
async def client():
    app = Starlette(routes=dash.routes(templates=build_templates()))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://car") as client:
        yield client


async def test_it_speaks_the_drivers_language(client: httpx.AsyncClient) -> None:
    french = (await client.get("/dash", headers={"Accept-Language": "fr-FR"})).text
    assert 'lang="fr"' in french
    assert "son seul" in french


async def test_words_for_every_reason_that_the_policy_has(client: httpx.AsyncClient) -> None:
    page = (await client.get("/dash")).text
    for state in set(DrivingState) - {DrivingState.PARKED}:
        assert f'"vehicle-{state}"' in page
    assert f'"{SETTLING}"' in page
