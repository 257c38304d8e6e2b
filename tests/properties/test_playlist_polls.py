"""Media playlists across polls: the numbers are the clock, whatever was stitched in and whenever asked."""

import m3u8
from hypothesis import given
from hypothesis import strategies as st

from kernel.clock import to_ms
from kernel.signing import Signer
from media import stitch, timeline
from media.house_format import EPOCH_MS, SEGMENT_MS, position_at
from media.stitch import BreakPlan, Insert
from media.timeline import Loop, LoopItem, SlotKind
from players.playback.playlist import Media, media
from tests.players.house import bare
from tests.players.playlist_rules import MEDIA_TYPE, Poll, check_media, check_polls, read_media

SIGNER = Signer([b"k" * 32])
ITEMS = st.lists(
    st.tuples(st.integers(1, 30), st.integers(1, 12), st.sampled_from(list(SlotKind))), min_size=1, max_size=6
)
PODS = st.lists(st.integers(1, 6), max_size=4)


def loop(items, anchor: int) -> Loop:
    made = [LoopItem(segments, f"asset{n}", own, kind) for n, (segments, own, kind) in enumerate(items)]
    return Loop("ch", anchor, tuple(made))


@given(
    items=ITEMS,
    pod=PODS,
    anchor=st.integers(-1_000, 1_000_000),
    start_ms=st.integers(EPOCH_MS + 10**9, EPOCH_MS + 10**11),
    steps_ms=st.lists(st.integers(0, 60_000), max_size=25),
)
def test_polls(items, pod, anchor, start_ms, steps_ms):
    schedule = loop(items, anchor)
    plans: dict[str, BreakPlan] = {}
    now_ms, polls, before = start_ms, [], None
    for step_ms in [0, *steps_ms]:
        now_ms += step_ms
        window = timeline.window(schedule, now_ms)
        for slot in window.breaks:
            # Decided when first listed, and the same for ever after.
            plans.setdefault(
                slot.slot_id, BreakPlan(slot.slot_id, tuple(Insert(f"ad{n}", s) for n, s in enumerate(pod)))
            )
        positions = stitch.overlaid(window, stitch.inserted(window, plans))
        body = media(Media("v720", positions), f"lease-{now_ms}", SIGNER)
        parsed = m3u8.loads(body.decode())
        assert parsed.media_sequence == position_at(now_ms) - 12
        assert len(parsed.segments) == 12
        for n, segment in enumerate(parsed.segments):
            at_ms = to_ms(segment.program_date_time)
            assert at_ms == EPOCH_MS + (parsed.media_sequence + n) * SEGMENT_MS
            assert bare(segment.uri).endswith(f"/{parsed.media_sequence + n}")
            assert segment.uri.endswith(f"?lease=lease-{now_ms}")
        assert check_media(body, MEDIA_TYPE, "") == []
        now = {parsed.media_sequence + n: s.uri.partition("?")[0] for n, s in enumerate(parsed.segments)}
        if before is not None:
            kept = before.keys() & now.keys()
            assert all(before[k] == now[k] for k in kept)
            assert min(now) - min(before) == len(before.keys() - now.keys()) or not kept
        before = now
        polls.append(Poll(now_ms / 1000, read_media(body)))
    assert check_polls(polls, "") == []
