"""What the snapshot of the demand says of a card that stands."""

import pytest

from adserver.serving.avail import Location
from adserver.serving.demand import EDGE_M

PLACE = Location(48.1173, -1.6778)
METRES_PER_DEGREE = 111_204


@pytest.mark.parametrize(("beyond_m", "stands"), [(-100, True), (EDGE_M - 10, True), (EDGE_M + 10, False)])
async def test_a_card_stands_until_its_place_is_clearly_out_of_reach(house, beyond_m, stands):
    item = (await house.running()).line_item
    index = house.demand()
    here = Location(PLACE.latitude + (item.radius_m + beyond_m) / METRES_PER_DEGREE, PLACE.longitude)
    assert index.still_reaches(item.line_item_id, item.place_ids[0], here) is stands


async def test_what_is_not_known_any_more_is_not_judged(house):
    item = (await house.running()).line_item
    nowhere = Location(0.0, 0.0)
    assert house.demand().still_reaches("li_gone", item.place_ids[0], nowhere)
    assert house.demand().still_reaches(item.line_item_id, "place_gone", nowhere)
