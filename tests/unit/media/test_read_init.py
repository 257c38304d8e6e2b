import pytest

from kernel.errors import NotFound
from media.asset import house_init_key


async def test_it_is_read_once(house):
    with pytest.raises(NotFound, match="object-missing"):
        await house.read_init("v720")
    await house.objects.put(house_init_key("v720"), b"init")
    assert await house.read_init("v720") == b"init"
    await house.objects.put(house_init_key("v720"), b"other")
    assert await house.read_init("v720") == b"init"


async def test_unknown_renditions(house):
    with pytest.raises(NotFound, match="rendition-unknown"):
        await house.read_init("../v720")
