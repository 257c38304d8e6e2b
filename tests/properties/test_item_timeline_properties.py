"""Content time and playlist time: nothing of the content is lost, repeated or moved by the ads in it."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adserver.serving.avail import Card, ServedFill
from media.house_format import SEGMENT_MS
from media.timeline import Position
from players.playback.break_plan import PlannedBreak
from players.playback.item_timeline import ItemTimeline, Stop
from players.playback.on_demand import PREROLL, RULES, AdPlace, Film, Item, Kind, places
from players.playback.play import Play, decode


@st.composite
def timelines(draw) -> ItemTimeline:
    segments = draw(st.integers(1, 400))
    at = draw(st.lists(st.integers(0, segments - 1), unique=True, max_size=6).map(sorted))
    return ItemTimeline(segments, tuple(Stop(one, draw(st.integers(1, 40))) for one in at))


@given(timelines())
def test_the_runs_hold_everything_once_and_in_order(timeline):
    runs = timeline.runs()
    assert [run.start for run in runs] == [
        sum(one.segments for one in runs[:number]) for number in range(len(runs))
    ]
    content = [run.first + n for run in runs if run.stop is None for n in range(run.segments)]
    assert content == list(range(timeline.segments))
    assert [run.stop for run in runs if run.stop is not None] == list(range(len(timeline.stops)))
    assert sum(run.segments for run in runs) == timeline.length


@given(timelines(), st.data())
def test_content_time_comes_back_from_the_playlist(timeline, data):
    content_ms = data.draw(st.integers(0, timeline.segments * SEGMENT_MS))
    at_ms = timeline.playlist_ms(content_ms)
    assert timeline.content_ms(at_ms) == content_ms
    assert 0 <= at_ms <= timeline.length * SEGMENT_MS


@given(timelines())
def test_an_hour_of_playing_moves_either_the_content_or_the_ads(timeline):
    """Each moment of the playlist is of one of both, and content stands still for exactly the ads' time."""
    step_ms = SEGMENT_MS // 4
    for run in timeline.runs():
        begin_ms = run.start * SEGMENT_MS
        for at_ms in range(begin_ms, begin_ms + run.segments * SEGMENT_MS, step_ms):
            moved_ms = timeline.content_ms(at_ms + step_ms) - timeline.content_ms(at_ms)
            assert moved_ms == (step_ms if run.stop is None else 0)
            if run.stop is None:
                assert timeline.content_ms(at_ms) == run.first * SEGMENT_MS + at_ms - begin_ms


@given(timelines(), st.data())
def test_who_goes_on_at_a_stop_begins_with_its_ads(timeline, data):
    if not timeline.stops:
        return
    number = data.draw(st.integers(0, len(timeline.stops) - 1))
    run = next(run for run in timeline.runs() if run.stop == number)
    assert timeline.playlist_ms(timeline.stops[number].at * SEGMENT_MS) == run.start * SEGMENT_MS


@pytest.mark.parametrize("stops", [((4, 1),), ((1, 0),), ((2, 1), (1, 1)), ((1, 1), (1, 1)), ((-1, 1),)])
def test_stops_that_cannot_be(stops):
    with pytest.raises(ValueError, match="stops"):
        ItemTimeline(4, tuple(Stop(*one) for one in stops))


def fill(number: int, segments: int) -> ServedFill:
    card = Card("", "", "")
    return ServedFill(f"f{number}", "li", "cr", f"ad{number}", segments, "b", card, 1, "EUR")


@given(timelines(), st.data())
def test_a_play_lists_the_content_and_every_ad_whole(timeline, data):
    breaks, passed, number = [], 0, 0
    for stop in timeline.stops:
        lengths, left = [], stop.segments
        while left:
            lengths.append(data.draw(st.integers(1, left)))
            left -= lengths[-1]
        fills = tuple(fill(number + n, length) for n, length in enumerate(lengths))
        number += len(fills)
        breaks.append(PlannedBreak(f"b{stop.at}", stop.at + passed, stop.segments, fills))
        passed += stop.segments
    play = decode(Play("itm", 1, "film", timeline.segments, tuple(breaks), 0, 0).encode())
    assert play.timeline == timeline
    listed = [
        Position(one.k + n, one.asset_id, one.first + n)
        for one in play.listed(play.whole)
        for n in range(one.segments)
    ]
    assert [one.k for one in listed] == list(range(timeline.length))
    assert [one.index for one in listed if one.asset_id == "film"] == list(range(timeline.segments))
    for one in breaks:
        at = one.start
        for ad in one.fills:
            held = [(p.asset_id, p.index) for p in listed[at : at + ad.segments]]
            assert held == [(ad.asset_id, n) for n in range(ad.segments)]
            at += ad.segments


@given(
    st.integers(1, 5_000),
    st.lists(st.integers(1, 4_999), unique=True, max_size=40).map(sorted),
    st.sampled_from(Kind),
    st.booleans(),
    st.booleans(),
    st.data(),
)
def test_ads_stand_at_cues_far_enough_apart(segments, cues, kind, children, preroll, data):
    cues = tuple(cue for cue in cues if cue < segments)
    first = data.draw(st.integers(0, segments - 1))
    film = Film(
        Item("i"), "i", "", "", kind, "a", segments, segments * SEGMENT_MS, cues, for_children=children
    )
    chosen, rules = places(film, first, preroll=preroll), RULES[kind]
    if children:
        assert chosen == ()
        return
    before = [one for one in chosen if one.name == PREROLL]
    longest = min(rules.preroll_segments, segments) if segments >= 7 else 0
    assert before == ([AdPlace(PREROLL, first, longest)] if preroll and longest else [])
    within = [one.at for one in chosen if one.name != PREROLL]
    assert all(at in cues and at > first for at in within)
    apart = [after - before for before, after in pairwise([first, *within])]
    assert all(segments_apart * SEGMENT_MS >= rules.spacing_ms for segments_apart in apart)
    if not rules.midroll_segments or film.duration_ms < rules.midrolls_from_ms:
        assert within == []
