import pytest

from content.library.add_uploaded import AddUploaded
from content.library.partner_item import ItemDraft
from content.library.programme import Category, ProgrammeDraft
from kernel.errors import Invalid


@pytest.fixture
def admitted(room):
    """Uploads that were admitted, and a stand-in for the media room's use case over real records."""
    calls = []

    async def admit(owner, upload_id, *, film=False):
        calls.append((owner, upload_id, film))
        if upload_id == "upl_text":
            raise Invalid("media-no-media", "Not a film.")
        return room.assets.find(room.asset(upload_id.partition("_")[2]))

    return calls, admit


async def test_an_upload_becomes_a_programme_once(room, admitted):
    calls, admit = admitted
    add = AddUploaded(admit, room.add_programme)
    draft = ProgrammeDraft(" La  côte ", "Une route.", Category.TRAVEL, "fr", room.channel().channel_id)
    programme = await add("acc_1", "upl_7", draft)
    assert await add("acc_1", "upl_7", draft) == programme
    assert room.programmes.newest(10) == [programme]
    assert (programme.asset_id, programme.title, programme.category) == ("ast_7", "La côte", Category.TRAVEL)
    assert calls[0] == ("acc_1", "upl_7", False)
    assert "content" in room.announced


async def test_a_draft_at_fault_leaves_the_upload_alone(room, admitted):
    calls, admit = admitted
    with pytest.raises(Invalid, match="programme-invalid"):
        await AddUploaded(admit, room.add_programme)("acc_1", "upl_7", ProgrammeDraft(""))
    with pytest.raises(Invalid, match="item-invalid"):
        await AddUploaded(admit, room.add_item)("acc_1", "upl_7", ItemDraft("", ""))
    assert calls == []


async def test_a_refused_file_adds_nothing(room, admitted):
    _, admit = admitted
    with pytest.raises(Invalid, match="media-no-media"):
        await AddUploaded(admit, room.add_programme)("acc_1", "upl_text", ProgrammeDraft("x"))
    assert room.programmes.newest(10) == []


async def test_an_upload_becomes_an_item_once(room, admitted):
    _, admit = admitted
    add = AddUploaded(admit, room.add_item)
    item = await add("acc_1", "upl_8", ItemDraft("Radio", "Song"))
    assert await add("acc_1", "upl_8", ItemDraft("Radio", "Song")) == item
    assert room.items.newest(10) == [item]


@pytest.mark.parametrize("named", ["atelier", "channel_id"])
async def test_the_schedule_to_join_is_named_by_slug_or_id(room, admitted, named):
    _, admit = admitted
    channel = room.channel()
    draft = ProgrammeDraft("x", schedule_on=channel.channel_id if named == "channel_id" else named)
    programme = await AddUploaded(admit, room.add_programme)("acc_1", "upl_9", draft)
    room.make_ready(programme.asset_id, 40)
    assert [p.programme_id for p in room.publish()] == [programme.programme_id]


async def test_an_unknown_channel_is_refused_before_the_upload_is_touched(room, admitted):
    calls, admit = admitted
    with pytest.raises(Invalid, match="channel-unknown") as refused:
        await AddUploaded(admit, room.add_programme)("acc_1", "upl_9", ProgrammeDraft("x", schedule_on="no"))
    assert refused.value.fields.keys() == {"schedule_on"}
    assert (calls, room.programmes.newest(10)) == ([], [])
