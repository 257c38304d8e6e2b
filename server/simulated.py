"""What the simulator's page is given: drives from files, and in a demo the campaigns' circles."""

from collections.abc import Callable, Sequence
from pathlib import PurePath

from adserver.adapters.sql_campaigns import SqlCampaigns
from adserver.booking.campaign import CampaignState
from geotarget.spatial_index import PlaceIndex
from kernel.errors import Invalid
from players.feed import recording, signals, trace
from players.feed.demo_drive import ROUTES, DrivePoint
from players.feed.signals import GEAR_DRIVE, GEAR_PARK
from players.feed.viss_log import Told, VissLog, number
from players.web.simulator import ENDINGS, Reach, Recorded

REACHES_LIMIT = 500
CAMPAIGNS_LIMIT = 100
POINT_EVERY_MS = 500


def read_drive(name: str, data: bytes) -> Recorded:
    """A recorded drive for the page.

    Raises:
        Invalid: ``trace-unnamed`` for another kind of file, or ``trace-…`` saying what is wrong in it.
        TooLarge: ``trace-too-large`` or ``trace-too-long``.
    """
    if PurePath(name).suffix.lower() not in ENDINGS:
        raise Invalid("trace-unnamed", f"A drive is a file whose name ends in {', '.join(ENDINGS)}.")
    begins = data[:64].removeprefix(b"\xef\xbb\xbf").lstrip()
    if PurePath(name).suffix.lower() == ".gpx" and begins and not begins.startswith(b"<"):
        raise Invalid("trace-malformed", "The trace is no GPX: it does not begin as XML does.")
    found = recording.read(data)
    if isinstance(found, VissLog):
        told = [
            (message.at_ms / 1000, one.path, one.text)
            for message in found.messages
            for one in message.samples
        ]
        return Recorded(_way(found), told)
    return Recorded([_drive_point(point) for point in found.points])


def _way(log: VissLog) -> list[DrivePoint]:
    """Where to draw the car; only for the eye, because it reports what the log tells, and nothing of this.

    Before its first place it stands there; in a log without any, where the first drive of the page begins.
    """
    home = ROUTES[0].waypoints[0].spot
    known = {signals.LATITUDE: home[0], signals.LONGITUDE: home[1]}
    for message in reversed(log.messages):
        known |= {path: value for path, value in _drawable(message).items() if path in known}
    known |= {signals.SPEED: 0.0, signals.SELECTED_GEAR: float(GEAR_PARK)}
    points: list[DrivePoint] = []
    for message in log.messages:
        known |= _drawable(message)
        if (
            not points
            or message.at_ms - points[-1].t_s * 1000 >= POINT_EVERY_MS
            or message is log.messages[-1]
        ):
            gear = int(known[signals.SELECTED_GEAR])
            points.append(
                DrivePoint(
                    t_s=message.at_ms / 1000,
                    lat=known[signals.LATITUDE],
                    lon=known[signals.LONGITUDE],
                    speed_kmh=known[signals.SPEED],
                    gear=gear,
                    parking_brake=gear == GEAR_PARK,
                )
            )
    return points


def _drawable(message: Told) -> dict[str, float]:
    """What a message tells of the place, the speed and the gear, where it makes sense."""
    found = {}
    for path in (signals.LATITUDE, signals.LONGITUDE, signals.SPEED, signals.SELECTED_GEAR):
        signal = signals.SIGNALS[path]
        for one in message.samples:
            value = number(one, path)
            if value is not None and signal.lowest <= value <= signal.highest:
                found[path] = value
    return found


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
