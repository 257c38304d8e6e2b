import asyncio

import pytest

from kernel.errors import NotFound
from media.manifest import AssetManifest, Track
from media.read_still import ReadStill
from tests.contracts.test_media_sql import asset


class Strips:
    """Counts what it is given; how many run at once."""

    def __init__(self) -> None:
        self.given: list[bytes] = []

    def __call__(self, segment: bytes) -> tuple[bytes, ...]:
        self.given.append(segment)
        return tuple(segment + b"%d" % n for n in range(48))


@pytest.fixture
async def stills(house):
    house.assets.add(asset())
    house.assets.begin("ast_1")
    offsets = tuple(range(2, 43))
    house.assets.publish(AssetManifest("ast_1", 40, 76_800, {"v360": Track("k", offsets, 1, 1)}, "p"))
    await house.objects.put("k", b"ii" + bytes(range(65, 105)))
    return ReadStill(house.manifests, house.objects, Strips())


async def test_a_segment_is_decoded_once_for_all_who_ask_for_its_frames(stills):
    found = await asyncio.gather(*(stills("ast_1", frame) for frame in (48, 95, 49, 48, 0)))
    assert found == [b"iiB0", b"iiB47", b"iiB1", b"iiB0", b"iiA0"]
    assert stills.strip.given == [b"iiB", b"iiA"]


async def test_only_the_newest_are_held(stills):
    for segment in (*range(40), 39, 0):
        await stills("ast_1", segment * 48)
    assert len(stills.strip.given) == 41
    assert len(stills._held) == 32


@pytest.mark.parametrize(
    ("asset_id", "frame"), [("ast_1", 1920), ("ast_1", -1), ("ast_1", 10**30), ("ast_2", 0)]
)
async def test_what_is_not_there(stills, asset_id, frame):
    with pytest.raises(NotFound):
        await stills(asset_id, frame)
    assert stills.strip.given == []
