import pytest

from content.channels.channel import ChannelDraft
from content.channels.plan import ProgrammeEntry
from kernel.errors import Conflict
from media.house_format import position_at
from media.timeline import window


def test_a_new_channel_plays_its_schedule_at_once_from_the_start(room, clock):
    one = room.programme("one", 40)
    channel = room.channel(ProgrammeEntry(one.programme_id))
    lineup = room.load().channels[channel.channel_id]
    [slot] = lineup.schedule.slots(position_at(clock.now_ms()), position_at(clock.now_ms()))
    assert (slot.asset_id, slot.start) == ("ast_one", position_at(clock.now_ms()))


def test_without_entries_it_plays_slate(room, clock):
    channel = room.channel()
    shown = window(room.load().channels[channel.channel_id].schedule, clock.now_ms())
    assert {(p.asset_id, p.index) for p in shown.positions} == {("slate", 0)}


def test_a_short_name_is_used_once(room):
    room.channel()
    with pytest.raises(Conflict, match="slug-taken"):
        room.create_channel("acc_1", ChannelDraft("Another", "atelier"))
    assert len(room.channels.all()) == 1
