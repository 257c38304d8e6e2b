"""Who says of itself that nobody is watching is turned away, and no player is."""

import pytest
from crawleruseragents import CRAWLER_USER_AGENTS_DATA

from adserver.billing.traffic import _PLAYERS_USE, check, is_robot
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
    "agent",
    [
        "python-requests/2.31",
        "curl/8.5.0",
        "Wget/1.21",
        "Go-http-client/1.1",
        "libwww-perl/6.67",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/120.0 Safari/537.36",
        "Mozilla/5.0 (Linux; Android 11) Chrome/120.0 Mobile Safari/537.36 Chrome-Lighthouse",
        "Mozilla/5.0 (Windows NT 10.0) Gecko/2010 Firefox/42.0 BingPreview/1.0b",
        "SkypeUriPreview Preview/0.5",
        "AdsBot-Google (+http://www.google.com/adsbot.html)",
        "GPTBot/1.0",
        "Mozilla/5.0 (compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)",
        "A Robot Of Nobody Crawler " + "x" * 600,
    ],
)
def test_robots_that_say_so_are(agent):
    assert is_robot(agent[:256])
    with pytest.raises(Forbidden, match="robot"):
        check({"user-agent": agent})


def test_the_list_is_kept_and_what_is_left_out_of_it_is_in_it():
    patterns = {one["pattern"] for one in CRAWLER_USER_AGENTS_DATA}
    assert len(patterns) > 1_000
    assert patterns >= _PLAYERS_USE


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"user-agent": "Mozilla/5.0 (Linux; Android 16 Preview; Polestar 3) ExoPlayer"},
        {"user-agent": "ExoPlayerDemo/2.19.1 (Linux; Android 13) ExoPlayerLib/2.19.1"},
        {"user-agent": "okhttp/4.12.0"},
        {"user-agent": "Dalvik/2.1.0 (Linux; U; Android 12; IHU GML)"},
        {"user-agent": "AppleCoreMedia/1.0.0.20G75 (iPhone; U; CPU OS 16_6 like Mac OS X)"},
        {"user-agent": "GStreamer souphttpsrc 1.22.0 libsoup/3.2.2"},
        {"user-agent": "Lavf/60.3.100"},
        {"user-agent": "Mozilla/5.0 (X11; Linux) AppleWebKit/537.36 QtWebEngine/6.5 Tesla/2026.8"},
        {"user-agent": "Mozilla/5.0 (Linux; Android 12; DS 9) AppleWebKit/537.36 Chrome/120.0 Safari/537.36"},
        {"user-agent": "Amazon CloudFront"},
        {"user-agent": "Mozilla/5.0 (Linux; Android 13; Car) AppleWebKit/537.36 Chrome/120.0 Safari/537.36"},
        {"user-agent": "VLC/3.0.20 LibVLC/3.0.20", "sec-fetch-dest": "empty"},
        {"user-agent": "Abbott Radio 2", "purpose": ""},
        {"user-agent": "Mozilla/5.0 (Linux; Android 11; CUBOT NOTE 20) Chrome/120.0 Mobile Safari/537.36"},
    ],
)
def test_players_are_not(headers):
    check(headers)
