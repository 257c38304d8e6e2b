import pytest

from content.channels.channel import ChannelEdit, Offer
from kernel.errors import Conflict, NotFound
from tests.media.pictures import picture


@pytest.fixture
def change(room):
    return room.change_channel


@pytest.fixture
def remove(room):
    return room.remove_channel


async def test_only_what_is_not_offered_is_removed_with_all_that_is_kept_of_it(room, change, remove):
    gone, stays = room.filled(), room.filled("stays")
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
