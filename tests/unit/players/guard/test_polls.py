"""Rules 9 to 15: for each a pair of playlists that breaks it alone, and one that is sound."""

import pytest

from players.guard.parsing import read
from players.guard.polls import IDS_LIMIT, OWED_LIMIT, Poll, Polls
from players.guard.reading import Reading
from players.guard.rule import MEDIA_TYPE
from tests.unit.players.guard.listed import broken, daterange, media, polled


def test_a_stream_that_goes_on_breaks_nothing():
    assert polled(media(100), media(101, lease="b"), media(102, lease="c")) == []


@pytest.mark.parametrize(
    ("rule", "after"),
    [
        (9, media(101).replace(b"TARGETDURATION:2", b"TARGETDURATION:3")),
        (10, media(101).replace(b"SEQUENCE:101", b"SEQUENCE:103")),
        (10, media(101).replace(b"SEQUENCE:101", b"SEQUENCE:100")),
        (10, media(3)),
        (11, media(101).replace(b"v360/101.m4s", b"v360/200.m4s").replace(b"SEQUENCE:101", b"SEQUENCE:102")),
        (13, media(101).replace(b"v360/105", b"v360/ad5")),
        (13, media(101, count=8)),
    ],
)
def test_between_two_polls(rule, after):
    breaches = polled(media(100), after)
    assert broken(breaches) == {rule}, breaches


def test_a_playlist_that_stands_still():
    assert polled(media(), media()) == []
    assert broken(polled(media(), media(), media())) == {12}


def test_a_slow_answer_is_not_held_against_the_playlist():
    polls, playlist = Polls("x"), read(Reading(media(), MEDIA_TYPE))
    assert polls.take(Poll(0.0, playlist)) == []
    assert polls.take(Poll(4.0, playlist, asked_s=2.0)) == []
    assert broken(polls.take(Poll(4.0, playlist, asked_s=3.5))) == {12}


def test_a_client_that_was_away_longer_than_the_window():
    assert polled(media(100), media(150), every_s=95) == []
    back = media(150).replace(b"v360/150", b"v360/105")
    assert broken(polled(media(100), back, every_s=95)) == {11}


def test_segments_that_are_listed_twice_may_move_on():
    def looping(first: int) -> bytes:
        body = media(first)
        for k in range(first, first + 12):
            body = body.replace(f"v360/{k}.m4s".encode(), f"v360/loop{k % 2}.m4s".encode())
        return body.replace(b"?lease=a", b"")

    assert polled(looping(100), looping(101), looping(102)) == []


def test_a_date_stays_with_its_number():
    assert broken(polled(media(100), media(101).replace(b"2026-06-15", b"2026-06-16"))) == {5}


def test_dateranges_stay_and_ids_are_used_once():
    first, gone = media(100, tags=daterange("b1", 105, 107)), media(101)
    assert polled(first, media(101, tags=daterange("b1", 105, 107))) == []
    assert broken(polled(first, gone)) == {15}
    assert broken(polled(first, media(101, tags=daterange("b1", 106, 108)))) == {15}
    assert polled(first, media(107), every_s=12) == []
    assert broken(polled(first, media(107), media(108, tags=daterange("b1", 105, 107)), every_s=12)) == {15}


def test_a_daterange_may_learn_how_it_ended():
    longer = daterange("b1", 105, 107, ",DURATION=7.68,SCTE35-IN=0xFC,SCTE35-OUT=0xFC")
    assert polled(media(100, tags=daterange("b1", 105, 107)), media(101, tags=longer)) == []


def test_removed_segments_are_owed_for_a_while():
    polls = Polls("x")
    for at_s, first in ((0.0, 100), (1.9, 101)):
        polls.take(Poll(at_s, read(Reading(media(first), MEDIA_TYPE))))
    assert {one.segment.uri for one in polls.owed(2.0)} == {"v360/100.m4s"}
    assert polls.owed(2.0)[0].segment.href == "v360/100.m4s?lease=a"
    assert polls.owed(13 * 1.92 + 0.1) == ()


def test_what_is_kept_is_bounded():
    polls = Polls("x")
    for first in range(0, 30_000, 12):
        tags = daterange(f"b{first}", first, first + 12)
        polls.take(Poll(first * 1.92, read(Reading(media(first, tags=tags), MEDIA_TYPE))))
    assert len(polls._gone) == IDS_LIMIT
    assert len(polls._owed) <= OWED_LIMIT
