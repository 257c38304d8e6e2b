import pytest

from geotarget.adapters.redis_addresses import RedisAddresses
from geotarget.address import ASKED_LIMIT, FoundAddress, TooOften
from geotarget.find_address import FindAddress
from kernel.errors import Conflict, Invalid, Unavailable


class Provider:
    """Finds everything, and notes what it is asked."""

    attribution = "© Us"

    def __init__(self):
        self.asked, self.down = [], False

    async def __call__(self, text, language):
        self.asked.append((text, language))
        if self.down:
            raise Unavailable("address-search-failed", "No answer.")
        return [FoundAddress(text.title(), 48.11, -1.68)]


@pytest.fixture
def provider():
    return Provider()


@pytest.fixture
def find(aredis, provider):
    return FindAddress(provider, RedisAddresses(aredis, 0, "here"))


async def test_what_was_asked_before_is_not_asked_again(find, provider):
    first = await find(" quai  de la Prévalaye ", "fr", "acc_1")
    assert first.addresses == (FoundAddress("Quai De La Prévalaye", 48.11, -1.68),)
    assert first.attribution == "© Us"
    for _ in range(2 * ASKED_LIMIT):
        assert await find("Quai de la prevalaye", "fr", "acc_1") == first
    assert provider.asked == [("quai de la Prévalaye", "fr")]


async def test_an_account_that_asks_too_often_does_not_reach_the_provider(find, provider):
    found = [await find(f"rue {n}", "fr", "acc_1") for n in range(100, 100 + ASKED_LIMIT + 2)]
    assert [isinstance(one, TooOften) for one in found[-3:]] == [False, True, True]
    assert len(provider.asked) == ASKED_LIMIT
    assert not isinstance(await find("rue 999", "fr", "acc_2"), TooOften)


async def test_a_failure_is_not_remembered(find, provider):
    provider.down = True
    with pytest.raises(Unavailable):
        await find("rue Hoche", "fr", "acc_1")
    provider.down = False
    assert (await find("rue Hoche", "fr", "acc_1")).addresses


async def test_off_where_no_provider_is_configured(aredis):
    off = FindAddress(None, RedisAddresses(aredis, 0, ""))
    with pytest.raises(Conflict, match="address-search-off") as refused:
        await off("rue Hoche", "fr", "acc_1")
    assert "ROADCAST_GEOCODER_URL" in refused.value.fix


async def test_what_is_no_address_is_not_asked(find, provider):
    with pytest.raises(Invalid, match="address-too-short"):
        await find(" a ", "fr", "acc_1")
    assert provider.asked == []
