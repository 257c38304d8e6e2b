"""A creative that is somebody else's tag: fetched, conditioned, reviewed; and its trackers told once."""

import msgspec
import pytest
from sqlalchemy import func, select

from adserver.adapters.sql_tags import SqlTags
from adserver.adapters.tables import creative_trackers, tracker_calls
from adserver.booking.campaign import CreativeAction, CreativeState
from adserver.booking.submit_creative import Submission
from adserver.serving.avail import Format
from adserver.vast.fire_trackers import FireTrackers
from adserver.vast.follow_wrappers import FollowWrappers, Resolved
from adserver.vast.ports import URL_LIMIT, Unfetched
from adserver.vast.reading import Tracker, read
from adserver.vast.resolve_tags import PATIENCE_MS, ResolveTags
from adserver.vast.third_party import TRACKERS_LIMIT, media_of, trackers_of
from kernel.errors import Invalid, Unavailable
from tests.adserver.house import House, avail

TAG, MEDIA = "https://w.example/tag", "https://m.example/large.mp4"
EVENTS = ("start", "firstQuartile", "midpoint", "thirdQuartile", "complete", "mute", "skip", "progress")


def media_file(url: str, **attributes: object) -> str:
    said = {"delivery": "progressive", "type": "video/mp4", "width": 640, "height": 360} | attributes
    written = " ".join(f"{name}='{value}'" for name, value in said.items())
    return f"<MediaFile {written}>{url}</MediaFile>"


FILES = (
    media_file("https://m.example/small.mp4", bitrate=300)
    + media_file(MEDIA, width=1280, bitrate=900)
    + media_file("https://m.example/huge.mp4", width=3840)
    + media_file("https://m.example/code.js", type="application/javascript")
    + media_file("https://m.example/vpaid.mp4", width=1920, apiFramework="VPAID")
    + media_file("https://m.example/stream.m3u8", delivery="streaming", width=1920)
)


def inline(files: str = FILES) -> bytes:
    tracked = "".join(f'<Tracking event="{name}">https://t.example/{name}</Tracking>' for name in EVENTS)
    return (
        "<VAST version='3.0'><Ad><InLine><Error>https://t.example/error</Error>"
        "<Impression>https://t.example/impression?[CACHEBUSTING]</Impression><Creatives><Creative><Linear>"
        f"<TrackingEvents>{tracked}</TrackingEvents><VideoClicks>"
        "<ClickTracking>https://t.example/click</ClickTracking></VideoClicks>"
        f"<MediaFiles>{files}</MediaFiles></Linear></Creative></Creatives></InLine></Ad></VAST>"
    ).encode()


WRAPPER = (
    b"<VAST version='3.0'><Ad><Wrapper><Impression>https://w.example/impression</Impression>"
    b"<VASTAdTagURI>https://ad.example/tag</VASTAdTagURI></Wrapper></Ad></VAST>"
)


class Net:
    """Everybody else's servers: what each address answers, and who was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answers: dict[str, bytes] = {TAG: WRAPPER, "https://ad.example/tag": inline(), MEDIA: b"film"}
        self.down: set[str] = set()

    async def __call__(self, url: str, limit_bytes: int) -> bytes | Unfetched:
        self.asked.append(url)
        if url in self.down:
            return Unfetched("no-answer", "status 500")
        return self.answers.get(url, b"" if url.startswith("https://t.example/") else b"pixel")


@pytest.fixture
def house(aredis, database, clock, new_id) -> House:
    return House(database, aredis, clock, new_id, auto_approve=False)


@pytest.fixture
def net() -> Net:
    return Net()


@pytest.fixture
def taken() -> list[bytes]:
    return []


@pytest.fixture
def resolve(house, net, taken) -> ResolveTags:
    async def take(owner, body, *, longest_ms):
        taken.append(body)
        return await house.media.admit(owner, f"upl_{owner}{len(taken)}", longest_ms=longest_ms)

    follow = FollowWrappers(net, dict)
    return ResolveTags(SqlTags(house.engine), follow, net, take, house.clock, house.announce)


@pytest.fixture
def fire(house, net) -> FireTrackers:
    return FireTrackers(SqlTags(house.engine), net, lambda: {"CACHEBUSTING": "12345678"}, house.clock)


async def submitted(house, tag_url: str = TAG):
    """A campaign whose one creative is a tag."""
    campaign = await house.running(spot=False, card=False)
    mine = campaign.advertiser_id, campaign.campaign_id
    creative = await house.submit(*mine, Submission("Theirs", "", "", tag_url), owner="acc")
    return campaign, creative


def now(house, creative):
    return house.campaigns.creative(creative.creative_id)


async def on_air(house, resolve):
    campaign, creative = await submitted(house)
    await resolve()
    house.media.finish(now(house, creative).asset_id, 8)
    await house.advance()
    await house.review(creative.creative_id, CreativeAction.APPROVE)
    return campaign, creative


async def test_it_is_fetched_conditioned_and_reviewed_before_it_serves(house, net, resolve, taken, clock):
    _, creative = await submitted(house)
    assert (creative.state, creative.is_card, creative.ready) == (CreativeState.PREPARING, False, False)
    await house.advance()  # nothing yet
    assert now(house, creative) == creative
    assert not (await house.serve(avail("a0", clock.now()))).fills
    assert await resolve() == 1
    assert (net.asked, taken) == ([TAG, "https://ad.example/tag", MEDIA], [b"film"])
    assert now(house, creative).asset_id
    assert await resolve() == 0
    house.media.finish(now(house, creative).asset_id, 8)
    await house.advance()
    assert now(house, creative).state is CreativeState.REVIEW
    assert not (await house.serve(avail("a1", clock.now()))).fills
    await house.review(creative.creative_id, CreativeAction.APPROVE)
    (fill,) = (await house.serve(avail("a2", clock.now()))).fills
    assert fill.asset_id == now(house, creative).asset_id
    assert now(house, creative).formats == {Format.VIDEO, Format.AUDIO}
    assert len(net.asked) == 3  # no request of a car ever asks anybody


async def test_their_trackers_are_told_of_what_is_counted_each_once(house, net, resolve, fire, clock):
    await on_air(house, resolve)
    (fill,) = (await house.serve(avail(at=clock.now()))).fills
    net.asked.clear()
    await house.post()
    assert await fire() == 0  # chosen and not played: nobody is told
    for name in ("impression", "firstQuartile", "midpoint", "thirdQuartile", "complete"):
        await house.record(fill.beacon, name)
        clock.advance(4)
    for name in ("tap", "mute", "error"):
        await house.record(fill.beacon, name)
    await house.post()
    told = [
        "https://w.example/impression", "https://t.example/impression?12345678", "https://t.example/start",
        "https://t.example/firstQuartile", "https://t.example/midpoint", "https://t.example/thirdQuartile",
        "https://t.example/complete", "https://t.example/mute", "https://t.example/click",
        "https://t.example/error",
    ]  # fmt: skip
    assert await fire() == len(told)
    assert sorted(net.asked) == sorted(told)
    for name in ("impression", "start", "complete", "tap"):
        await house.record(fill.beacon, name)
    await house.post()
    assert await fire() == 0
    assert len(net.asked) == len(told)


async def test_what_was_begun_is_never_begun_again(house, net, resolve, fire, clock):
    await on_air(house, resolve)
    (fill,) = (await house.serve(avail(at=clock.now()))).fills
    await house.record(fill.beacon, "impression")
    await house.post()
    net.asked.clear()
    claimed = fire.calls.claim(2, 2, {})  # its maker is killed here
    assert len(claimed) == 2
    assert await fire() == 1
    assert len(net.asked) == 1
    assert net.asked[0] not in {one.url for one in claimed}


async def test_one_that_is_down_is_noted_and_holds_nobody_up(house, net, resolve, fire, clock, database):
    await on_air(house, resolve)
    (fill,) = (await house.serve(avail(at=clock.now()))).fills
    net.down.add("https://w.example/impression")
    await house.record(fill.beacon, "impression")
    await house.post()
    assert await fire() == 3
    assert await fire() == 0
    with database.connect() as connection:
        states = connection.scalars(select(tracker_calls.c.state)).all()
    assert sorted(states) == ["no-answer", "told", "told"]
    clock.advance(29 * 86_400)
    assert await fire.expire() == 0
    clock.advance(2 * 86_400)
    assert await fire.expire() == 3
    with database.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(tracker_calls)) == 0


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ({TAG: b"<html/>"}, "tag-malformed"),
        ({TAG: b"<VAST version='4.2'/>"}, "tag-empty"),
        ({TAG: WRAPPER.replace(b"https://ad.example/tag", TAG.encode())}, "tag-too-deep"),
        ({TAG: inline("")}, "tag-without-media"),
        ({TAG: inline(media_file("https://m.example/a.m3u8", delivery="streaming"))}, "tag-without-media"),
    ],
)
async def test_what_leads_nowhere_is_told_with_its_reason(house, net, resolve, answers, reason):
    _, creative = await submitted(house)
    net.answers |= answers
    assert await resolve() == 1
    failed = now(house, creative)
    assert (failed.state, failed.reasons) == (CreativeState.FAILED, (reason,))
    assert await resolve() == 0


async def test_who_does_not_answer_is_asked_again_for_a_while(house, net, resolve, clock):
    _, creative = await submitted(house)
    for down in (TAG, MEDIA):
        net.down = {down}
        assert await resolve() == 0
        assert now(house, creative).state is CreativeState.PREPARING
    clock.advance(PATIENCE_MS / 1000)
    assert await resolve() == 1
    assert now(house, creative).reasons == ("tag-unreachable",)


async def test_a_film_that_cannot_be_prepared_is_refused_as_an_uploaded_one(house, net, resolve):
    _, creative = await submitted(house)
    house.media.length_ms = 90_000
    assert await resolve() == 1
    assert now(house, creative).state is CreativeState.FAILED
    assert now(house, creative).reasons[0].startswith("media-")


async def test_one_that_cannot_be_taken_now_waits_and_holds_nobody_up(house, net, resolve):
    _, first = await submitted(house)
    house.clock.advance(1)
    _, second = await submitted(house)
    admit, calls = resolve.take, []

    async def full(owner, body, *, longest_ms):
        calls.append(owner)
        if len(calls) == 1:
            raise Unavailable("storage-full", "The disk for uploads is nearly full.")
        return await admit(owner, body, longest_ms=longest_ms)

    object.__setattr__(resolve, "take", full)
    assert await resolve() == 1
    assert (now(house, first).asset_id, bool(now(house, second).asset_id)) == ("", True)
    assert await resolve() == 1
    assert now(house, first).asset_id


async def test_a_campaign_that_is_removed_leaves_nobody_to_tell(house, resolve, database):
    campaign, _ = await submitted(house)
    await resolve()
    with database.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(creative_trackers)) == 1
    await house.remove(campaign.advertiser_id, campaign.campaign_id, actor="acc")
    with database.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(creative_trackers)) == 0


async def test_a_withdrawn_one_is_not_asked(house, net, resolve):
    campaign, creative = await submitted(house)
    await house.withdraw(campaign.advertiser_id, campaign.campaign_id, creative.creative_id)
    assert await resolve() == 0
    assert net.asked == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"tag_url": "ftp://a.example"}, "tag-url-malformed"),
        ({"tag_url": "https://"}, "tag-url-malformed"),
        ({"tag_url": "https://user@a.example/"}, "tag-url-malformed"),
        ({"tag_url": "https://a.example/ b"}, "tag-url-malformed"),
        ({"tag_url": "https://a.example/" + "a" * 2000}, "tag-url-malformed"),
        ({"tag_url": TAG, "upload_id": "upl_acc1"}, "tag-and-upload"),
    ],
)
async def test_named_refusals(house, changes, code):
    campaign = await house.running(spot=False)
    mine = campaign.advertiser_id, campaign.campaign_id
    with pytest.raises(Invalid) as caught:
        await house.submit(*mine, msgspec.convert({"headline": "T"} | changes, Submission), owner="acc")
    assert caught.value.code == code
    assert "tag_url" in caught.value.fields


def test_which_file_is_taken():
    (ad,) = read(inline()).ads
    assert media_of(Resolved(ad, ())).url == MEDIA
    sound = media_file("https://m.example/a.mp3", type="audio/mpeg", width=0)
    (ad,) = read(inline(sound)).ads
    assert media_of(Resolved(ad, ())).media_type == "audio/mpeg"


def test_no_address_is_told_twice_of_one_event_and_not_endlessly_many_are_told():
    (ad,) = read(inline()).ads
    twice = Resolved(ad, (ad,))
    assert trackers_of(twice) == trackers_of(Resolved(ad, ()))
    assert Tracker("impression", "https://t.example/start") in trackers_of(twice)
    many = msgspec.structs.replace(ad, impressions=tuple(f"https://t.example/{n}" for n in range(500)))
    assert len(trackers_of(Resolved(many, ()))) == TRACKERS_LIMIT
    longest = "https://t.example/" + "x" * (URL_LIMIT - len("https://t.example/"))
    long = msgspec.structs.replace(ad, impressions=(longest + "x", longest))
    assert [one.url for one in trackers_of(Resolved(long, ())) if "xxx" in one.url] == [longest]
