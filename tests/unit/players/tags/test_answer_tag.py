"""A tag is answered by the decision that fills our own breaks, once, and with sound alone on the road."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
from lxml import etree

from adserver.billing.budget import RESERVATION_TTL_MS
from adserver.serving.avail import Format, Refused
from adserver.vast.document import Version
from kernel.errors import Forbidden, NotFound
from media.house_format import SEGMENT_MS
from players.feed.enrol_head_unit import CodeTerms
from players.feed.head_unit import Role, Technique, Vehicle, Zone
from players.feed.motion_policy import Cards, Withheld
from players.playback.pull_playlist import Channel
from players.playback.session import Scope, open_grant
from players.tags import answer_tag
from players.tags.tag import Tag
from tests.players.house import DRIVING

V = "{http://www.iab.com/VAST}"
TAG = Tag("b1", 15, 16, Version.V4_2)


class Memory:
    """The ad server as it is: one avail, one answer."""

    def __init__(self, house) -> None:
        self.house, self.answers = house, {}

    async def __call__(self, avail):
        if avail.avail_id not in self.answers:
            served = await self.house.ads(avail)
            now_ms = self.house.clock.now_ms()
            self.answers[avail.avail_id] = msgspec.structs.replace(served, decided_ms=now_ms)
        return self.answers[avail.avail_id]


@pytest.fixture
def house(house):
    object.__setattr__(house.offer, "serve_break", Memory(house))
    return house


async def answer(house, session, tag=TAG):
    return etree.fromstring((await house.answer_tag(session.grant, tag)).body)


def files(root) -> list[tuple[str, str]]:
    return [
        (one.get("width"), urlsplit(one.text).path.rpartition("/")[2]) for one in root.iter(f"{V}MediaFile")
    ]


async def test_it_is_an_avail_of_the_session_within_the_tags_limits(house):
    session = await house.opened()
    house.at(48.1, -1.6)
    root = await answer(house, session, Tag("b1", 9, 2, Version.V4_2))
    (avail,) = house.ads.asked
    assert avail.avail_id == f"{session.session_id}-tag-b1"
    assert (avail.subject, avail.segments, avail.ads_limit) == ("veh_1", 9, 2)
    assert (avail.location.latitude, avail.location.longitude) == (48.1, -1.6)
    assert len(root) == 2
    assert {kind for _, kind in house.noted} == {"planned"}


async def test_the_same_break_is_decided_once_and_another_anew(house):
    session = await house.opened()
    first = await house.answer_tag(session.grant, TAG)
    assert await house.answer_tag(session.grant, TAG) == first
    assert len(house.ads.asked) == 1
    other = await house.answer_tag(session.grant, Tag("b2", 15, 16, Version.V4_2))
    assert other.body != first.body
    assert len(house.ads.asked) == 2


async def test_while_it_moves_or_nothing_is_known_there_is_sound_only(house):
    session, feed = await house.opened(), house.feed()
    root = await answer(house, session)
    assert house.ads.asked[-1].formats == {Format.AUDIO}
    assert {ad.get("adType") for ad in root} == {"audio"}
    assert files(root) == [("0", "audio.m3u8")] * 2
    await house.park(feed)
    parked = Tag("b2", 15, 16, Version.V4_2)
    root = await answer(house, session, parked)
    assert house.ads.asked[-1].formats == {Format.AUDIO, Format.VIDEO}
    assert {ad.get("adType") for ad in root} == {"video"}
    assert files(root) == [("1280", "multivariant.m3u8")] * 2
    house.clock.advance(0.5)
    await house.tell(feed, DRIVING)
    # Even what was decided while it stood.
    root = await answer(house, session, parked)
    assert {ad.get("adType") for ad in root} == {"audio"}
    assert files(root) == [("0", "audio.m3u8")] * 2


@pytest.mark.parametrize("technique", [Technique.SLATE, Technique.AUDIO_ONLY])
async def test_a_player_that_cannot_renew_its_lease_gets_the_sound(house, technique):
    session, feed = await house.opened(technique), house.feed()
    await house.park(feed)
    assert {ad.get("adType") for ad in await answer(house, session)} == {"audio"}


async def test_what_has_no_picture_is_sound_wherever_the_car_stands(house):
    session, feed = await house.opened(), house.feed()
    await house.park(feed)
    real = house.answer_tag.manifests

    async def sound(asset_id):
        return msgspec.structs.replace(await real(asset_id), has_picture=False)

    object.__setattr__(house.answer_tag, "manifests", sound)
    assert {ad.get("adType") for ad in await answer(house, session)} == {"audio"}


def stills(root) -> list[str]:
    return [one.text for one in root.iter(f"{V}StaticResource")]


@pytest.fixture
def with_stills(house):
    """Ads whose cards have a picture, but for the first."""
    decide = house.offer.serve_break

    async def decided(avail):
        served = await decide(avail)
        bare, *rest = served.fills
        cards = (
            msgspec.structs.replace(one.card, image_url=f"/v1/assets/{one.asset_id}/poster.jpg")
            for one in rest
        )
        pictured = (msgspec.structs.replace(one, card=card) for one, card in zip(rest, cards, strict=True))
        return msgspec.structs.replace(served, fills=(bare, *pictured))

    object.__setattr__(house.offer, "serve_break", decided)
    return house


async def test_the_card_beside_a_spot_is_told_where_it_may_stand_whatever_the_car_does(with_stills):
    session, feed = await with_stills.opened(), with_stills.feed()
    unheard = await answer(with_stills, session)
    assert (len(unheard), stills(unheard)) == (2, [])  # its market is not known
    await with_stills.park(feed)
    (still,) = stills(await answer(with_stills, session))
    with_stills.clock.advance(0.5)
    await with_stills.tell(feed, DRIVING)
    root = await answer(with_stills, session)
    assert ({ad.get("adType") for ad in root}, stills(root)) == ({"audio"}, [still])
    base_url = with_stills.answer_tag.base_url
    assert still.startswith(f"{base_url}/v1/assets/")
    assert still.endswith("/poster.jpg")
    old = await answer(with_stills, session, Tag("b1", 15, 16, Version.V3_0))
    assert [one.text for one in old.iter("StaticResource")] == [still]


@pytest.mark.parametrize("cards", [Cards.NO, Cards.NOW])
async def test_what_may_have_to_go_when_the_car_moves_off_is_not_handed_out(with_stills, cards, monkeypatch):
    session, feed = await with_stills.opened(), with_stills.feed()
    await with_stills.park(feed)
    monkeypatch.setattr(answer_tag, "cards_on", lambda *_: cards)
    root = await answer(with_stills, session)
    assert (len(root), stills(root)) == (2, [])


async def test_it_expires_when_its_claims_go_back(house):
    session = await house.opened()
    assert [one.text for one in (await answer(house, session)).iter(f"{V}Expires")] == ["600", "600"]
    house.clock.advance(590)
    assert [one.text for one in (await answer(house, session)).iter(f"{V}Expires")] == ["10", "10"]
    house.clock.advance(timedelta(milliseconds=RESERVATION_TTL_MS).total_seconds() - 590)
    assert len(await answer(house, session)) == 0


async def test_its_media_play_for_as_long_as_it_may_and_no_longer(house):
    session = await house.opened()
    root = await answer(house, session)
    url = urlsplit(next(root.iter(f"{V}MediaFile")).text)
    spot, (grant,) = url.path.split("/")[4], parse_qs(url.query)["grant"]
    assert url.path.split("/")[:4] == ["", "play", "spot", session.session_id]
    house.clock.advance(600 + 15 * SEGMENT_MS / 1000 - 0.001)
    assert await house.pull_spot(session.session_id, spot, "audio", grant)
    house.clock.advance(0.002)
    with pytest.raises(Forbidden, match="offered"):
        await house.pull_spot(session.session_id, spot, "audio", grant)


async def test_what_it_hands_on_opens_playlists_alone(house):
    session = await house.opened()
    assert open_grant(house.signer, session.grant, house.clock.now_ms()).scope is Scope.SCREEN
    handed = [urlsplit(session.urls.vast)]
    handed += [urlsplit(one.text) for one in (await answer(house, session)).iter(f"{V}MediaFile")]
    for url in handed:
        grant = open_grant(house.signer, parse_qs(url.query)["grant"][0], house.clock.now_ms())
        assert (grant.scope, grant.session_id) == (Scope.PLAY, session.session_id)
    assert len(handed) == 3


async def test_a_rear_screens_tag_shows_no_more_than_a_drivers(house):
    house.register(Vehicle("veh_1", "Demo", market="FR"))
    terms = CodeTerms("veh_1", Role.SCREEN, Zone.REAR, Technique.TWO_ELEMENT, shielded=True)
    unit = house.recognise(house.enrol(house.issue_code(terms)).credential)
    opened = await house.open_session(unit, house.read_vehicle("veh_1"))
    handed = parse_qs(urlsplit(opened.urls.vast).query)["grant"][0]
    other = msgspec.structs.replace(opened, grant=handed)
    feed = house.feed()
    await house.park(feed)
    assert isinstance(await house.poll(Channel("ch1"), other, "v720"), bytes)
    await house.tell(feed, DRIVING)
    for pulled in ("v720", "video"):
        assert isinstance(await house.poll(Channel("ch1"), other, pulled), Withheld)
        assert isinstance(await house.poll(Channel("ch1"), opened, pulled), bytes)


async def test_with_no_answer_or_no_ads_there_is_an_empty_document(house):
    session = await house.opened()
    house.ads.dry = True
    assert len(await answer(house, session)) == 0
    house.ads.broken = True
    assert len(await answer(house, session, Tag("b2", 15, 16, Version.V3_0))) == 0
    assert house.noted == []


async def test_it_tells_how_many_were_refused_for_which_reason(house):
    session = await house.opened()
    no = [Refused("li_1", "no-budget"), Refused("li_2", "out-of-reach"), Refused("li_3", "no-budget")]
    real = house.offer.serve_break

    async def refusing(avail):
        return msgspec.structs.replace(await real(avail), refusals=tuple(no))

    object.__setattr__(house.offer, "serve_break", refusing)
    assert (await house.answer_tag(session.grant, TAG)).refused == {"no-budget": 2, "out-of-reach": 1}


async def test_what_is_not_conditioned_is_never_handed_out(house):
    session = await house.opened()
    house.raw.add("ad1-1")
    root = await answer(house, session)
    assert [ad.get("id") for ad in root] == [f"{session.session_id}-tag-b1-2-1"]
    assert (f"{session.session_id}-tag-b1-1-1", "not-used") in house.noted


async def test_what_a_place_decided_is_dropped_when_the_owner_takes_the_consent_back(house):
    session = await house.opened()
    house.at(48.1, -1.6)
    assert len(await answer(house, session)) == 2
    house.clock.advance(1)
    await house.set_consent("veh_1", shares_location=False)
    assert len(await answer(house, session)) == 0
    assert {kind for _, kind in house.noted} == {"planned", "not-used"}
    await answer(house, session, Tag("b2", 15, 16, Version.V4_2))
    assert house.ads.asked[-1].location is None


async def test_named_refusals(house):
    session = await house.opened()
    for token, at_ms, error, code in (
        ("", 0, Forbidden, "signature-invalid"),
        (session.grant.replace("ses", "sos", 1), 0, Forbidden, "signature-invalid"),
        (session.grant, 13 * 3600, Forbidden, "grant-expired"),
    ):
        house.clock.advance(at_ms)
        with pytest.raises(error) as caught:
            await house.answer_tag(token, TAG)
        assert caught.value.code == code


async def test_a_session_that_is_not_kept_is_unknown(house, aredis):
    session = await house.opened()
    await aredis.flushdb()
    with pytest.raises(NotFound, match="session"):
        await house.answer_tag(session.grant, TAG)
