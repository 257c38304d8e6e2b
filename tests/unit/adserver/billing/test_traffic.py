"""Who says of itself that nobody is watching is turned away, and no player is."""

import pytest

from adserver.billing.traffic import check
from kernel.errors import Forbidden


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"sec-purpose": "prefetch;prerender"}, "traffic-ahead"),
        ({"purpose": "prefetch"}, "traffic-ahead"),
        ({"x-moz": "prefetch"}, "traffic-ahead"),
        (
            {"user-agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"},
            "traffic-robot",
        ),
        ({"user-agent": "facebookexternalhit/1.1"}, "traffic-robot"),
        ({"user-agent": "SomeSpider/2"}, "traffic-robot"),
    ],
)
def test_what_says_of_itself_that_nobody_watches_is_turned_away(headers, code):
    with pytest.raises(Forbidden) as caught:
        check(headers)
    assert (caught.value.code, bool(caught.value.fix)) == (code, True)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"user-agent": "Mozilla/5.0 (Linux; Android 13; Car) AppleWebKit/537.36 Chrome/120.0 Safari/537.36"},
        {"user-agent": "VLC/3.0.20 LibVLC/3.0.20", "sec-fetch-dest": "empty"},
        {"user-agent": "Abbott Radio 2", "purpose": ""},
        {"user-agent": "Mozilla/5.0 (Linux; Android 11; CUBOT NOTE 20) Chrome/120.0 Mobile Safari/537.36"},
    ],
)
def test_players_are_not(headers):
    check(headers)
