"""From decisions to a forecast: counted off their way, kept coarsely, told beside the form."""

from datetime import timedelta

import pytest

from adserver.booking.campaign import Approach, Priority
from adserver.booking.cap import FrequencyCap
from adserver.booking.forecast import Bound, Expected
from adserver.booking.plan import Plan
from adserver.booking.targeting import Daypart, Powertrain, Targeting
from adserver.serving.avail import Car
from adserver.serving.returning import TIMES_S, Came, Scale, week_of
from adserver.serving.supply import HOUR_MS, Kind, Slot
from geotarget.area import Disc, make_area
from geotarget.coarsen import cell
from geotarget.course import Course
from kernel.errors import Invalid
from tests.adserver.house import RENNES, avail, card_avail, place
from tests.adserver.web import as_advertiser, browser

FAR = (48.85, 2.35)


@pytest.fixture
async def near_rennes(house, clock):
    """Two weeks of ten cards an hour in Rennes and in Paris, and five films of cars of no known place."""
    hour = clock.now_ms() // HOUR_MS
    counted = {}
    for before in range(1, 2 * 168 + 1):
        for where in (RENNES, FAR):
            counted[Slot(hour - before, cell(*where), "FR", Kind.CARD)] = 10
        counted[Slot(hour - before, "", "FR", Kind.VIDEO)] = 5
    house.supply.add(counted)
    house.places = [place("Rennes"), place("Toulouse", 43.6, 1.44)]
    return house


def plan(house, days: int = 7, **changes) -> Plan:
    now = house.clock.now()
    return Plan(now, now + timedelta(days=days), **({"place_ids": (house.places[0].place_id,)} | changes))


async def test_a_decision_is_counted_once_by_hour_and_cell_and_nothing_else_of_it(house, clock, database):
    await house.running()
    for _ in range(2):
        await house.decide(avail("a1", clock.now(), subject="car-of-somebody"))
    await house.decide(card_avail("a2", clock.now() + timedelta(hours=1), location=None, market="BE"))
    await house.note_supply.flush()
    await house.note_supply.flush()
    with database.connect() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM avail_counts ORDER BY hour").all()
    hour = clock.now_ms() // HOUR_MS
    assert [tuple(row) for row in rows] == [
        (hour, cell(*RENNES), "FR", "video", 1),
        (hour + 1, "", "BE", "card", 1),
    ]


async def test_a_place_in_reach_has_what_was_offered_around_it(near_rennes):
    house = near_rennes
    found = house.forecast(plan(house))
    assert (found.code, found.history_days, found.total.available, found.total.contended) == (
        "forecast",
        14,
        1700,
        0,
    )
    assert found.unlocated_permille == 200
    assert house.forecast(plan(house, place_ids=(house.places[1].place_id,))).code == "few"
    assert house.forecast(plan(house, place_ids=("plc_gone",))).code == "few"
    assert house.forecast(plan(house, place_ids=())).code == "no-targeting"
    # A circle far smaller than the cell has that much less of it.
    small = house.forecast(plan(house, radius_m=250)).total.available
    assert 0 < small < 700


async def test_another_campaign_contends_for_as_long_as_it_runs(near_rennes, clock):
    house = near_rennes
    await house.running(
        place_ids=(house.places[0].place_id,), ends_at=clock.now() + timedelta(days=3, hours=12)
    )
    await house.running(place_ids=(house.places[1].place_id,), ends_at=clock.now() + timedelta(days=90))
    found = house.forecast(plan(house))
    assert (found.competitors, found.total.contended, found.total.possible) == (1, 840, 1300)
    later = Plan(
        clock.now() + timedelta(days=4), clock.now() + timedelta(days=6), (house.places[0].place_id,)
    )
    assert house.forecast(later).competitors == 0


async def test_what_others_want_is_what_their_budgets_leave_them(near_rennes):
    """Of 1,680 one of 100 showings takes that, and one that is lower or the house's takes nothing."""
    house, here = near_rennes, near_rennes.places[0].place_id
    ends = house.clock.now() + timedelta(days=7)
    await house.running(place_ids=(here,), ends_at=ends, budget_micros=10**6, spot=False)
    small = house.forecast(plan(house))
    assert (small.competitors, small.total) == (1, Expected(1700, 100, 1600))
    assert house.forecast(plan(house, priority=Priority.SPONSORSHIP)).competitors == 0
    await house.running(place_ids=(here,), ends_at=ends, spot=False, priority=Priority.SPONSORSHIP)
    great = house.forecast(plan(house))
    assert (great.competitors, great.total, great.bound) == (2, Expected(1700, 1700, 0), Bound.OTHERS)
    # Among equals there is a part for everybody; a film takes no card.
    equal = house.forecast(plan(house, priority=Priority.SPONSORSHIP))
    assert equal.total == Expected(1700, 1700, 840)


async def test_who_has_films_alone_takes_no_card(near_rennes):
    house = near_rennes
    await house.running(place_ids=(house.places[0].place_id,), card=False)
    assert house.forecast(plan(house)).total.contended == 0


async def test_caps_are_reckoned_with_by_how_often_cars_came_back(near_rennes, clock):
    house = near_rennes
    asked = plan(house, caps=(FrequencyCap(1, 86_400),))
    assert house.forecast(asked).unreckoned == ("cap",)
    for n in range(40):
        await house.decide(card_avail(f"a{n}", clock.now(), subject=f"car{n % 10}"))
    await house.note_returns.flush()
    await house.keep_returns()
    clock.advance(3600)
    found = house.forecast(plan(house, caps=(FrequencyCap(1, 86_400),)))
    assert (found.bound, found.unreckoned) == (Bound.CAP, ())
    assert found.total.possible == pytest.approx(found.total.available / 4, rel=0.05)
    assert found.vehicles == pytest.approx(found.total.available / 4, rel=0.05)


async def test_the_larger_the_reach_the_more_often_a_car_comes_back(near_rennes, clock):
    """Once within 2 km, four times a day within 32: around one place, around three, and in an area."""
    house = near_rennes
    sides = {2: 1, 8: 2, 32: 4, 128: 4, 512: 4}
    came = {Scale(True, km, s): Came(400, 400 // often) for km, often in sides.items() for s in TIMES_S}
    house.supply.keep_returns(week_of(clock.now_ms()), came)
    house.places += [place("Bruz", 48.02, -1.75), place("Cesson", 48.12, -1.60)]
    disc = Disc(*RENNES, 18_000)
    house.areas = [make_area("test", "Rennes", "Rennes", disc)]
    ids = tuple(one.place_id for one in house.places if one.name != "Toulouse")

    def kept(**changes) -> float:
        found = house.forecast(plan(house, caps=(FrequencyCap(1, 86_400),), **changes)).total
        return found.possible / found.available

    assert kept(radius_m=600) == pytest.approx(1, abs=0.05)
    assert kept(radius_m=4_500) == pytest.approx(0.5, abs=0.05)
    assert kept(radius_m=18_000) == pytest.approx(0.25, abs=0.05)
    # Three circles are as a larger one.
    assert 0.25 < kept(radius_m=4_500, place_ids=ids) < 0.45
    # Of an area only what cars came by is known to be its size.
    assert kept(place_ids=(), area_ids=(house.areas[0].area_id,)) == pytest.approx(1, abs=0.05)


async def test_which_way_cars_go_and_what_they_are_is_reckoned_with(near_rennes, clock):
    """Each of a hundred goes somewhere, and one in four is electric."""
    house = near_rennes
    electric, other = (Car(powertrain=one, told=True) for one in (Powertrain.ELECTRIC, Powertrain.HYBRID))
    for n in range(100):
        one = card_avail(f"a{n}", clock.now(), course=Course(90.0), car=other if n % 4 else electric)
        await house.decide(one)
    await house.note_supply.flush()
    clock.advance(3600)
    any_way = Approach(ahead=False)
    whole = house.forecast(plan(house, approach=any_way)).total.available
    ahead = house.forecast(plan(house)).total.available
    assert ahead == pytest.approx(whole * 0.56, rel=0.05)
    targeting = Targeting(powertrains=(Powertrain.ELECTRIC,))
    quarter = house.forecast(plan(house, approach=any_way, targeting=targeting)).total.available
    assert quarter == pytest.approx(whole / 4, rel=0.05)


async def test_no_history_says_so(house):
    house.places = [place("Rennes")]
    assert house.forecast(plan(house)).code == "no-history"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"days": 0}, "forecast-flight"),
        ({"days": 900}, "forecast-flight"),
        ({"radius_m": 1}, "radius-out-of-range"),
        ({"area_ids": ("are",) * 501}, "areas-too-many"),
        ({"targeting": Targeting(dayparts=(Daypart((), "7", "9"),))}, "daypart-malformed"),
    ],
)
async def test_what_cannot_be_asked(house, changes, code):
    house.places = [place("Rennes")]
    with pytest.raises(Invalid) as refused:
        house.forecast(plan(house, **changes))
    assert refused.value.code == code


async def test_over_the_api_and_beside_the_form_in_both_languages(near_rennes):
    house = near_rennes
    me = as_advertiser(house.register("Garage").advertiser_id)
    now = house.clock.now()
    asked = {
        "starts_at": now.isoformat(),
        "ends_at": (now + timedelta(days=7)).isoformat(),
        "place_ids": [house.places[0].place_id],
    }
    typed = {
        "starts": "2026-06-15T12:00", "ends": "2026-06-22T12:00", "timezone": "Europe/Paris",
        "radius_km": "5", "cap_count": "4", "place_id": house.places[0].place_id,
    }  # fmt: skip
    async with browser(house) as web:
        found = (await web.post("/v1/forecast", headers=me, json=asked)).json()
        assert (found["code"], found["total"]["available"]) == ("forecast", 1700)
        wrong = await web.post("/v1/forecast", headers=me, json=asked | {"vehicle": "x"})
        assert wrong.status_code == 422
        assert (await web.post("/v1/forecast", json=asked)).status_code in {401, 403}
        at = "/advertiser/campaigns/new/forecast"
        assert "1,700" in (await web.post(at, headers=me, data=typed)).text
        hours = {"whom_hours_0": "08:00-14:00", "whom_modality": "any"}
        assert ">420<" in (await web.post(at, headers=me, data=typed | hours)).text
        french = me | {"Cookie": "lang=fr"}
        panel = (await web.post(at, headers=french, data=typed)).text
        assert "1\u202f700" in panel
        assert "opportunités à portée" in panel
        assert "de 1\u202f" in panel
        refused = (await web.post(at, headers=french, data=typed | {"whom_charge_percent_least": "200"})).text
        assert "Choisissez de 0 à 100" in refused
        capped = {"cap_count": "1", "cap_window_s": "86400", "detour_max_min": "5"}
        told = (await web.post(at, headers=me, data=typed | capped)).text
        assert "Not in these numbers: the frequency cap, the longest detour." in told
        french_told = (await web.post(at, headers=french, data=typed | capped)).text
        assert "Ne sont pas dans ces nombres" in french_told
        assert (
            "lieux ou des zones" in (await web.post(at, headers=french, data=typed | {"place_id": ""})).text
        )
        page = (
            await web.post("/advertiser/campaigns/new", headers=me, data=typed | {"do": "search-areas"})
        ).text
        assert 'data-expected="available">1,700<' in page
