import asyncio

import pytest

from content.channels.change_logo import LOGO_LIMIT_BYTES
from content.channels.channel import logo_key
from kernel.errors import Invalid, NotFound
from tests.media.pictures import picture

RED = picture("png", "rgb24", 8, 8)
WIDE = picture("png", "rgb24", 16, 8)


async def keys(room) -> list[str]:
    return [one.key async for page in room.objects.pages("logos") for one in page]


async def test_a_logo_is_kept_replaced_and_taken_away(room):
    channel_id = room.channel().channel_id
    room.announced.clear()
    first = await room.change_logo("acc_1", channel_id, RED)
    assert await keys(room) == [f"logos/{channel_id}/{first.logo}.png"]
    assert room.load().channels[channel_id].logo == first.logo
    assert await room.change_logo("acc_1", channel_id, RED) == first
    second = await room.change_logo("acc_1", channel_id, WIDE)
    assert await keys(room) == [f"logos/{channel_id}/{second.logo}.png"]
    gone = await room.change_logo.remove("acc_2", channel_id)
    assert (gone.logo, await keys(room)) == ("", [])
    assert room.announced == ["content"] * 3
    history = room.edit_plan.history(channel_id)
    assert [(one.actor, one.action) for one in history] == [
        ("acc_2", "logo-changed"),
        ("acc_1", "logo-changed"),
        ("acc_1", "logo-changed"),
    ]


async def test_what_is_too_large_or_of_nobody_is_refused(room):
    channel_id = room.channel().channel_id
    with pytest.raises(Invalid, match="2 MB"):
        await room.change_logo("acc_1", channel_id, bytes(LOGO_LIMIT_BYTES + 1))
    with pytest.raises(NotFound):
        await room.change_logo("acc_1", "chn_nobody", RED)
    assert await keys(room) == []


async def test_who_takes_the_picture_before_away_never_meets_the_same_brought_again(room, clock):
    channel_id = room.channel().channel_id
    first = await room.change_logo("acc_1", channel_id, RED)
    clock.advance(1)
    await room.change_logo("acc_1", channel_id, WIDE)
    clock.advance(1)
    again = await room.change_logo("acc_2", channel_id, RED)
    assert again.logo != first.logo
    await room.objects.delete([logo_key(channel_id, first.logo)])  # late, by who saw the first
    assert await keys(room) == [f"logos/{channel_id}/{again.logo}.png"]


async def test_two_at_once_leave_one_picture(room):
    channel_id = room.channel().channel_id
    await room.change_logo("acc_1", channel_id, picture("png", "rgb24", 4, 4))
    await asyncio.gather(
        room.change_logo("acc_1", channel_id, RED), room.change_logo("acc_2", channel_id, WIDE)
    )
    assert len(await keys(room)) == 1
