import msgspec
import pytest

from content.channels.plan import BreakEntry, ProgrammeEntry


def entries(room, channel):
    return list(room.channels.versions(channel.channel_id)[-1].entries)


def test_a_programme_joins_once_its_asset_is_ready(room):
    channel = room.channel()
    programme = room.programme("one", schedule_on=channel.channel_id)
    assert room.publish() == []
    room.make_ready("ast_one", 40)
    assert [p.programme_id for p in room.publish()] == [programme.programme_id]
    assert entries(room, channel) == [ProgrammeEntry(programme.programme_id), BreakEntry(16)]
    assert room.publish() == []
    assert room.channels.get(channel.channel_id).schedule_version == 2


def test_a_crash_between_schedule_and_mark_schedules_once(room):
    channel = room.channel()
    programme = room.programme("one", 40, schedule_on=channel.channel_id)
    room.edit("acc_1", channel.channel_id, 1, [ProgrammeEntry(programme.programme_id)])
    assert room.publish() == []
    assert entries(room, channel) == [ProgrammeEntry(programme.programme_id)]
    assert room.programmes.awaiting_schedule() == []


@pytest.mark.parametrize("wish", ["failed", "no-channel"])
def test_what_can_never_join_is_not_waited_for(room, wish):
    channel = room.channel()
    programme = room.programme("one", schedule_on=channel.channel_id)
    if wish == "no-channel":
        lost = msgspec.structs.replace(programme, programme_id="prg_lost", schedule_on="chn_nobody")
        room.programmes.settle_schedule(programme.programme_id)
        room.programmes.add(lost)
    if wish == "failed":
        room.assets.fail("ast_one", ("media-undecodable",))
    else:
        room.make_ready("ast_one", 40)
    assert room.publish() == []
    assert room.programmes.awaiting_schedule() == []
    assert entries(room, channel) == []


def test_several_join_in_the_order_of_their_arrival(room, clock):
    channel = room.channel()
    for name in ("one", "two"):
        room.programme(name, 40, schedule_on=channel.channel_id)
        clock.advance(1)
    assert [p.title for p in room.publish()] == ["one", "two"]
    assert len(entries(room, channel)) == 4
