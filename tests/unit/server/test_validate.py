"""Live streams over HTTP, right and deliberately wrong: each fault is told, and nothing else."""

import pytest

from kernel.errors import Forbidden, Invalid, Unavailable
from players.guard.parsing import read
from players.guard.reading import Reading
from players.guard.rule import MEDIA_TYPE
from server.validate import RENDITIONS_LIMIT, renditions_of, validate
from tests.unit.server.stream_site import Site, Track, make_tracks, serving


@pytest.fixture(scope="module")
def tracks(tmp_path_factory) -> dict[str, Track]:
    return make_tracks(tmp_path_factory.mktemp("tracks"))


async def look(tracks, *faults: str, for_s: float = 2.5, path: str = "/multivariant.m3u8"):
    told: list[float] = []
    with serving(Site(tracks, set(faults))) as site:
        report = await validate(f"{site.url}{path}?grant=secret", for_s, told.append)
    assert told == sorted(told)
    return report


async def find(tracks, *faults: str, for_s: float = 2.5):
    """The report of the first look that found anything, each longer than the last: busy machines see less."""
    for times in (1, 4, 16):
        report = await look(tracks, *faults, for_s=for_s * times)
        if not report.clean:
            break
    return report


async def test_a_sound_stream(tracks):
    report = await look(tracks, for_s=6)
    assert report.clean, report.describe()
    assert report.renditions == ["v360.m3u8", "a128.m3u8"]
    assert report.playlists >= 7
    assert report.segments >= 4
    assert "secret" not in report.describe()


async def test_a_media_playlist_alone(tracks):
    report = await look(tracks, path="/a128.m3u8")
    assert report.clean, report.describe()
    assert report.renditions == ["a128.m3u8"]


async def test_a_stream_that_only_grows(tracks):
    report = await look(tracks, "grows", for_s=3)
    assert report.clean, report.describe()
    assert report.playlists >= 4


async def test_another_session_is_opened_before_one_ends_and_read_afresh(tracks):
    opened: list[str] = []
    with serving(Site(tracks, set())) as site:
        address = f"{site.url}/multivariant.m3u8?grant="

        def renew() -> str:
            opened.append(f"{address}{len(opened)}")
            return opened[-1]

        report = await validate(f"{address}first", 3, lambda _: None, renew, renew_after_s=1)
        assert report.clean, report.describe()
        assert 2 <= len(opened) <= 3
        assert report.seconds >= 3
        on_demand = Site(tracks, {"ended"})
        with serving(on_demand) as films:
            opened.clear()
            await validate(f"{films.url}/a128.m3u8", 600, lambda _: None, renew, renew_after_s=300)
    assert opened == []


async def test_a_stream_on_demand_ends_the_reading(tracks):
    report = await look(tracks, "ended", for_s=600)
    assert report.clean, report.describe()
    assert report.seconds < 60
    assert report.segments == 20


@pytest.mark.parametrize(
    ("fault", "rules"),
    [
        ("type", {8}),
        ("codecs", {20}),
        ("bandwidth", {21}),
        ("apart", {19}),
        ("late", {17}),
    ],
)
async def test_one_fault(tracks, fault, rules):
    report = await find(tracks, fault, for_s=1)
    assert set(report.tallies) == rules, report.describe()
    assert not report.failures


async def test_a_clock_that_jumps_without_a_word(tracks):
    report = await find(tracks, "ended", "jump")
    assert set(report.tallies) == {2}, report.describe()


async def test_removed_segments_that_are_gone_at_once(tracks):
    report = await find(tracks, "hasty", for_s=4)
    assert set(report.tallies) == {14}, report.describe()


async def test_a_playlist_that_stands_still(tracks):
    report = await find(tracks, "still", for_s=6)
    assert set(report.tallies) == {12}, report.describe()


@pytest.mark.parametrize(("fault", "why"), [("empty", "status 404"), ("garbage", "no media in it")])
async def test_segments_that_are_not_there_or_cannot_be_read(tracks, fault, why):
    report = await find(tracks, fault, for_s=1)
    assert not report.tallies
    assert not report.clean
    assert all(what.startswith("segment of") and why in what for what in report.failures), report.failures


def test_many_renditions_of_one_name_are_told_apart_and_bounded():
    lines = ["#EXTM3U", "#EXT-X-INDEPENDENT-SEGMENTS"]
    for n in range(100):
        lines += ["#EXT-X-STREAM-INF:BANDWIDTH=1", f"v{n}/index.m3u8?n={n}"]
    offered = read(Reading("\n".join(lines).encode(), MEDIA_TYPE, url="http://tv.example/m.m3u8"))
    names = [one.name for one in renditions_of(offered)]
    assert len(names) == len(set(names)) == RENDITIONS_LIMIT


async def test_what_cannot_be_read_at_all(tracks):
    with serving(Site(tracks)) as site:
        with pytest.raises(Forbidden, match="stream-refused"):
            await validate(f"{site.url}/nothing.m3u8", 1, lambda _: None)
        with pytest.raises(Invalid, match="not-hls"):
            await validate(f"{site.url}/a128.mp4", 1, lambda _: None)
    with pytest.raises(Unavailable, match="stream-silent"):
        await validate(f"{site.url}/multivariant.m3u8", 1, lambda _: None)
