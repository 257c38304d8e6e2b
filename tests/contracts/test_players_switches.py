"""The port Switches on every SQL engine."""

import pytest

from players.adapters.sql_head_units import SqlHeadUnits
from players.adapters.sql_switches import SqlSwitches
from players.adapters.tables import metadata
from players.feed.head_unit import Vehicle
from players.feed.switch import Evidence, KeptSwitch, Sought, Switch

NOW = 1_781_000_000_000


@pytest.fixture
def switches(engine) -> SqlSwitches:
    metadata.create_all(engine)
    units = SqlHeadUnits(engine)
    for vehicle_id in ("veh_1", "veh_2"):
        units.put_vehicle(Vehicle(vehicle_id, "A car"), NOW)
    return SqlSwitches(engine)


def switched(number: int, at_ms: int = 0, vehicle_id: str = "veh_1", **facts) -> KeptSwitch:
    given = {"cause": "report", "driving_state": "moving", "rule": "is-moving", "market": "FR"} | facts
    switch = Switch(
        vehicle_id=vehicle_id,
        at_ms=NOW + at_ms,
        policy="FR",
        source="Code de la route R412-6-2",
        proven=("engine-off",),
        signals={"Vehicle.Speed": Evidence("above-1-km/h", 120)},
        **given,
    )
    return KeptSwitch(f"sw_{number:03}", switch)


def ids(switches, **sought) -> list[str]:
    return [one.switch_id for one in switches.page(Sought(**sought), None, 100).switches]


def test_a_switch_reads_as_it_was_kept_and_is_kept_once(switches):
    one, other = switched(1, session_id="ses_1"), switched(2, 5)
    assert switches.add([one]) == 1
    assert switches.add([one, other]) == 2
    assert switches.page(Sought(), None, 10).switches == (other, one)


def test_each_part_of_a_search_narrows_it(switches):
    switches.add(
        [
            switched(1, 0),
            switched(2, 10, "veh_2"),
            switched(3, 20, driving_state="unknown", rule="speed-stale", cause="silence"),
            switched(4, 30, market="DE"),
        ]
    )
    assert ids(switches, vehicle_id="veh_2") == ["sw_002"]
    assert ids(switches, since_ms=NOW + 10, until_ms=NOW + 30) == ["sw_003", "sw_002"]
    assert ids(switches, driving_state="unknown") == ["sw_003"]
    assert ids(switches, rule="is-moving") == ["sw_004", "sw_002", "sw_001"]
    assert ids(switches, cause="silence") == ["sw_003"]
    assert ids(switches, market="DE") == ["sw_004"]
    assert ids(switches, market="DE", vehicle_id="veh_2") == []


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
def test_pages_hold_everything_once_even_where_much_is_of_one_moment(switches, limit):
    switches.add([switched(number, number // 3) for number in range(7)])
    found, after = [], None
    for _ in range(10):
        page = switches.page(Sought(), after, limit)
        found += [one.switch_id for one in page.switches]
        after = page.next
        if after is None:
            break
        assert len(page.switches) == limit
    assert found == [f"sw_{number:03}" for number in range(6, -1, -1)]


def test_nothing_is_kept_of_a_vehicle_that_there_is_not(switches):
    assert switches.add([switched(1, 0, "veh_gone"), switched(2)]) == 1
    assert switches.add([switched(3, 0, "veh_gone")]) == 0
    assert ids(switches) == ["sw_002"]


def test_a_vehicles_switches_are_erased_and_old_ones_forgotten(switches):
    switches.add([switched(1, 0), switched(2, 10), switched(3, 20, "veh_2")])
    assert switches.erase("veh_2") == 1
    assert switches.erase("veh_2") == 0
    assert switches.expire(NOW + 10) == 1
    assert ids(switches) == ["sw_002"]
