"""What keeps vehicles, head units and codes must do, on every engine."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from msgspec.structs import replace

from adserver.booking.targeting import Powertrain
from players.adapters.sql_head_units import SqlHeadUnits
from players.adapters.tables import metadata
from players.feed.head_unit import (
    AdOutput,
    Enrolment,
    EnrolmentCode,
    HeadUnit,
    Role,
    Technique,
    Vehicle,
    Zone,
)


@pytest.fixture
def units(engine) -> SqlHeadUnits:
    metadata.create_all(engine)
    return SqlHeadUnits(engine)


def code(uses: int, expires_at_ms: int = 1_000) -> EnrolmentCode:
    terms = Role.BOTH, Zone.REAR, Technique.SLATE, 4, uses, expires_at_ms, AdOutput.INTERSTITIALS
    return EnrolmentCode("c" * 64, "veh_1", *terms, shielded=True)


def test_a_vehicle_is_added_and_changed_but_for_its_market(units):
    vehicle = Vehicle("veh_1", "Démo “1”", "DE", "de-AT", True, True, "Mégane", Powertrain.ELECTRIC, True)
    units.put_vehicle(vehicle, 5)
    assert units.vehicle("veh_1") == vehicle
    changed = Vehicle("veh_1", "Other", location_consent=False)
    units.put_vehicle(changed, 6)
    assert units.vehicle("veh_1") == replace(changed, market="DE")
    assert units.vehicle("veh_2") is None


def test_a_code_makes_what_it_says(units):
    units.put_code(code(1))
    unit = units.enrol("c" * 64, "hu_1", "d" * 64, 999)
    assert unit == HeadUnit(
        "hu_1", "veh_1", Role.BOTH, Zone.REAR, Technique.SLATE, 4, AdOutput.INTERSTITIALS, True, False
    )
    assert units.by_credential("d" * 64) == unit
    assert units.by_credential("e" * 64) is None
    assert (units.unit("hu_1"), units.unit("hu_2")) == (unit, None)


def test_unknown_used_up_and_expired_codes(units):
    assert units.enrol("c" * 64, "hu_1", "d" * 64, 0) is None
    units.put_code(code(1))
    assert units.enrol("c" * 64, "hu_1", "d" * 64, 1_000) is None
    assert units.enrol("c" * 64, "hu_1", "d" * 64, 0)
    assert units.enrol("c" * 64, "hu_2", "e" * 64, 0) is None
    units.put_code(code(1))
    assert units.enrol("c" * 64, "hu_2", "e" * 64, 0)


def test_a_code_for_three_is_used_three_times_however_many_race(units):
    units.put_code(code(3))
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda n: units.enrol("c" * 64, f"hu_{n}", f"{n:064}", 0), range(12)))
    assert sum(unit is not None for unit in found) == 3


def test_head_units_are_listed_by_vehicle_and_revoked_for_good(units):
    units.put_code(code(2))
    first = units.enrol("c" * 64, "hu_2", "d" * 64, 1)
    second = units.enrol("c" * 64, "hu_1", "e" * 64, 2)
    listed = [Enrolment(first, 1, "c" * 64), Enrolment(second, 2, "c" * 64)]
    assert list(units.units_of("veh_1")) == listed
    assert list(units.units_of("veh_2")) == []
    assert units.known(["hu_1", "hu_2", "hu_3"]) == {"hu_1", "hu_2"}
    assert units.revoke("hu_2")
    assert units.known(["hu_1", "hu_2"]) == {"hu_1"}
    assert units.known([]) == set()
    assert not units.revoke("hu_2")
    assert units.by_credential("d" * 64) is None
    assert units.unit("hu_2") is None
    assert list(units.units_of("veh_1")) == listed[1:]
