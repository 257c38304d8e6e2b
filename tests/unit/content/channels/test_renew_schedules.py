"""Schedules learn what has changed, each for itself."""

import pytest

from content.channels.channel import ChannelDraft
from content.channels.plan import ProgrammeEntry
from content.channels.renew_schedules import RenewSchedules
from content.channels.save_plan import SavePlan
from content.library.audit import AuditEntry
from content.library.programme import ProgrammeFacts
from content.library.rights import Rights, RightsWindow
from kernel.errors import Conflict


@pytest.fixture
def channels(room):
    room.programme("one", 40)
    entries = [ProgrammeEntry("prg_one")]
    return [
        room.create_channel("acc_1", ChannelDraft(name, name.lower()), entries).channel_id
        for name in ("First", "Second")
    ]


def test_a_channel_that_cannot_be_renewed_keeps_no_other_back(room, clock, channels, monkeypatch, caplog):
    renew = SavePlan.renew

    def broken(save, channel, gone):
        if channel.channel_id == channels[0]:
            raise ValueError("its plan makes no sense")
        return renew(save, channel, gone)

    monkeypatch.setattr(SavePlan, "renew", broken)
    room.announced.clear()
    ended = Rights(RightsWindow(None, clock.now_ms()))
    room.edit_programme("acc_1", "prg_one", ProgrammeFacts("one", rights=ended))
    assert [room.channels.get(one).schedule_version for one in channels] == [1, 2]
    assert room.announced[-1] == "content"
    assert channels[0] in [record.channel_id for record in caplog.records]


def test_what_changed_is_announced_even_when_the_channels_cannot_be_read(room):
    class Away:
        def all(self):
            raise ConnectionError

    with pytest.raises(ConnectionError):
        RenewSchedules(Away(), room.save, room.announced.append)("content")
    assert room.announced == ["content"]


def test_a_channel_that_is_removed_meanwhile_keeps_no_other_back(room, clock, channels, monkeypatch, caplog):
    renew = SavePlan.renew

    def raced(save, channel, gone):
        if channel.channel_id == channels[0]:
            told = AuditEntry("acc_2", clock.now_ms(), "channel-removed", channels[0], {})
            room.channels.remove(channels[0], told)
            raise Conflict("schedule-changed", "Somebody saved.")
        return renew(save, channel, gone)

    monkeypatch.setattr(SavePlan, "renew", raced)
    ended = Rights(RightsWindow(None, clock.now_ms()))
    room.edit_programme("acc_1", "prg_one", ProgrammeFacts("one", rights=ended))
    assert room.channels.get(channels[0]) is None
    assert room.channels.get(channels[1]).schedule_version == 2
    assert caplog.records == []
