"""A save takes as long as it takes: a new version begins 30 s after everybody can know of it, or later."""

import pytest
from sqlalchemy import event

from content.channels import day_schedule, save_plan
from content.channels.plan import WEEKDAYS, Block, Plan, ProgrammeEntry
from content.channels.schedule import Start, earliest_position
from content.library.programme import ProgrammeFacts
from content.library.rights import Rights, RightsWindow
from kernel.errors import Conflict, Unavailable
from media.timeline import span


@pytest.fixture
def channel(room):
    for name, segments in (("one", 40), ("two", 20), ("three", 30)):
        room.programme(name, segments)
    return room.channel(ProgrammeEntry("prg_one"))


@pytest.fixture
def waits(room, clock):
    """How many seconds each attempt to save waits, in turn, until it may write."""
    for_s: list[float] = []

    @event.listens_for(room.database, "before_cursor_execute")
    def _wait(_connection, _cursor, statement, *_):
        if statement.startswith("UPDATE channels") and for_s:
            clock.advance(for_s.pop(0))

    return for_s


def saved(room, channel):
    return room.save("acc_1", channel.channel_id, 1, Plan(loop=(ProgrammeEntry("prg_two"),)), Start.SOON)


@pytest.mark.parametrize("for_s", [[2], [15], [15, 29]])
def test_what_had_to_wait_for_the_database_begins_half_a_minute_after_it_is_kept(
    room, clock, channel, waits, for_s
):
    before = room.load().channels[channel.channel_id].schedule
    waits[:] = for_s
    planned = saved(room, channel)
    assert waits == []
    _, second = room.channels.versions(channel.channel_id)
    assert second == planned.version
    assert second.from_position >= earliest_position(clock.now_ms())
    held = earliest_position(clock.now_ms()) - 50, second.from_position - 1
    after = room.load().channels[channel.channel_id].schedule
    assert span(before, *held).positions == span(after, *held).positions
    told = [entry.detail["begins_at_ms"] for entry in room.audit.of(channel.channel_id, 10)]
    assert told == [planned.effect.begins_at_ms]


def test_what_never_comes_in_time_is_refused_and_changes_nothing(room, channel, waits):
    versions, announced = room.channels.versions(channel.channel_id), list(room.announced)
    waits[:] = [2, 20, 200, 2_000]
    with pytest.raises(Unavailable, match="save-too-slow"):
        saved(room, channel)
    assert room.channels.versions(channel.channel_id) == versions
    assert room.channels.get(channel.channel_id).schedule_version == 1
    assert room.announced == announced
    assert saved(room, channel).version.number == 2


def test_who_was_overtaken_while_it_was_done_again_is_told(room, channel, waits, monkeypatch):
    waits[:] = [15]
    replace = room.channels.replace_versions

    def overtaken(*args):
        monkeypatch.undo()
        assert not replace(*args)
        room.save("acc_2", channel.channel_id, 1, Plan(loop=(ProgrammeEntry("prg_three"),)))
        return False

    monkeypatch.setattr(room.channels, "replace_versions", overtaken)
    with pytest.raises(Conflict, match="schedule-changed"):
        saved(room, channel)
    assert [one.saved_by for one in room.channels.versions(channel.channel_id)][1:] == ["acc_2"]


def test_what_a_save_changes_is_found_out_when_it_is_kept(room, channel, monkeypatch):
    known = []
    compare = save_plan.first_change

    def comparing(*args):
        known.append(room.channels.get(channel.channel_id).schedule_version)
        return compare(*args)

    monkeypatch.setattr(save_plan, "first_change", comparing)
    planned = saved(room, channel)
    assert known == [2]
    assert planned.effect.effective_at_ms == planned.effect.begins_at_ms


def test_what_is_known_of_programmes_is_renewed_in_time_too(room, clock, channel, waits):
    clock.advance(40 * 1.92 - 32)  # the programme on air ends half a minute from now
    waits[:] = [15]
    ended = Rights(RightsWindow(None, clock.now_ms()))
    room.edit_programme("acc_1", "prg_one", ProgrammeFacts("one", rights=ended))
    assert not waits
    newest = room.channels.versions(channel.channel_id)[-1]
    assert newest.number == 2
    assert newest.from_position >= earliest_position(clock.now_ms())


def test_days_that_stay_as_they_were_are_not_compiled_to_tell_what_changed(room, channel, clock, monkeypatch):
    """What changed is over: of the fortnight that follows it can be seen that nothing differs."""
    compiled, compile_day = [], day_schedule.compile_day

    def noting(*args):
        compiled.append(args)
        return compile_day(*args)

    room.programme("as_long", 20)
    clock.advance((36 * 3600 - clock.now_ms() // 1000) % 86_400)  # noon
    daily = (Block("06:00", (ProgrammeEntry("prg_two"),)),)
    plan = Plan(timezone="UTC", loop=(ProgrammeEntry("prg_one"),), week=dict.fromkeys(WEEKDAYS, daily))
    room.save("acc_1", channel.channel_id, 1, plan)
    clock.advance(86_400)
    monkeypatch.setattr(day_schedule, "compile_day", noting)
    over = (Block("06:00", (ProgrammeEntry("prg_as_long"),)),)
    saved = room.edit_plan.put_day("acc_1", channel.channel_id, 2, clock.now().date().isoformat(), over)
    assert saved.effect.effective_at_ms is None
    assert len(compiled) <= 6
