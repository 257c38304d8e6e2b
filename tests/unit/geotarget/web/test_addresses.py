import pytest

from geotarget.adapters.geopy_geocoder import geocoder_at
from geotarget.adapters.redis_addresses import RedisAddresses
from geotarget.address import ASKED_LIMIT
from geotarget.find_address import FindAddress
from geotarget.web import addresses
from tests.geotarget.geocoders import geocoder
from tests.signed_in import client_of


@pytest.fixture
def server():
    with geocoder() as server:
        yield server


@pytest.fixture
async def client(aredis, server):
    find = FindAddress(geocoder_at(f"nominatim+{server.url}", "Us"), RedisAddresses(aredis, 0, server.url))
    async with client_of(addresses.routes(find), "booking") as client:
        yield client


async def test_candidates_and_whom_to_thank(client, server):
    answer = await client.get("/v1/addresses", params={"q": "12 quai de la Prévalaye", "lang": "fr"})
    assert answer.headers["cache-control"] == "no-store"
    told = answer.json()
    assert told["attribution"] == "© OpenStreetMap contributors"
    assert told["addresses"][0] == {
        "label": "12, Quai de la Prévalaye, Rennes, Ille-et-Vilaine, Bretagne, 35000, France",
        "latitude": 48.111339,
        "longitude": -1.68002,
    }
    assert len(told["addresses"]) == 2
    assert server.asked[0]["accept-language"] == "fr"
    await client.get("/v1/addresses?q=Prévalaye&lang=xx")
    assert server.asked[1]["accept-language"] == "en"


async def test_failures_are_problem_documents(client, server):
    for query, status, code in (
        ("", 422, "query-invalid"),
        ("?q=a", 422, "address-too-short"),
        (f"?q={'a' * 201}", 422, "address-too-long"),
    ):
        answer = await client.get(f"/v1/addresses{query}")
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    server.status = 500
    answer = await client.get("/v1/addresses?q=Hoche")
    assert (answer.status_code, answer.json()["code"]) == (503, "address-search-failed")
    server.status = 200
    for n in range(ASKED_LIMIT):
        answer = await client.get(f"/v1/addresses?q=rue {100 + n}")
    assert (answer.status_code, answer.json()["code"]) == (429, "too-many-requests")
    assert int(answer.headers["retry-after"]) > 0


async def test_only_those_who_have_signed_in_for_it(client):
    for scopes in ("", "editor"):
        assert (await client.get("/v1/addresses?q=Hoche", headers={"x-scopes": scopes})).status_code in {
            401,
            403,
        }
