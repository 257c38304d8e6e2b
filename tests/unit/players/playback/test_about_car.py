"""What the ad server is told of a car and of what plays in it."""

from dataclasses import dataclass, replace

import msgspec
import pytest

from adserver.booking.targeting import Genre, Powertrain
from content.channels.lineup import Lineups
from content.library.programme import Category, Programme
from media.timeline import Slot, SlotKind
from players.feed import signals
from players.feed.acceptance import Reading
from players.feed.head_unit import Vehicle
from players.feed.vehicle_state import VehicleState
from players.playback.about_car import genre_around

SHARES = Vehicle("veh_1", "Demo", model="Zoe", powertrain=Powertrain.ELECTRIC, state_consent=True)


@pytest.fixture
async def asked(house):
    """Offers a break of a session that is open; answers with what the ad server was told."""
    house.register(SHARES)
    unit, _ = house.unit()
    house.register(SHARES)
    opened = await house.open_session(unit, house.read_vehicle("veh_1"))
    playback = await house.sessions.playback("veh_1", opened.session_id, ())
    now = house.clock.now_ms()
    state = VehicleState({signals.CHARGE: Reading(15.0, now, now)})

    async def ask(**changes):
        session = msgspec.structs.replace(playback.session, **changes)
        await house.offer(session, state, "a1", 8, frozenset())
        return house.ads.asked[-1]

    return ask


async def test_the_records_are_not_read_where_nobody_asks(house, asked):
    told = await asked()
    assert (told.car.model, told.car.shared) == ("", False)
    assert told.zones == ("Europe/Paris",)


async def test_what_is_asked_is_told_as_far_as_the_owner_agreed(house, asked):
    house.asks_of_vehicle = True
    told = (await asked()).car
    assert (told.model, told.powertrain, told.shared, told.charge_percent) == (
        "Zoe", Powertrain.ELECTRIC, True, 15.0,
    )  # fmt: skip
    before = (await asked(shares_state=False)).car
    assert (before.model, before.shared, before.charge_percent) == ("Zoe", False, None)


async def test_taking_the_consent_back_counts_at_once_in_what_is_open(house, asked):
    house.asks_of_vehicle = True
    await house.set_state_consent("veh_1", shares_state=False)
    told = (await asked()).car
    assert (told.shared, told.charge_percent) == (False, None)
    house.units.remove_vehicle("veh_1")
    assert (await asked()).car.model == ""


@dataclass(frozen=True)
class Turns:
    """A programme, a break, another programme, fill and a break."""

    def slots(self, first, last):
        laid = [
            Slot(0, 10, "a", 10, SlotKind.PROGRAMME, "s0", "prg_news"),
            Slot(10, 2, "f", 1, SlotKind.BREAK, "s1"),
            Slot(12, 10, "b", 10, SlotKind.PROGRAMME, "s2", "prg_sport"),
            Slot(22, 10, "c", 10, SlotKind.PROGRAMME, "s3", "prg_news", fill=True),
            Slot(32, 2, "f", 1, SlotKind.BREAK, "s4"),
            Slot(34, 2, "b", 10, SlotKind.PROGRAMME, "s5", "prg_sport"),
            Slot(36, 2, "f", 1, SlotKind.BREAK, "s6"),
            Slot(38, 9, "", 1, SlotKind.PROGRAMME, "s7"),
        ]
        return [slot for slot in laid if slot.start <= last and slot.end > first]


@pytest.mark.parametrize(("start", "genre"), [(10, Genre.NEWS), (32, Genre.SPORT), (36, Genre.SPORT)])
async def test_what_is_on_is_what_went_before_a_break_or_else_what_follows(house, start, genre):
    programmes = {
        f"prg_{kind}": Programme(
            programme_id=f"prg_{kind}", asset_id="a", title="T", synopsis="", category=kind, language="fr",
            created_ms=0,
        )
        for kind in (Category.NEWS, Category.SPORT)
    }  # fmt: skip
    one = replace(house.lineups.channels["ch1"], schedule=Turns(), programmes=programmes)
    lineups = Lineups({"ch1": one}, "ch1", {})
    (slot,) = Turns().slots(start, start)
    assert genre_around(lineups, "ch1", slot) is genre
    assert genre_around(lineups, "ch_gone", slot) is None
