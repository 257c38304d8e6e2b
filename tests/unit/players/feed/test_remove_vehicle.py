import pytest

from kernel.errors import NotFound, Unauthorized
from players.adapters.sql_switches import SqlSwitches
from players.feed import signals
from players.feed.acceptance import Reading
from players.feed.head_unit import Vehicle
from players.feed.remove_vehicle import RemoveVehicle
from players.feed.switch import KeptSwitch, Sought, Switch
from players.feed.vehicle_state import UNKNOWN
from players.playback.resume_point import ResumePoint
from tests.players.house import PlayersHouse


@pytest.fixture
def house(aredis, database, clock, signer, new_id) -> PlayersHouse:
    return PlayersHouse(aredis, database, clock, signer, new_id)


@pytest.fixture
def switches(house, database) -> SqlSwitches:
    return SqlSwitches(database)


@pytest.fixture
def forgotten() -> list[str]:
    """Whose promotions nobody knows any more."""
    return []


@pytest.fixture
def remove(house, switches, forgotten) -> RemoveVehicle:
    async def forget_promotions(vehicle_id: str) -> None:
        forgotten.append(vehicle_id)

    return RemoveVehicle(
        house.units, house.points, switches, house.states, house.facts, house.set_consent, forget_promotions
    )


def kept(switches: SqlSwitches, vehicle_id: str = "") -> int:
    return len(switches.page(Sought(vehicle_id=vehicle_id), None, 10).switches)


async def test_a_vehicle_goes_with_all_that_is_kept_of_it(house, switches, remove, forgotten):
    unit, credential = house.unit()
    house.register(Vehicle("veh_2", "Another"))
    await house.change_market("veh_1", "DE", unit.head_unit_id)
    for number, vehicle_id in enumerate(("veh_1", "veh_2")):
        switch = Switch(vehicle_id, number, "report", "moving", "is-moving", "FR", "a law")
        assert switches.add([KeptSwitch(f"sw_{number}", switch)]) == 1
        house.points.put(ResumePoint(vehicle_id, "itm_1", "item/itm_1", 1, 9, False, 1))
    await house.park(house.feed())
    await house.facts.keep("veh_1", {signals.CHARGE: Reading(80.0, 1, 1)})
    await remove("veh_1")
    assert forgotten == ["veh_1"]
    assert await house.states.read("veh_1") == UNKNOWN
    assert await house.facts.read("veh_1") == {}
    with pytest.raises(Unauthorized):
        house.recognise(credential)
    assert house.units.vehicle("veh_1") is None
    assert house.markets.changes("veh_1", 10) == []
    assert (kept(switches, "veh_1"), kept(switches, "veh_2")) == (0, 1)
    assert (house.points.of("veh_1", 0, 9), len(house.points.of("veh_2", 0, 9))) == ([], 1)


async def test_what_is_written_late_of_it_is_not_kept(house, switches, remove):
    house.unit()
    await remove("veh_1")
    switch = Switch("veh_1", 1, "report", "moving", "is-moving", "FR", "a law")
    assert switches.add([KeptSwitch("sw_1", switch)]) == 0
    assert kept(switches) == 0


async def test_a_code_of_it_enrols_nobody(house, remove):
    from kernel.errors import Forbidden
    from players.feed.enrol_head_unit import CodeTerms

    house.register(Vehicle("veh_1", "A car"))
    code = house.issue_code(CodeTerms("veh_1"))
    await remove("veh_1")
    with pytest.raises(Forbidden, match="code-not-valid"):
        house.enrol(code)


async def test_one_that_is_not_there_is_told(remove):
    with pytest.raises(NotFound, match="vehicle-unknown"):
        await remove("veh_gone")
