"""The players room over HTTP."""

import pytest

from tests.players.house import PlayersHouse
from tests.players.wire import application, browser


@pytest.fixture
def house(aredis, database, clock, signer, new_id) -> PlayersHouse:
    return PlayersHouse(aredis, database, clock, signer, new_id)


@pytest.fixture
def app(house):
    return application(house)


@pytest.fixture
async def http(app):
    async with browser(app) as client:
        yield client
