"""What a play on demand claims of money and of rights when it is opened, and what it gives back."""

import asyncio
import dataclasses

import msgspec
import pytest

from adserver.billing.budget import EXPECTED_LIMIT_MS
from adserver.billing.impression import EventKind
from content.library.partner_item import ItemKind, PartnerItem
from kernel.clock import to_ms
from media.house_format import SEGMENT_MS
from players.playback.keep_resume import Told
from players.playback.on_demand import Item
from players.playback.session import open_grant
from tests.players.house import manifest

CLIP, FILM = Item("it1"), Item("itm_film")
CUES = (260, 520)


@pytest.fixture
def room(house):
    """The house with a film of 24 minutes that has two cues, besides the clip of 10 segments."""
    with_film(house, 750, CUES)
    return house


def with_film(house, segments, cues, *, for_children=False):
    item = PartnerItem("itm_film", "Studio", "Long", ItemKind.VIDEO, "film", 0, for_children=for_children)
    house.lineups = dataclasses.replace(house.lineups, items={**house.lineups.items, "itm_film": item})
    house.manifests["film"] = msgspec.structs.replace(manifest("film", segments), cues=cues)


async def document(room, opened, source=CLIP):
    return await room.pull_item.document(source, opened.session_id, opened.grant)


async def tell(room, opened, source, position_s):
    grant = open_grant(room.signer, opened.grant, room.clock.now_ms(), opened.session_id)
    return await room.keep_resume(grant, Told(position_s, item_id=source.item_id))


def noted(room, kind):
    return {fill_id for fill_id, noted in room.noted if noted == kind.value}


async def test_each_stop_is_offered_with_the_moment_at_which_it_is_expected(room):
    now_ms = room.clock.now_ms()
    await document(room, await room.opened(), FILM)
    assert [avail.starts_at for avail in room.ads.asked] == [None] * 3
    expected = [(to_ms(avail.expected_at) - now_ms) // SEGMENT_MS for avail in room.ads.asked]
    # After the content before it, and the longest pods that may stand before it.
    assert expected == [0, 260 + 16, 520 + 16 + 32]


async def test_no_stop_is_sold_so_late_in_a_film_that_no_claim_would_be_held_until_then(room):
    with_film(room, 10_000, tuple(range(260, 10_000, 260)))
    now_ms = room.clock.now_ms()
    await document(room, await room.opened(), FILM)
    last_ms = max(to_ms(avail.expected_at) for avail in room.ads.asked) - now_ms
    assert EXPECTED_LIMIT_MS - 400 * SEGMENT_MS < last_ms < EXPECTED_LIMIT_MS


async def test_stops_are_named_by_their_turn_wherever_the_film_was_left(room):
    opened = await room.opened()
    await document(room, opened, FILM)
    assert [one.avail_id for one in room.ads.asked] == [
        f"{opened.session_id}-itm_film.1-{name}" for name in ("pre", "mid-1", "mid-2")
    ]


async def test_openings_that_differ_in_where_it_was_left_pay_for_each_stop_once(room):
    """One finds it unwatched; before it asks the ad server it was left elsewhere, and another opens it."""
    opened = await room.opened()
    asked, left = asyncio.Event(), asyncio.Event()

    async def hold():
        if not asked.is_set():
            asked.set()
            await left.wait()

    room.ads.meanwhile = hold
    slow = asyncio.create_task(document(room, opened, FILM))
    await asked.wait()
    await tell(room, opened, FILM, 300)
    room.noted.clear()
    won = await document(room, opened, FILM)
    left.set()
    lost = await slow
    assert lost.breaks == won.breaks
    # It is left at 156: the one stop that is far enough from it is the first of this play.
    assert len(won.breaks) == 2
    names = [avail.avail_id.rpartition(".1-")[2] for avail in room.ads.asked]
    assert sorted(names) == ["mid-1", "mid-1", "mid-2", "pre", "pre"]
    kept = {fill.fill_id for one in won.breaks for fill in one.fills}
    assert noted(room, EventKind.STITCHED) == kept
    # The ads before it were the same for both.
    back = noted(room, EventKind.NOT_USED)
    assert {name.rpartition(".1-")[2][:5] for name in back} == {"mid-1", "mid-2"}
    assert not back & kept


async def test_what_is_not_conditioned_is_in_no_play_and_its_claim_goes_back(room):
    room.raw = {"ad1-1"}
    told = await document(room, await room.opened())
    (stop,) = told.breaks
    assert [fill.fill_id.endswith("pre-2-1") for fill in stop.fills] == [True]
    assert stop.ends_at_ms - stop.starts_at_ms == 4 * SEGMENT_MS
    assert len(noted(room, EventKind.NOT_USED)) == 1
    assert not noted(room, EventKind.NOT_USED) & noted(room, EventKind.PLANNED)


@pytest.mark.parametrize("ill", ["broken", "dry"])
async def test_the_right_to_ads_before_it_is_not_spent_where_none_came(room, ill):
    unit, _ = room.unit()
    opened = [await room.open_session(unit, room.read_vehicle("veh_1")) for _ in range(3)]
    setattr(room.ads, ill, True)
    assert (await document(room, opened[0])).breaks == ()
    setattr(room.ads, ill, False)
    assert [len((await document(room, one)).breaks) for one in opened[1:]] == [1, 0]


async def test_the_right_to_ads_before_it_is_not_spent_on_a_film_for_children(room):
    unit, _ = room.unit()
    opened = [await room.open_session(unit, room.read_vehicle("veh_1")) for _ in range(2)]
    with_film(room, 750, CUES, for_children=True)
    assert (await document(room, opened[0], FILM)).breaks == ()
    assert len((await document(room, opened[1])).breaks) == 1


async def test_a_play_gives_back_its_own_right_alone(room):
    vehicle, unit = "veh_1", "hu_1"
    assert await room.plays.claim_preroll(vehicle, unit, "one", 60_000)
    await room.plays.release_preroll(vehicle, unit, "other")
    assert not await room.plays.claim_preroll(vehicle, unit, "other", 60_000)
    await room.plays.release_preroll(vehicle, unit, "one")
    assert await room.plays.claim_preroll(vehicle, unit, "other", 60_000)
