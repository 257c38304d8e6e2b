import pytest

from content.channels.channel import ChannelDraft, ChannelEdit, Offer
from content.channels.plan import ProgrammeEntry
from kernel.errors import Invalid, NotFound


@pytest.fixture
def change(room):
    return room.change_channel


def offered(room):
    return [one.slug for one in room.load().offered("")]


def test_an_empty_channel_is_not_offered_until_it_has_something_to_play(room, change):
    channel = room.channel()
    assert offered(room) == []
    assert not change.is_offered(channel)
    one = room.programme("one", 40)
    room.edit("acc_1", channel.channel_id, 1, [ProgrammeEntry(one.programme_id)])
    assert offered(room) == ["atelier"]
    assert change.is_offered(channel)


def test_its_editor_offers_an_empty_channel_and_hides_a_full_one(room, change):
    empty, full = room.channel(), room.filled("full")
    assert offered(room) == ["full"]
    assert room.load().default_channel_id == full.channel_id
    change("acc_1", empty.channel_id, ChannelEdit(offer=Offer.ALWAYS))
    change("acc_1", full.channel_id, ChannelEdit(offer=Offer.NEVER))
    assert offered(room) == ["atelier"]
    lineups = room.load()
    assert lineups.default_channel_id == empty.channel_id
    assert full.channel_id in lineups.channels  # for those who watch it


def test_where_nothing_is_offered_a_car_begins_with_what_waits_to_be_filled_never_with_what_is_hidden(
    room, change
):
    hidden, empty = room.filled(), room.create_channel("acc_1", ChannelDraft("Later", "later"))
    change("acc_1", hidden.channel_id, ChannelEdit(offer=Offer.NEVER))
    assert room.load().default_channel_id == empty.channel_id
    change("acc_1", empty.channel_id, ChannelEdit(offer=Offer.NEVER))
    assert room.load().default_channel_id == ""


def test_another_name_is_kept_told_and_noted(room, change):
    channel = room.filled()
    room.announced.clear()
    after = change("acc_2", channel.channel_id, ChannelEdit(name="  Télé   Pont "))
    assert (after.name, after.slug) == ("Télé Pont", "atelier")
    assert room.load().channels[channel.channel_id].name == "Télé Pont"
    assert room.announced == ["content"]
    assert change("acc_2", channel.channel_id, ChannelEdit(name="Télé Pont")) == after
    [entry] = room.edit_plan.history(channel.channel_id)
    assert (entry.actor, entry.action) == ("acc_2", "channel-changed")
    assert entry.detail == {"name": ["Atelier", "Télé Pont"]}


def test_a_name_that_may_not_be_changes_nothing(room, change):
    channel = room.channel()
    for name in ("", " ", "x" * 61):
        with pytest.raises(Invalid) as caught:
            change("acc_1", channel.channel_id, ChannelEdit(name=name))
        assert caught.value.fields.keys() == {"name"}
    with pytest.raises(NotFound):
        change("acc_1", "chn_nobody", ChannelEdit(name="Fine"))
    assert room.channels.all() == [channel]
