"""The ad server on the real engines."""

import pytest

from tests.adserver.house import House


@pytest.fixture
def house(database, aredis, clock, new_id) -> House:
    return House(database, aredis, clock, new_id)
