"""The dash page's route; what it does is tested in a browser."""

import json
import re

import httpx
import pytest
from starlette.applications import Starlette

from players.feed.driving_state import SETTLING, TABLE, DrivingState
from players.feed.evidence import Condition
from players.web import dash
from server.languages import Catalog
from server.pages import ROOT, build_templates


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


@pytest.mark.parametrize("language", ["en", "fr"])
async def test_every_rule_and_every_reason_has_its_words(client: httpx.AsyncClient, language: str) -> None:
    """What a rule leads to is said in few words: by the rule itself, or by the reason that it gives."""
    page = (await client.get("/dash", headers={"Accept-Language": language})).text
    reasons = json.loads(re.search(r'id="words">(.*?)</script>', page, re.DOTALL)[1])["reasons"]
    withheld = [(rule, state) for rule, _, state in TABLE if state is not DrivingState.PARKED]
    for rule, state in [*withheld, (SETTLING, DrivingState.IDLING)]:
        assert reasons.get(rule) or reasons.get(f"vehicle-{state}"), rule
    coded = "player-audio-only", "player-cannot-renew", "head-unit-revoked"
    for reason in (*coded, *(f"needs-{one}" for one in Condition)):
        assert reasons.get(reason), reason
    catalog = Catalog.read([ROOT / "players" / "web" / "locales" / "fr.toml"])
    if language == "en":
        assert not [text for text in reasons.values() if not catalog.knows(text)]
    assert max(map(len, reasons.values())) <= 40  # read at a glance
