import pytest

from content.channels.plan import BreakEntry, ProgrammeEntry
from content.channels.schedule import Start
from kernel.errors import Conflict, Invalid, NotFound
from media.house_format import position_at, starts_at_ms
from media.timeline import SlotKind, span, window


def test_a_save_changes_what_comes_and_nothing_that_is_held(room, clock):
    one, two = room.programme("one", 40), room.programme("two", 20)
    channel = room.channel(ProgrammeEntry(one.programme_id))
    before = room.load().channels[channel.channel_id].schedule
    clock.advance(10)
    entries = [ProgrammeEntry(two.programme_id), BreakEntry(8)]
    saved = room.edit("acc_1", channel.channel_id, 1, entries, Start.SOON)
    after = room.load().channels[channel.channel_id]
    assert saved.number == 2
    assert starts_at_ms(saved.from_position) >= clock.now_ms() + 30_000
    held = position_at(clock.now_ms() - 60_000), saved.from_position - 1
    assert _assets(before, *held) == _assets(after.schedule, *held)
    assert _assets(after.schedule, saved.from_position, saved.from_position + 19) == ["ast_two"] * 20
    assert set(after.programmes) == {one.programme_id, two.programme_id}
    assert room.announced[-1] == "content"


def _assets(schedule, first, last):
    return [position.asset_id for position in span(schedule, first, last).positions]


def test_a_channel_can_be_edited_again_and_again_and_forgets_what_is_long_over(room, clock):
    one = room.programme("one", 40)
    channel = room.channel()
    for number in range(1, 8):
        room.edit("acc_1", channel.channel_id, number, [ProgrammeEntry(one.programme_id)])
        clock.advance(2 * 86_400)
    kept = room.channels.versions(channel.channel_id)
    assert [v.number for v in kept] == [3, 4, 5, 6, 7, 8]
    assert len(window(room.load().channels[channel.channel_id].schedule, clock.now_ms()).positions) == 12


def test_a_pending_version_gives_way_to_an_earlier_one(room, clock):
    one, two = room.programme("one", 4000), room.programme("two", 20)
    channel = room.channel(ProgrammeEntry(one.programme_id))
    late = room.edit("acc_1", channel.channel_id, 1, [ProgrammeEntry(two.programme_id)])
    soon = room.edit("acc_1", channel.channel_id, 2, [ProgrammeEntry(two.programme_id)], Start.SOON)
    assert soon.from_position < late.from_position
    assert [v.number for v in room.channels.versions(channel.channel_id)] == [1, 3]
    with pytest.raises(Conflict, match="schedule-changed"):
        room.edit("acc_1", channel.channel_id, 1, [ProgrammeEntry(two.programme_id)])


def test_the_second_of_two_editors_is_told(room):
    one = room.programme("one", 40)
    channel = room.channel()
    entries = [ProgrammeEntry(one.programme_id)]
    room.edit("acc_1", channel.channel_id, 1, entries)
    before = room.channels.versions(channel.channel_id)
    with pytest.raises(Conflict, match="schedule-changed"):
        room.edit("acc_2", channel.channel_id, 1, entries)
    assert room.channels.versions(channel.channel_id) == before


def test_of_two_saves_that_both_read_the_same_version_one_is_kept(room):
    one = room.programme("one", 40)
    channel = room.channel(ProgrammeEntry(one.programme_id))
    planned = room.channels.versions(channel.channel_id)
    room.edit("acc_1", channel.channel_id, 1, [ProgrammeEntry(one.programme_id)])
    assert not room.channels.replace_versions(channel.channel_id, 1, planned)
    assert room.channels.get(channel.channel_id).schedule_version == 2


@pytest.mark.parametrize("entries", [[], [ProgrammeEntry("prg_nobody")]])
def test_a_refused_save_changes_nothing(room, entries):
    channel = room.channel()
    before, announced = room.channels.versions(channel.channel_id), len(room.announced)
    with pytest.raises(Invalid):
        room.edit("acc_1", channel.channel_id, 1, entries)
    assert room.channels.versions(channel.channel_id) == before
    assert len(room.announced) == announced


def test_an_unknown_channel(room):
    with pytest.raises(NotFound, match="channel-unknown"):
        room.edit("acc_1", "chn_nobody", 1, [])


def test_the_preview_is_what_a_save_brings(room, clock):
    one, two = room.programme("one", 40), room.programme("two", 20)
    channel = room.channel(ProgrammeEntry(one.programme_id))
    entries = [ProgrammeEntry(two.programme_id), BreakEntry(8)]
    planned, preview = room.edit.preview(channel.channel_id, entries)
    assert room.channels.get(channel.channel_id).schedule_version == 1
    room.edit("acc_1", channel.channel_id, 1, entries)
    _, version, rundown = room.edit.current(channel.channel_id)
    assert preview == rundown
    assert (version.from_position, version.number) == (planned.from_position, 2)
    assert [e.title for e in rundown[:2]] == ["one", "two"]
    assert rundown[2].kind is SlotKind.BREAK
    assert rundown[-1].ends_at_ms >= clock.now_ms() + 7_200_000


def _titles(room, channel, first, count):
    """The programmes of ``count`` slots from position ``first`` on; a break is a dash."""
    schedule = room.load().channels[channel.channel_id].schedule
    slots = schedule.slots(first, first + 4000)[:count]
    return [slot.programme_id.removeprefix("prg_") or "-" for slot in slots]


def _named(*names):
    return [BreakEntry(16) if name == "-" else ProgrammeEntry(f"prg_{name}") for name in names]


@pytest.mark.parametrize("start", Start)
@pytest.mark.parametrize(
    ("after", "goes_on"),
    [
        ("a - b - c -", "- b - c - a"),  # appended
        ("a -", "- a - a - a"),  # b, which came next, is gone
        ("b - a -", "- b - a - b"),  # moved
        ("b -", "b - b - b -"),  # what is on air is gone: on with what came after it
        ("c", "c c c c c c"),  # all of it is gone
        ("a b a -", "- a b a - a"),
    ],
)
def test_a_change_goes_on_with_what_follows_the_programme_on_air(room, clock, start, after, goes_on):
    for name in "abc":
        room.programme(name, 40)
    channel = room.channel(*_named("a", "-", "b", "-"))
    clock.advance(5)  # the hand-over falls into "a", or at its end
    saved = room.edit("acc_1", channel.channel_id, 1, _named(*after.split()), start)
    assert _titles(room, channel, saved.from_position, 6) == goes_on.split()
    assert room.channels.versions(channel.channel_id)[-1] == saved


def test_the_order_that_editors_see_is_the_one_they_saved(room, clock):
    for name in "ab":
        room.programme(name, 40)
    channel = room.channel(*_named("a", "-"))
    clock.advance(5)
    room.edit("acc_1", channel.channel_id, 1, _named("a", "-", "b", "-"))
    _, version, _ = room.edit.current(channel.channel_id)
    assert list(version.entries) == _named("a", "-", "b", "-")


def test_a_second_change_goes_on_from_the_first(room, clock):
    for name in "abc":
        room.programme(name, 40)
    channel = room.channel(*_named("a", "-"))
    clock.advance(5)
    room.edit("acc_1", channel.channel_id, 1, _named("a", "-", "b", "-"))
    clock.advance(40 * 1.92 + 16 * 1.92 + 5)  # well into "b"
    saved = room.edit("acc_1", channel.channel_id, 2, _named("a", "-", "b", "-", "c", "-"))
    assert _titles(room, channel, saved.from_position, 4) == ["-", "c", "-", "a"]
