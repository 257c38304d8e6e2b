"""Query parameters, as requests carry them."""

import msgspec
import pytest
from starlette.requests import Request

from geotarget.web.queries import json_of, query_of
from kernel.errors import Invalid


class Asked(msgspec.Struct):
    lat: float
    lon: float
    limit: int = 5


def asked(query):
    scope = {"type": "http", "method": "GET", "path": "/v1/x", "query_string": query.encode(), "headers": []}
    return query_of(Request(scope), Asked)


def test_what_was_asked():
    assert asked("lat=48.1&lon=-1.7&other=1") == Asked(48.1, -1.7)
    assert asked("lat=48.1&lon=2&limit=9") == Asked(48.1, 2, 9)


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ("", {"lat", "lon"}),
        ("lat=&lon=2", {"lat"}),
        ("lat=x&lon=2", {"lat"}),
        ("lat=1&lon=2&limit=1.5", {"limit"}),
    ],
)
def test_what_is_missing_or_unreadable_is_named(query, fields):
    with pytest.raises(Invalid) as refused:
        asked(query)
    assert refused.value.code == "query-invalid"
    assert set(refused.value.fields) == fields


def test_answers_are_kept_by_nobody():
    answer = json_of({"a": 1}, 201, media_type="application/geo+json")
    assert (answer.status_code, answer.body, answer.media_type) == (201, b'{"a":1}', "application/geo+json")
    assert answer.headers["cache-control"] == "no-store"
