"""Whether a car would come to a place in vain."""

from datetime import timedelta

from adserver.booking.campaign import LineItem
from adserver.serving.avail import Avail
from geotarget.detour import travel_s
from geotarget.opening import is_open
from geotarget.place import Place


def closed(avail: Avail, item: LineItem, place: Place, distance_m: float) -> bool:
    """Whether it is surely closed when the car comes there, whatever zone it is in.

    Args:
        avail: which is heard, and the car leaves for the place.
        item: by whose zone hours are told where that of the car is not known.
        place: where hours are told, or are not.
        distance_m: how far it is, as coarsely as it may be told.
    """
    arrival = avail.heard_at + timedelta(seconds=travel_s(distance_m))
    zones = avail.zones or (item.timezone,)
    return all(is_open(place, arrival, zone, avail.market) is False for zone in zones)
