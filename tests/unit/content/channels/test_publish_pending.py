from dataclasses import replace

import msgspec
import pytest

from content.channels.plan import BreakEntry, Plan, ProgrammeEntry
from content.library.audit import AuditEntry
from content.library.programme import ProgrammeFacts
from content.library.rights import Rights, RightsWindow
from kernel.errors import Conflict, Invalid


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


def ends(room, programme, in_ms: int) -> None:
    """Its rights do."""
    until = Rights(RightsWindow(None, room.clock.now_ms() + in_ms))
    room.edit_programme("acc_1", programme.programme_id, ProgrammeFacts(programme.title, rights=until))


def test_an_entry_whose_rights_are_over_keeps_nobody_out_of_the_loop(room, clock):
    channel = room.channel()
    old, two = room.programme("old", 40), room.programme("two", 40)
    loop = [ProgrammeEntry(old.programme_id), ProgrammeEntry(two.programme_id)]
    room.edit("acc_1", channel.channel_id, 1, loop)
    ends(room, old, 1000)
    clock.advance(60)
    room.programme("new", 40, schedule_on=channel.channel_id)
    assert [p.title for p in room.publish()] == ["new"]
    number = room.channels.get(channel.channel_id).schedule_version
    room.edit("acc_1", channel.channel_id, number, [*entries(room, channel), BreakEntry(16)])
    assert entries(room, channel) == [*loop, ProgrammeEntry("prg_new"), BreakEntry(16)]
    # But it is not put there once more, nor where the channel is offered in other countries.
    with pytest.raises(Invalid, match="rights-ended"):
        room.edit("acc_1", channel.channel_id, number + 1, [*entries(room, channel), loop[0]])
    plan = Plan(loop=tuple(entries(room, channel)), territories=("FR",))
    with pytest.raises(Invalid, match="rights-ended"):
        room.save("acc_1", channel.channel_id, number + 1, plan)


def test_who_is_refused_is_told_of(room, clock, caplog):
    channel = room.channel()
    one = room.programme("one", schedule_on=channel.channel_id)
    room.programme("two", 40, schedule_on=channel.channel_id)
    ends(room, one, 1000)
    room.make_ready("ast_one", 40)
    clock.advance(60)
    assert [p.title for p in room.publish()] == ["two"]
    assert room.programmes.awaiting_schedule() == []
    detail = {"channel": "Atelier TV", "reason": "rights-ended"}
    told = room.audit.of(one.programme_id, 1)
    assert told == [AuditEntry("", clock.now_ms(), "programme-not-joined", one.programme_id, detail)]
    [line] = caplog.records
    assert (line.programme_id, line.reason) == (one.programme_id, "rights-ended")


@pytest.mark.parametrize(("code", "attempts"), [("asset-not-ready", 1), ("schedule-changed", 3)])
def test_who_cannot_join_just_now_waits_and_holds_up_nobody(room, monkeypatch, code, attempts):
    channel = room.channel()
    for name in ("one", "two"):
        room.programme(name, 40, schedule_on=channel.channel_id)
    edit, tried = room.publish.edit, []

    def busy(editor_id, channel_id, expected, longer):
        if ProgrammeEntry("prg_one") in longer:
            tried.append(expected)
            raise Conflict(code, "Not now.")
        return edit(editor_id, channel_id, expected, longer)

    assert [p.title for p in replace(room.publish, edit=busy)()] == ["two"]
    assert len(tried) == attempts
    assert [p.title for p in room.publish()] == ["one"]


def test_a_channel_that_is_removed_at_that_moment_holds_up_nobody(room, clock):
    gone, stays = room.channel(), room.filled("stays")
    room.programme("one", 40, schedule_on=gone.channel_id)
    room.programme("two", 40, schedule_on=stays.channel_id)
    edit = room.publish.edit

    def raced(editor_id, channel_id, expected, longer):
        if channel_id == gone.channel_id:
            told = AuditEntry("acc_2", clock.now_ms(), "channel-removed", channel_id, {})
            room.channels.remove(channel_id, told)
        return edit(editor_id, channel_id, expected, longer)

    assert [p.title for p in replace(room.publish, edit=raced)()] == ["two"]
    assert room.programmes.awaiting_schedule() == []
    [told] = room.audit.of("prg_one", 1)
    assert told.detail["reason"] == "channel-unknown"
