"""A breach leaves a count, and a line without secrets, once a minute."""

import logging
from collections import Counter

import pytest

from players.feed.head_unit import Technique, Zone
from players.guard.record_breach import BROKEN, PLAYLIST_LIMIT, RecordBreach
from players.guard.rule import MEDIA_TYPE, Breach
from players.guard.watch_served import Served
from players.playback.lease import LEASE_MS, Lease, sign
from tests.unit.players.guard.listed import media


@pytest.fixture
def counts() -> Counter[str]:
    return Counter()


@pytest.fixture
def record(counts, clock) -> RecordBreach:
    return RecordBreach(lambda rule: counts.update([rule]), clock)


def served(body: bytes) -> Served:
    return Served("ch1", "ses_42", "v360", body, MEDIA_TYPE, 0.0)


def lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, str]]:
    return [one.breach for one in caplog.records if one.message == BROKEN]


def test_neither_lease_nor_session_nor_vehicle_is_told(record, clock, signer, caplog):
    lease = sign(signer, Lease("veh_7", Zone.DRIVER, Technique.SLATE, clock.now_ms() + LEASE_MS))
    tag = '#EXT-X-DATERANGE:ID="b1",X-ASSET-LIST="/play/ch1/ses_42/breaks/b1.json?grant=ses_42:veh_7:1.a,b"\n'
    body = media(lease=lease, tags=tag)
    assert b"veh_7" in body
    record(Breach(11, "ch1/v360", f"/seg?lease={lease}: 1 became 2"), served(body))
    (line,) = lines(caplog)
    assert line["rule"] == "11-segment-renumbered"
    assert "#EXT-X-TARGETDURATION:2" in line["playlist"]
    assert "/v360/100.m4s?…\n" in line["playlist"].replace("\nv360", "\n/v360")
    for secret in ("veh_7", "ses_42", lease):
        assert secret not in str(line)


def test_all_are_counted_and_the_first_of_a_minute_is_told(record, counts, clock, caplog):
    for _ in range(3):
        record(Breach(4, "ch1/v360", "2 s listed"), served(media()))
        record(Breach(9, "ch1/v360", "2 became 3"), served(media()))
    assert counts == {"04-window-too-short": 3, "09-target-changed": 3}
    assert [line["rule"] for line in lines(caplog)] == ["04-window-too-short", "09-target-changed"]
    clock.advance(61)
    record(Breach(4, "ch1/v360", "2 s listed"), served(media()))
    assert lines(caplog)[-1]["untold_since"] == 2


def test_a_long_playlist_is_shortened(record, caplog):
    record(Breach(4, "x", "y"), served(media(count=5_000)))
    (line,) = lines(caplog)
    assert len(line["playlist"]) < PLAYLIST_LIMIT + 100
    assert line["playlist"].startswith("#EXTM3U")
    assert caplog.records[-1].levelno == logging.ERROR
