import pytest

from kernel.errors import NotFound
from players.feed.enrol_head_unit import CodeTerms
from players.feed.head_unit import Vehicle, digest
from players.feed.list_head_units import ListHeadUnits


async def test_head_units_are_told_with_when_and_by_which_code_they_were_enrolled(house):
    listed = ListHeadUnits(house.units)
    with pytest.raises(NotFound, match="vehicle-unknown"):
        listed("veh_1")
    house.register(Vehicle("veh_1", "Demo"))
    assert list(listed("veh_1")) == []
    code = house.issue_code(CodeTerms("veh_1"))
    unit = house.recognise(house.enrol(code).credential)
    [one] = listed("veh_1")
    assert (one.unit, one.enrolled_ms, one.code_sha256) == (unit, house.clock.now_ms(), digest(code))
