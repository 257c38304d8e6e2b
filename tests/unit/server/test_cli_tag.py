"""``roadcast tag``."""

import json

from click.testing import CliRunner

from adserver.vast.document import Version
from adserver.vast.follow_wrappers import Failed, Resolved
from adserver.vast.reading import ErrorCode, read
from server.chance import macro_values
from server.cli_tag import described, tag
from tests.unit.adserver.vast.ads import documents


def test_what_an_ad_is_told_as():
    (ad,) = read(documents(Version.V4_2)["sound"]).ads
    lines = list(described(Resolved(ad, ())))
    assert lines[0] == "Café <1 €> & more]]> (Dealer & Söhne), after 0 wrappers"
    assert lines[1] == "  15.360 s"
    assert lines[2].startswith("  application/vnd.apple.mpegurl sound 0 kbit/s https://ads.example/play/")
    assert lines[3] == "  trackers: 1 impressions, 7 events, 1 clicks, 1 errors"


def test_why_there_is_none():
    assert list(described(Failed(ErrorCode.NO_AD, "a document without an ad"))) == [
        "No ad: a document without an ad [303]"
    ]


def test_our_own_network_is_not_asked():
    told = CliRunner().invoke(tag, ["http://127.0.0.1:1/tag", "--json"])
    assert told.exit_code == 1
    assert json.loads(told.output)["code"] == ErrorCode.UNREACHABLE


def test_what_a_server_says_of_itself():
    values = macro_values()
    assert set(values) == {"CACHEBUSTING", "TIMESTAMP", "SERVERSIDE"}
    assert (len(values["CACHEBUSTING"]), values["SERVERSIDE"]) == (8, "1")
