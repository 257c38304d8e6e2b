"""The players room on real engines."""

import pytest

from tests.players.house import PlayersHouse


@pytest.fixture
def house(aredis, database, clock, signer, new_id) -> PlayersHouse:
    return PlayersHouse(aredis, database, clock, signer, new_id)
