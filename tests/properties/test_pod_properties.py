"""Pods: never longer than their break, as full as they can be, and nobody beside a rival."""

from itertools import combinations, product

from hypothesis import example, given
from hypothesis import strategies as st

from adserver.serving.pod import POD_LIMIT, STEPS_LIMIT, Entry, Pod, pack

SEGMENTS = st.integers(1, 24)
BITS = st.integers(0, 255)
ENTRIES = st.lists(
    st.tuples(st.lists(st.integers(1, 20), min_size=1, max_size=2), st.integers(0, 15), st.integers(0, 15)),
    max_size=7,
)


def made(drawn, segments: int) -> list[Entry]:
    """Each bears its own advertiser's bit besides; what it is, it bars."""
    entries = []
    for n, (lengths, marks, bars) in enumerate(drawn):
        fitting = tuple(sorted({length for length in lengths if length <= segments}, reverse=True))
        if fitting:
            own = 1 << (8 + n)
            # Two of four marks are categories: they bar themselves; the others are only barred.
            entries.append(Entry(fitting, own | marks, own | (marks & 3) | bars))
    return entries


def stand_together(some) -> bool:
    return all(not (a.marks & b.bars or b.marks & a.bars) for a, b in combinations(some, 2))


def admissible(entries: list[Entry], segments: int, anchored: bool):
    """Every pod there is, as (filled, indices), by trying them all."""
    for size in range(1, len(entries) + 1):
        for chosen in combinations(range(len(entries)), size):
            if anchored and chosen[0] != 0:
                continue
            if stand_together([entries[n] for n in chosen]):
                for lengths in product(*(entries[n].lengths for n in chosen)):
                    if sum(lengths) <= segments:
                        yield sum(lengths), chosen


@given(drawn=ENTRIES, segments=SEGMENTS, anchored=st.booleans())
@example(drawn=[([6], 0, 0), ([8], 0, 0), ([10], 0, 0)], segments=16, anchored=True)
def test_as_full_as_can_be_and_then_by_rank(drawn, segments, anchored):
    entries = made(drawn, segments)
    pod = Pod(segments)
    found = pack(pod, entries, anchored=anchored)
    filled = sum(length for _, length in found)
    assert filled + pod.left == segments
    assert pod.left >= 0
    assert all(length in entries[index].lengths for index, length in found)
    assert stand_together([entries[index] for index, _ in found])
    possible = list(admissible(entries, segments, anchored))
    most = max((full for full, _ in possible), default=0)
    assert filled == most
    assert (tuple(index for index, _ in found) or None) == min(
        (chosen for full, chosen in possible if full == most), default=None
    )


@given(
    drawn=st.lists(
        st.tuples(st.lists(st.integers(2, 40), min_size=1, max_size=3), BITS, BITS),
        min_size=20,
        max_size=64,
    ),
    segments=st.integers(16, 160),
    before=st.integers(0, 255),
)
def test_a_search_that_is_cut_short_leaves_nobody_out_who_still_fits(drawn, segments, before):
    entries = made([(lengths, marks, bars & 3) for lengths, marks, bars in drawn], segments)
    pod = Pod(segments, bars=before)
    found = pack(pod, entries, anchored=True)
    assert sum(length for _, length in found) + pod.left == segments
    assert pod.left >= 0
    assert stand_together([entries[index] for index, _ in found])
    assert not any(entries[index].marks & before for index, _ in found)
    assert len({index for index, _ in found}) == len(found) <= POD_LIMIT
    taken = {index for index, _ in found}
    for index, entry in enumerate(entries):
        if (
            index not in taken
            and len(found) < POD_LIMIT
            and not (entry.marks & pod.bars or entry.bars & pod.marks)
        ):
            assert min(entry.lengths) > pod.left


def test_the_steps_are_bounded():
    """Even lengths in an odd break: nothing fills it, and every branch seems to come nearer."""
    entries = [Entry((2 * n + 2,), 1 << n, 1 << n) for n in range(64)]
    pod = Pod(157)
    assert sum(length for _, length in pack(pod, entries, anchored=True)) == 156
    assert STEPS_LIMIT == 400
