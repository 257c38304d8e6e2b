"""What is told of a stream: counts, first cases, no secrets, nothing that a terminal would obey."""

import json

from players.guard.rule import Breach
from server.validate_report import Report, shown


def test_clean_and_not():
    report = Report("http://a/b.m3u8", 60.2, ["v720", "a128"], 120, 31)
    assert report.clean
    assert "Rules 1 to 23: nothing found." in report.describe()
    assert "60 s: 120 playlists and 31 segments of 2 renditions (v720, a128)." in report.describe()
    report.add(
        [Breach(4, "v720", "2 s listed"), Breach(4, "v720", "3 s listed"), Breach(9, "a128", "2 to 3")]
    )
    assert not report.clean
    text = report.describe()
    assert "Rule 4, window-too-short: broken 2 times" in text
    assert "first: v720: 2 s listed" in text
    assert "3 s listed" not in text
    document = json.loads(report.encode())
    assert [(one["rule"], one["count"]) for one in document["breaches"]] == [(4, 2), (9, 1)]
    assert document["breaches"][0]["first"] == {"where": "v720", "seen": "2 s listed"}
    assert document["clean"] is False


def test_failures_are_counted_and_bounded():
    report = Report("u")
    for n in range(1000):
        report.fail(f"segment {n}")
        report.fail("playlist: status 500")
    assert len(report.failures) <= 21
    assert report.failures["playlist: status 500"] == 1000
    assert not report.clean


def test_nothing_secret_and_nothing_that_a_terminal_obeys():
    assert shown("https://me:pass@a.example/x.m3u8?grant=1#2") == "https://a.example/x.m3u8"
    report = Report("u")
    report.add([Breach(7, "x", "\x1b]0;owned\x07")])
    assert "\x1b" not in report.describe()
    json.loads(report.encode())
