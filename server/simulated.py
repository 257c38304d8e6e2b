"""What the simulator's page is given: drives from files, and in a demo the campaigns' circles."""

from collections.abc import Callable, Sequence
from pathlib import PurePath

from adserver.adapters.sql_campaigns import SqlCampaigns
from adserver.booking.campaign import CampaignState
from geotarget.spatial_index import PlaceIndex
from kernel.errors import Invalid
from players.feed import trace
from players.feed.demo_drive import DrivePoint
from players.feed.signals import GEAR_DRIVE, GEAR_PARK
from players.web.simulator import Reach

REACHES_LIMIT = 500
CAMPAIGNS_LIMIT = 100


def read_drive(name: str, data: bytes) -> Sequence[DrivePoint]:
    """A trace for the page.

    Raises:
        Invalid: ``trace-unnamed`` for another kind of file, or ``trace-…`` saying what is wrong in it.
        TooLarge: ``trace-too-large`` or ``trace-too-long``.
    """
    if PurePath(name).suffix.lower() not in {".gpx", ".csv"}:
        raise Invalid("trace-unnamed", "A trace is a .gpx or a .csv file.")
    return [_drive_point(point) for point in trace.read(data).points]


def _drive_point(point: trace.Point) -> DrivePoint:
    stands = point.speed_kmh == 0
    gear = point.gear if point.gear is not None else GEAR_PARK if stands else GEAR_DRIVE
    brake = point.brake if point.brake is not None else gear == GEAR_PARK
    return DrivePoint(point.at_ms / 1000, point.latitude, point.longitude, point.speed_kmh, gear, brake)


def reaches_of(campaigns: SqlCampaigns, places: Callable[[], PlaceIndex]) -> Callable[[], Sequence[Reach]]:
    """Reads the newest campaigns' circles, by advertiser: the name of a campaign is its own affair."""

    def reaches() -> list[Reach]:
        index = places()
        found: list[Reach] = []
        names: dict[str, str] = {}
        for campaign in campaigns.newest(None, CAMPAIGNS_LIMIT):
            if campaign.state is CampaignState.ENDED:
                continue
            item = campaign.line_item
            if item.advertiser_id not in names:
                advertiser = campaigns.advertiser(item.advertiser_id)
                names[item.advertiser_id] = advertiser.name if advertiser else ""
            for place_id in item.place_ids:
                place = index.get(place_id)
                if place is not None and len(found) < REACHES_LIMIT:
                    found.append(
                        Reach(
                            names[item.advertiser_id],
                            place.name,
                            place.latitude,
                            place.longitude,
                            float(item.radius_m),
                        )
                    )
        return found

    return reaches
