"""What columns tell of the way to places, against what the checklist says of each."""

import random
from datetime import UTC, datetime

import numpy as np
import pytest

from adserver.booking.campaign import Approach, CampaignState, Creative, CreativeState, LineItem
from adserver.serving.approaches import Approaches
from adserver.serving.avail import Avail, Format, Location
from adserver.serving.demand import DemandIndex
from adserver.serving.eligibility import unable
from adserver.serving.offer import Offer
from adserver.serving.reason import Reason
from geotarget.course import Course
from geotarget.place import Category, Place
from geotarget.reach_index import Circle, ReachIndex
from kernel.clock import to_ms

NOW = datetime(2026, 6, 15, 10, tzinfo=UTC)
SPOT = frozenset({Format.VIDEO, Format.AUDIO})
HOURS = ("", "24/7", "Su 08:00-09:00", "whenever")
FAR = (Reason.DETOUR_TOO_LONG, Reason.BEYOND_RANGE)


def some(chance, n):
    told = chance.choice(HOURS)
    here = Place(
        f"p{n}", "t", str(n), "P", "", Category.DEALER, 48 + chance.uniform(-0.05, 0.05),
        -1 + chance.uniform(-0.05, 0.05), attributes={"opening_hours": told} if told else {},
    )  # fmt: skip
    wish = Approach(False, chance.random() < 0.7, chance.random() < 0.7, chance.choice([0, 2, 10]))
    item = LineItem(
        f"li_{n}", "cmp", "adv", "x", to_ms(NOW) - 1, to_ms(NOW) + 10**9, 10**12, 12_000_000, "EUR", 20_000,
        (here.place_id,), approach=wish,
    )  # fmt: skip
    film = Creative(
        "film", item.line_item_id, "cmp", "adv", "S", SPOT, CreativeState.APPROVED, "H", "", 0, "ast",
        segments=8,
    )  # fmt: skip
    return here, Offer(item, CampaignState.ACTIVE, "A", (film,))


@pytest.mark.parametrize("course", [None, Course(0.0)])
@pytest.mark.parametrize("range_m", [None, 0, 4_000])
def test_columns_say_what_the_checklist_says(course, range_m):
    chance = random.Random(4)
    places, offers = zip(*(some(chance, n) for n in range(24)), strict=True)
    avail = Avail("a", "car", 16, SPOT, NOW, Location(48.0, -1.0), range_m=range_m, course=course)
    index = DemandIndex(offers, {one.place_id: one for one in places})
    seen = {one.offer.line_item.line_item_id: one for one in index.candidates(avail.location, 0, course)}
    near = ReachIndex(Circle(str(n), one, 20_000) for n, one in enumerate(places)).nearest(48.0, -1.0, course)
    rows, stand = near.owners, np.arange(len(near))
    approaches = Approaches(offers, [[one] for one in places])
    found = approaches.too_far(near, rows, stand, avail, None)
    far = np.zeros(len(rows), bool) if found is None else found
    hours = approaches.hours(near, rows, stand, avail)
    refusals = [unable(avail, seen[f"li_{row}"]) for row in rows.tolist()]
    reasons = [one.reason if one else None for one in refusals]
    assert far.tolist() == [one in FAR for one in reasons]
    shut = [bool(hours.told[at]) and hours.closed(at) and not far[at] for at in range(len(rows))]
    assert shut == [one is Reason.CLOSED_ON_ARRIVAL for one in reasons]
    assert Reason.CLOSED_ON_ARRIVAL in reasons or range_m == 0
    # Who has no place here is neither, and who was stopped before stays so.
    nowhere = np.full(len(rows), -1)
    everybody = np.ones(len(rows), bool)
    assert approaches.too_far(near, rows, nowhere, avail, everybody).all()
    assert not approaches.too_far(near, rows, nowhere, avail, ~everybody).any()
    assert approaches.hours(near, rows, nowhere, avail) is None
