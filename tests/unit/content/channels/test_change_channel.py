import pytest

from content.channels.channel import ChannelDraft, ChannelEdit, Offer
from content.channels.plan import ProgrammeEntry
from kernel.errors import Conflict, Invalid, NotFound
from tests.media.pictures import picture


@pytest.fixture
def change(room):
    return room.change_channel


@pytest.fixture
def remove(room):
    return room.remove_channel


def offered(room):
    return [one.slug for one in room.load().offered("")]


def filled(room, slug="atelier"):
    entry = ProgrammeEntry(room.programme(slug, 40).programme_id)
    return room.create_channel("acc_1", ChannelDraft(slug.title(), slug), [entry])


def test_an_empty_channel_is_not_offered_until_it_has_something_to_play(room, change):
    channel = room.channel()
    assert offered(room) == []
    assert not change.is_offered(channel)
    one = room.programme("one", 40)
    room.edit("acc_1", channel.channel_id, 1, [ProgrammeEntry(one.programme_id)])
    assert offered(room) == ["atelier"]
    assert change.is_offered(channel)


def test_its_editor_offers_an_empty_channel_and_hides_a_full_one(room, change):
    empty, full = room.channel(), filled(room, "full")
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
    hidden, empty = filled(room), room.create_channel("acc_1", ChannelDraft("Later", "later"))
    change("acc_1", hidden.channel_id, ChannelEdit(offer=Offer.NEVER))
    assert room.load().default_channel_id == empty.channel_id
    change("acc_1", empty.channel_id, ChannelEdit(offer=Offer.NEVER))
    assert room.load().default_channel_id == ""


def test_another_name_is_kept_told_and_noted(room, change):
    channel = filled(room)
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


async def test_only_what_is_not_offered_is_removed_with_all_that_is_kept_of_it(room, change, remove):
    gone, stays = filled(room), filled(room, "stays")
    await room.change_logo("acc_1", gone.channel_id, picture("png", "rgb24", 8, 8))
    with pytest.raises(Conflict, match="channel-offered"):
        await remove("acc_1", gone.channel_id)
    change("acc_1", gone.channel_id, ChannelEdit(offer=Offer.NEVER))
    room.announced.clear()
    await remove("acc_2", gone.channel_id)
    assert [one.channel_id for one in room.channels.all()] == [stays.channel_id]
    assert room.channels.versions(gone.channel_id) == []
    assert len(room.channels.versions(stays.channel_id)) == 1
    assert room.load().channels.keys() == {stays.channel_id}
    assert [one.key async for page in room.objects.pages("logos") for one in page] == []
    assert room.announced == ["content"]
    newest, *_ = room.audit.of(gone.channel_id, 10)
    assert (newest.actor, newest.action, newest.detail["name"]) == ("acc_2", "channel-removed", "Atelier")
    with pytest.raises(NotFound):
        await remove("acc_2", gone.channel_id)


async def test_its_short_name_is_free_again(room, remove):
    await remove("acc_1", room.channel().channel_id)
    assert room.channel().slug == "atelier"
