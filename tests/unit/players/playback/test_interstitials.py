"""Interstitials: the channel stays as it is, and a mark tells where the ads are."""

import pytest

from adserver.serving.avail import ServedBreak, ServedFill
from kernel.signing import Signer
from media import timeline
from media.house_format import EPOCH_MS, SEGMENT_MS
from media.timeline import Slot, SlotKind
from players.feed.head_unit import AdOutput, Technique, Zone
from players.playback.break_plan import planned
from players.playback.interstitials import ANNOUNCED_SEGMENTS, asset_list, listed
from players.playback.playlist import Media, media
from players.playback.session import Session
from tests.players.house import CARD, lineups
from tests.players.playlist_rules import MEDIA_TYPE, Poll, check_media, check_polls, read_media

SIGNER = Signer([b"k" * 32])
ANCHOR = 10_000
SLOT = Slot(ANCHOR + 20, 8, "slate", 1, SlotKind.BREAK, "ch1-10020")


def opened(at: int = ANCHOR) -> Session:
    at_ms = EPOCH_MS + at * SEGMENT_MS
    return Session(
        "ses_1", "veh", "hu", "ch1", Zone.DRIVER, Technique.SLATE, "FR", "fr", True, at_ms, at_ms + 10**7,
        AdOutput.INTERSTITIALS,
    )  # fmt: skip


def window(last: int):
    schedule = lineups(ANCHOR).channels["ch1"].schedule
    return timeline.window(schedule, EPOCH_MS + (last + 1) * SEGMENT_MS)


@pytest.mark.parametrize(
    ("last", "places"),
    [
        (SLOT.start - ANNOUNCED_SEGMENTS - 1, []),
        (SLOT.start - ANNOUNCED_SEGMENTS, [SLOT.start - ANNOUNCED_SEGMENTS]),
        (SLOT.start + 6, [SLOT.start - 5]),
        (SLOT.end + 10, [SLOT.end - 1]),
        (SLOT.end + 11, []),
    ],
)
def test_the_mark_comes_ahead_and_stays_as_long_as_its_break_is_listed(last, places):
    assert [mark.k for mark in listed([SLOT], window(last), "ch1", opened())] == places


def test_what_had_begun_when_the_session_opened_is_left_to_the_channel():
    assert listed([SLOT], window(SLOT.start + 3), "ch1", opened(SLOT.start + 1)) == ()


def test_the_mark_says_all_that_a_player_needs_and_satisfies_the_rules():
    polls = []
    for last in range(SLOT.start - 12, SLOT.end + 14):
        view = window(last)
        found = listed([SLOT], view, "ch1", opened())
        body = media(Media("a128", view.positions, found, "the-grant"), f"token-{last}", SIGNER)
        assert check_media(body, MEDIA_TYPE, "") == []
        polls.append(Poll(last * 1.92, read_media(body)))
        for tag in polls[-1].playlist.dateranges:
            told = {name: value.strip('"') for name, value in tag.attributes.items()}
            assert told.pop("start_date")
            assert told == {
                "id": "ch1-10020.ads",
                "class": "com.apple.hls.interstitial",
                "planned_duration": "15.36",
                "x_asset_list": "/play/ch1/ses_1/breaks/ch1-10020.json?grant=the-grant",
                "x_playout_limit": "15.360",
                "x_snap": "OUT,IN",
                "x_restrict": "SKIP,JUMP",
            }
    assert check_polls(polls, "") == []
    assert sum(bool(poll.playlist.dateranges) for poll in polls) == 8 + 6 + 11


def test_the_list_names_each_ad_with_its_length():
    fills = tuple(ServedFill(f"fil_{n}", "li", "cr", f"ad{n}", n, "beacon", CARD, 1, "EUR") for n in (3, 4))
    plan = planned(SLOT, ServedBreak("a", fills))
    told = asset_list(plan, "https://tv.example/play/ch1/ses_1/breaks/ch1-10020", "g")
    assert [(one.uri, one.duration) for one in told.assets] == [
        ("https://tv.example/play/ch1/ses_1/breaks/ch1-10020/fil_3/multivariant.m3u8?grant=g", 5.76),
        ("https://tv.example/play/ch1/ses_1/breaks/ch1-10020/fil_4/multivariant.m3u8?grant=g", 7.68),
    ]
