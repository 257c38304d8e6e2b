"""Marks of breaks across polls: whatever is scheduled and whenever it is asked, the guard finds nothing."""

import threefive
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.signing import Signer
from media import timeline
from media.house_format import EPOCH_MS, position_at, starts_at_ms
from media.timeline import SlotKind
from players.feed.head_unit import AdOutput, Technique, Zone
from players.playback import interstitials, marks
from players.playback.playlist import Media, media
from players.playback.pull_playlist import AHEAD_SEGMENTS
from players.playback.session import Session
from tests.media.loop import Loop, LoopItem
from tests.players.playlist_rules import MEDIA_TYPE, Poll, check_media, check_polls, read_media

ITEMS = st.lists(
    st.tuples(st.integers(1, 30), st.integers(1, 12), st.sampled_from(list(SlotKind))), min_size=1, max_size=6
)
SIGNER = Signer([b"k" * 32])
NAMES = ("a128", "v360")


def loop(items, anchor: int) -> Loop:
    made = [LoopItem(segments, f"asset{n}", own, kind) for n, (segments, own, kind) in enumerate(items)]
    return Loop("ch", anchor, tuple(made))


def pulled(schedule, now_ms: int, name: str) -> bytes:
    window = timeline.window(schedule, now_ms)
    found = marks.listed(window.breaks, window.head, window.positions[-1].k)
    return media(Media(name, window.positions, marks=found), f"token-{now_ms}", SIGNER)


@settings(max_examples=50)
@given(
    items=ITEMS,
    anchor=st.integers(-1_000, 1_000_000),
    start_ms=st.integers(EPOCH_MS + 10**9, EPOCH_MS + 10**11),
    steps_ms=st.lists(st.integers(0, 30_000), max_size=25),
)
def test_no_poll_finds_a_mark_lost_reused_or_unclosed(items, anchor, start_ms, steps_ms):
    schedule = loop(items, anchor)
    now_ms = start_ms
    polls: dict[str, list[Poll]] = {name: [] for name in NAMES}
    for step_ms in [0, *steps_ms]:
        now_ms += step_ms
        bodies = {name: pulled(schedule, now_ms, name) for name in NAMES}
        for name, body in bodies.items():
            assert check_media(body, MEDIA_TYPE, name) == []
            polls[name].append(Poll(now_ms / 1000, read_media(body)))
        told = [[line for line in body.split(b"\n") if b"DATERANGE" in line] for body in bodies.values()]
        assert told[0] == told[1]
        window = timeline.window(schedule, now_ms)
        listed = {slot.slot_id for slot in window.breaks}
        assert {tag.id for tag in polls["a128"][-1].playlist.dateranges} == listed
    for name in NAMES:
        assert check_polls(polls[name], name) == []


@given(items=ITEMS, anchor=st.integers(0, 1_000), start_ms=st.integers(EPOCH_MS + 10**9, EPOCH_MS + 10**11))
def test_a_mark_stands_where_its_break_begins_and_says_when(items, anchor, start_ms):
    schedule = loop(items, anchor)
    slots = {slot.slot_id: slot for slot in timeline.window(schedule, start_ms).breaks}
    body = pulled(schedule, start_ms, "a128").decode()
    for tag in read_media(body.encode()).dateranges:
        slot = slots[tag.id]
        assert tag.start is not None
        assert tag.start.timestamp() * 1000 == starts_at_ms(slot.start)
        cue = threefive.Cue(tag.attributes["scte35_out"])
        cue.decode()
        (told,) = cue.descriptors
        assert (told.segmentation_type_id, int(told.segmentation_event_id, 16)) == (0x34, slot.start)
    head = read_media(body.encode()).sequence
    before = body.split("#EXTINF")
    for slot in slots.values():
        if slot.start >= head:
            place = before[slot.start - head]
            assert f'ID="{slot.slot_id}"' in place
            assert "SCTE35-OUT" in place


def session(opened_ms: int) -> Session:
    return Session(
        "ses_1", "veh", "hu", "ch", Zone.DRIVER, Technique.TWO_ELEMENT, "FR", "fr", True, opened_ms,
        opened_ms + 10**9, AdOutput.INTERSTITIALS,
    )  # fmt: skip


def unstitched(schedule, now_ms: int, opened: Session) -> bytes:
    window = timeline.window(schedule, now_ms)
    last = window.positions[-1].k
    soon = schedule.slots(window.head, last + AHEAD_SEGMENTS)
    breaks = [slot for slot in soon if slot.kind is SlotKind.BREAK]
    found = marks.listed(breaks, window.head, last)
    found += interstitials.listed(breaks, window, "ch", opened)
    both = tuple(sorted(found, key=lambda mark: mark.k))
    return media(Media("a128", window.positions, both, "grant"), f"token-{now_ms}", SIGNER)


@settings(max_examples=50)
@given(
    items=ITEMS,
    anchor=st.integers(-1_000, 1_000_000),
    start_ms=st.integers(EPOCH_MS + 10**9, EPOCH_MS + 10**11),
    steps_ms=st.lists(st.integers(0, 30_000), max_size=25),
)
def test_interstitials_keep_the_rules_too_and_leave_out_what_had_begun(items, anchor, start_ms, steps_ms):
    schedule, opened, now_ms = loop(items, anchor), session(start_ms), start_ms
    polls = []
    for step_ms in [0, *steps_ms]:
        now_ms += step_ms
        body = unstitched(schedule, now_ms, opened)
        assert check_media(body, MEDIA_TYPE, "") == []
        polls.append(Poll(now_ms / 1000, read_media(body)))
        told = {tag.id for tag in polls[-1].playlist.dateranges if "class" in tag.attributes}
        window = timeline.window(schedule, now_ms)
        for slot in window.breaks:
            assert (f"{slot.slot_id}.ads" in told) is (slot.start >= position_at(start_ms))
    assert check_polls(polls, "") == []
