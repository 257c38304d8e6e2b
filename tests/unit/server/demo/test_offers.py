"""The demo's campaigns along the drive that the simulator begins with, decided as the service decides."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from adserver.booking.campaign import CampaignState, Creative, CreativeState, LineItem
from adserver.serving.avail import Avail, Format, Location
from adserver.serving.decision import fill
from adserver.serving.demand import DemandIndex
from adserver.serving.offer import Offer
from adserver.serving.usage import Usage
from geotarget.json_places import read_geojson
from geotarget.place import Category
from kernel.clock import to_ms
from players.feed.demo_drive import ROUTES, drive
from server.demo import films
from server.demo.places import SOURCE, geojson
from server.demo.seed import BREAKS, OFFERS, order_of

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
OFFERED = {
    0: frozenset({Format.CARD}),
    BREAKS[0]: frozenset({Format.AUDIO}),
    BREAKS[1]: frozenset({Format.AUDIO}),
}


def creatives(key: str) -> tuple[Creative, ...]:
    def one(name: str, **more) -> Creative:
        return Creative(name, key, key, key, name, state=CreativeState.APPROVED, headline="", body="", **more)

    (spot,) = [film for film in films.SPOTS if film.key == key]
    return (
        one("card", formats=frozenset({Format.CARD}), created_ms=0),
        one(
            "spot",
            formats=frozenset({Format.VIDEO, Format.AUDIO}),
            created_ms=0,
            asset_id=spot.asset_id,
            segments=spot.segments,
        ),
    )


def demand() -> DemandIndex:
    known = {place.place_id: place for place in read_geojson(geojson(), SOURCE, Category.POI).places}
    offers = []
    for one in OFFERS:
        order = order_of(one, NOW, "EUR")
        item = LineItem(
            one.key,
            one.key,
            one.key,
            order.name,
            to_ms(order.starts_at),
            to_ms(order.ends_at),
            order.budget_micros,
            order.cpm_micros,
            order.currency,
            order.radius_m,
            order.place_ids,
            order.category,
            caps=order.line_item_caps,
        )
        offers.append(Offer(item, CampaignState.ACTIVE, one.advertiser, creatives(one.key)))
    return DemandIndex(offers, known)


def winners(segments: int) -> list[tuple[str, ...]]:
    """Who is chosen at each second of the way, the first choice first."""
    index, usage = demand(), Usage({offer.key: 10**9 for offer in OFFERS}, {})
    found = []
    for point in drive(ROUTES[0]):
        at = NOW + timedelta(seconds=point.t_s)
        here = Location(point.lat, point.lon)
        avail = Avail("a", "car", segments, OFFERED[segments], at, here)
        chosen = fill(avail, index.candidates(here, to_ms(at)), usage, 0.5)
        found.append(tuple(one.line_item.line_item_id for one in chosen.fills))
    return found


def test_each_campaign_has_a_good_part_of_the_first_way():
    """One that won nearly all of it would leave the demo's advertiser with nothing shown."""
    for segments in (0, BREAKS[0]):
        seconds = Counter(chosen[0] for chosen in winners(segments))
        assert set(seconds) == {offer.key for offer in OFFERS}
        assert min(seconds.values()) > 0.25 * seconds.total()


def test_the_campaign_of_the_demos_advertiser_is_seen_in_the_first_minutes():
    own = OFFERS[0].key
    assert {chosen[0] for chosen in winners(0)[:60]} == {own}  # a card from the start on
    assert {chosen[0] for chosen in winners(BREAKS[0])[:60]} == {own}
    in_long_breaks = [own in chosen for chosen in winners(BREAKS[1])[:180]]
    assert sum(in_long_breaks) > 90
