import asyncio

import pytest

from kernel.errors import Conflict
from media.asset import SLATE_ID, AssetState, house_init_key
from media.house_format import LADDER


async def test_it_is_made_once_and_founds_the_house(house):
    slate = await house.slate()
    assert (slate.state, slate.manifest.segments, slate.manifest.has_picture) == (AssetState.READY, 1, False)
    assert set(slate.manifest.tracks) == {rendition.name for rendition in LADDER}
    for rendition in LADDER:
        init = await house.objects.get(house_init_key(rendition.name))
        assert await house.read_init(rendition.name) == init
        assert init[4:8] == b"ftyp"
        data = await house.read_segment(SLATE_ID, rendition.name, 0, 7)
        assert data[4:8] == b"moof"
    assert house.left_over() == []
    house.transcode = None  # the second time nothing is made
    assert await house.slate() == slate


async def test_two_processes_at_once(house):
    one, other = await asyncio.gather(house.slate(), house.slate())
    assert one == other


async def test_another_encoder_than_the_houses_is_refused(house):
    await house.objects.put(house_init_key("v540"), b"made by another version")
    with pytest.raises(Conflict, match="house-init-changed"):
        await house.slate()
    assert house.assets.find(SLATE_ID) is None
