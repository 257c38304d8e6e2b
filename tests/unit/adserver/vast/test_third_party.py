"""A creative that is somebody else's tag: fetched, conditioned, reviewed; and its trackers told once."""

import asyncio

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
from adserver.vast.resolve_tags import AGAIN_MS, PATIENCE_MS, ResolveTags
from adserver.vast.third_party import FILMS_LIMIT, TRACKERS_LIMIT, films_of, trackers_of
from kernel.errors import Invalid, Unavailable
from tests.adserver.house import House, avail

TAG, MEDIA = "https://w.example/tag", "https://m.example/large.mp4"
SMALL, HUGE = "https://m.example/small.mp4", "https://m.example/huge.mp4"
OWN_ERROR, WRAPPERS_ERROR = (
    "https://t.example/error?[ERRORCODE]",
    b"<Error>https://w.example/error?[ERRORCODE]</Error>",
)
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


def inline(files: str = FILES, error: str = "https://t.example/error") -> bytes:
    tracked = "".join(f'<Tracking event="{name}">https://t.example/{name}</Tracking>' for name in EVENTS)
    return (
        f"<VAST version='3.0'><Ad><InLine><Error>{error}</Error>"
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
        self.refused: dict[str, str] = {}
        self.broken: set[str] = set()

    async def __call__(self, url: str, limit_bytes: int) -> bytes | Unfetched:
        self.asked.append(url)
        if url in self.broken:
            raise ExceptionGroup("of the address", [OverflowError()])
        if url in self.down:
            return Unfetched("no-answer", "status 500")
        if url in self.refused:
            return Unfetched(self.refused[url], "")
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
        ({TAG: inline(media_file("https://m.example/a.js", type="text/javascript"))}, "tag-without-media"),
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
    tries = PATIENCE_MS // AGAIN_MS
    for number in range(tries):
        net.asked.clear()
        net.down = {TAG} if number % 2 else {MEDIA, SMALL, HUGE}
        assert await resolve() == 0
        assert net.asked[0] == TAG
        clock.advance(AGAIN_MS / 1000 - 1)
        net.asked.clear()
        assert await resolve() == 0
        assert net.asked == []  # not yet again
        assert now(house, creative).state is CreativeState.PREPARING
        clock.advance(1)
    assert await resolve() == 1
    assert now(house, creative).reasons == ("tag-unreachable",)


@pytest.mark.parametrize("code", ["address-refused", "not-found", "too-many-redirects"])
async def test_who_is_not_there_is_not_asked_again(house, net, resolve, fire, code):
    _, first = await submitted(house)
    net.refused = dict.fromkeys((MEDIA, SMALL, HUGE), code)
    assert await resolve() == 1
    assert now(house, first).reasons == ("tag-unreachable",)
    net.refused = {TAG: code}
    _, second = await submitted(house)
    assert await resolve() == 1
    assert now(house, second).reasons == ("tag-unreachable",)


@pytest.mark.parametrize("hindrance", ["too-large", "not-found", "down"])
async def test_the_best_film_that_can_be_fetched_is_taken(house, net, resolve, taken, hindrance):
    await submitted(house)
    net.answers[SMALL] = b"small"
    if hindrance == "down":
        net.down = {MEDIA}
    else:
        net.refused = {MEDIA: hindrance}
    assert await resolve() == 1
    assert taken == [b"small"]
    assert net.asked[-2:] == [MEDIA, SMALL]


async def test_films_that_are_all_too_large_are_told_of_so(house, net, resolve):
    _, creative = await submitted(house)
    net.refused = {MEDIA: "too-large", SMALL: "too-large", HUGE: "not-found"}
    assert await resolve() == 1
    assert now(house, creative).reasons == ("tag-media-too-large",)


async def test_a_tag_that_breaks_what_asks_it_ends_no_other(house, net, resolve, clock):
    poison = "https://poison.example/tag"
    _, first = await submitted(house, poison)
    clock.advance(1)
    _, second = await submitted(house)
    net.broken = {poison}
    assert await resolve() == 1
    assert (now(house, first).state, bool(now(house, second).asset_id)) == (CreativeState.PREPARING, True)
    clock.advance(PATIENCE_MS / 1000)
    assert await resolve() == 1
    assert now(house, first).reasons == ("tag-unreachable",)


async def test_two_workers_make_one_of_a_tag(house, net, resolve, taken):
    await submitted(house)
    both = await asyncio.gather(resolve(), resolve())
    assert sorted(both) == [0, 1]
    assert len(taken) == 1
    assert net.asked.count(TAG) == 1


async def test_one_that_hangs_holds_up_nobody_else(house, net, resolve, clock):
    hanging = "https://hanging.example/tag"
    for _ in range(3):
        await submitted(house, hanging)
        clock.advance(1)
    others = [(await submitted(house))[1] for _ in range(2)]
    over, given_up = asyncio.Event(), []

    async def slow(url, limit_bytes):
        if url != hanging:
            return await net(url, limit_bytes)
        try:
            await over.wait()
        except asyncio.CancelledError:
            given_up.append(url)
            raise
        return Unfetched("too-slow", "")

    object.__setattr__(resolve, "follow", FollowWrappers(slow, dict))
    announce = resolve.announce

    async def told(what):
        await announce(what)
        if all(now(house, one).asset_id for one in others):
            over.set()

    object.__setattr__(resolve, "announce", told)
    assert await resolve() == 2
    assert given_up == []  # the others did not wait for that


@pytest.mark.parametrize(
    ("answers", "refused", "code"),
    [
        ({"https://ad.example/tag": b"<html/>"}, {}, 101),
        ({}, {"https://ad.example/tag": "not-found"}, 301),
        (
            {"https://ad.example/tag": b"<VAST version='4.2'><Error>https://t.example/none</Error></VAST>"},
            {},
            303,
        ),
        ({"https://ad.example/tag": inline("", OWN_ERROR)}, {}, 403),
        (
            {"https://ad.example/tag": inline(media_file(MEDIA), OWN_ERROR)},
            {MEDIA: "not-found"},
            401,
        ),
        ({"https://ad.example/tag": inline(media_file(MEDIA), OWN_ERROR)}, {MEDIA: "too-large"}, 405),
    ],
)  # fmt: skip
async def test_who_wants_to_know_of_errors_is_told_once(
    house, net, resolve, fire, clock, answers, refused, code
):
    net.answers |= answers | {TAG: WRAPPER.replace(b"<VASTAd", WRAPPERS_ERROR + b"<VASTAd")}
    net.down = {TAG}
    await submitted(house)
    assert await resolve() == 0
    assert await fire() == 0  # not yet given up: nobody is told
    net.down, net.refused = set(), refused
    clock.advance(AGAIN_MS / 1000)
    assert await resolve() == 1
    net.asked.clear()
    told = {f"https://w.example/error?{code}"}
    if code == 303:
        told.add("https://t.example/none")
    elif code > 400:
        told.add(f"https://t.example/error?{code}")
    assert await fire() == len(told)
    assert set(net.asked) == told
    clock.advance(86_400)
    assert (await resolve(), await fire()) == (0, 0)
    assert len(net.asked) == len(told)


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
    assert sorted(bool(now(house, one).asset_id) for one in (first, second)) == [False, True]
    house.clock.advance(AGAIN_MS / 1000)
    assert await resolve() == 1
    assert all(now(house, one).asset_id for one in (first, second))


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


def films(*files: str, mezzanine: str = "", url: str = "https://ad.example/a/tag") -> list[str]:
    """The names of those that are tried, in their order."""
    (ad,) = read(inline("".join(files) + mezzanine.replace("MediaFile", "Mezzanine"))).ads
    return [
        one.removeprefix("https://m.example/")
        for one in films_of(Resolved(ad, (), url), {"CACHEBUSTING": "7"})
    ]


def test_which_file_is_taken():
    assert films(FILES) == ["large.mp4", "small.mp4", "huge.mp4"]
    assert films() == []

    def one(name: str, width: int, bitrate: int, **more: object) -> str:
        return media_file(f"https://m.example/{name}", width=width, bitrate=bitrate, **more)

    sound = one("sound", 0, 1000, type="audio/mpeg")
    assert films(sound, one("unsaid", 0, 900)) == ["unsaid", "sound"]
    dense = one("25M", 1920, 25_000), one("14M", 1920, 14_000)
    assert films(*dense, one("720", 1280, 2_500), one("5M", 1920, 5_000), one("12M", 1920, 12_000)) == [
        "12M", "5M", "720", "14M", "25M",
    ]  # fmt: skip
    wide = one("8k", 7680, 9_000), one("4k", 3840, 9_000)
    assert films(sound, *wide, one("25M", 640, 25_000)) == ["25M", "4k", "8k", "sound"]
    master = one("master", 1920, 0)
    assert films(sound, mezzanine=master) == ["sound", "master"]
    assert films(mezzanine=master) == ["master"]
    assert len(films(*(one(str(n), n, 1) for n in range(40)))) == FILMS_LIMIT
    assert films(*[one("same", 640, 1)] * 3) == ["same"]


def test_where_a_file_is():
    found = films(
        media_file("//cdn.example/c.mp4?[CACHEBUSTING]", width=1920),
        media_file("../d.mp4?at=[LATLONG]", width=1280),
        media_file("http://[half", width=640),
    )
    assert found == ["https://cdn.example/c.mp4?7", "https://ad.example/d.mp4?at=-2", "http://[half"]


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
