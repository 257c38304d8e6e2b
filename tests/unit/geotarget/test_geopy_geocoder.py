import pytest

from geotarget.adapters import geopy_geocoder as module
from geotarget.adapters.geopy_geocoder import GeopyGeocoder, geocoder_at
from geotarget.address import Provider
from kernel.errors import Invalid, Unavailable
from tests.geotarget.geocoders import REDON, RENNES, geocoder, pelias, photon

LABEL = "12, Quai de la Prévalaye, Rennes, Ille-et-Vilaine, Bretagne, 35000, France"


@pytest.fixture
def server():
    with geocoder() as server:
        yield server


def of(server, provider=Provider.NOMINATIM, **given):
    return GeopyGeocoder(provider, server.url, "Roadcast (+https://cars.example)", **given)


async def test_nominatim_is_asked_as_its_policy_wants(server):
    first, second = await of(server)("12 quai de la Prévalaye, Rennes", "fr")
    assert (first.label, first.latitude, first.longitude) == (LABEL, 48.111339, -1.68002)
    assert second.label.startswith("Quai de la Prévalaye, Redon")
    (asked,) = server.asked
    assert (asked["path"], asked["format"], asked["limit"]) == ("/search", "json", "5")
    assert (asked["q"], asked["accept-language"]) == ("12 quai de la Prévalaye, Rennes", "fr")
    assert server.agents == ["Roadcast (+https://cars.example)"]


async def test_photon_and_pelias(server):
    server.answer = {"type": "FeatureCollection", "features": [photon("Prévalaye", 48.11, -1.68)]}
    (found,) = await of(server, Provider.PHOTON)("prévalaye", "en")
    assert (found.label, found.latitude) == ("Prévalaye, France", 48.11)
    assert server.asked[0]["path"] == "/api"
    server.answer = {"features": [pelias(LABEL, 48.11, -1.68)] * 7}
    found = await of(server, Provider.PELIAS, key="secret")("prévalaye", "en")
    assert [one.label for one in found] == [LABEL] * 5
    assert (server.asked[1]["path"], server.asked[1]["api_key"]) == ("/v1/search", "secret")


@pytest.mark.parametrize(
    "answer",
    [[], [RENNES | {"display_name": " "}], [{"display_name": "Nowhere"}]],
)
async def test_nothing_found_or_nowhere(server, answer):
    server.answer = answer
    assert await of(server)("nowhere", "en") == []


async def test_a_candidate_that_is_none_takes_no_other_with_it(server):
    server.answer = [RENNES | {"display_name": " "}, REDON]
    assert [one.latitude for one in await of(server)("quai", "en")] == [47.6512]


@pytest.mark.filterwarnings("ignore:Latitude normalization")
@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (200, b"<html>"),
        (200, b"[" * 100_000),
        (200, {"error": "broken"}),
        (200, [{"lat": "north", "lon": "2", "display_name": "X"}]),
        (200, [RENNES | {"lat": "91"}]),
        (200, [RENNES | {"lon": "nan"}]),
        (200, [1]),
        (200, b"[" + b" " * module.ANSWER_LIMIT_BYTES + b"]"),
        (302, b""),
        (403, b"blocked"),
        (429, b"{}"),
        (500, b""),
    ],
)
async def test_an_answer_that_is_none_is_an_error_of_ours(server, status, answer):
    server.status, server.answer = status, answer
    with pytest.raises(Unavailable, match="address-search-failed"):
        await of(server)("quai", "en")


async def test_nobody_answers(server):
    asked = of(server)
    server.server_close()
    with pytest.raises(Unavailable, match="address-search-failed"):
        await asked("quai", "en")


def test_a_provider_by_its_url(tmp_path):
    key = tmp_path / "key"
    key.write_text("secret\nnothing\n")
    found = geocoder_at("pelias+https://geo.example/api", "Us", str(key))
    assert (found.provider, found.url, found.key) == (Provider.PELIAS, "https://geo.example/api", "secret")
    assert "secret" not in repr(found)
    assert geocoder_at("", "Us") is None
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(Invalid, match="geocoder-key-unreadable"):
            geocoder_at("pelias+https://geo.example", "Us", str(path))
