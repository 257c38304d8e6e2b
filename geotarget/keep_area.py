"""Keep one area, find it, or remove it."""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from geotarget.area import Area
from geotarget.area_geojson import Feature, read_area
from geotarget.in_use import refuse_in_use
from geotarget.ports import Areas, CampaignsIn
from kernel.clock import Clock
from kernel.errors import Invalid, NotFound
from kernel.ids import NewId

OWN_SOURCE = "drawn"
"""The list of areas that were made one by one."""


@dataclass(frozen=True)
class KeepArea:
    """Areas one by one.

    Args:
        campaigns_in: who points at one; an area is not taken from under a campaign.
        announce: told ``areas`` when something changed.
    """

    areas: Areas
    campaigns_in: CampaignsIn
    clock: Clock
    new_id: NewId
    announce: Callable[[str], None]

    def __call__(self, data: bytes) -> Area:
        """A new area from a GeoJSON feature, named by its property ``name``.

        Raises:
            Invalid: ``file-malformed``, or what ``geotarget.area_geojson.read_area`` says.
        """
        try:
            feature = msgspec.json.decode(data, type=Feature)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            message = f"This is no GeoJSON feature: {error}."
            raise Invalid("file-malformed", message, fix="See RFC 7946 for what one looks like.") from None
        area = read_area(feature, OWN_SOURCE, self.new_id("are"))
        self.areas.store([area], self.clock.now_ms(), dry_run=False)
        self.announce("areas")
        return area

    def find(self, area_id: str) -> Area:
        """One area.

        Raises:
            NotFound: ``area-unknown``.
        """
        found = self.areas.get(area_id)
        if found is None:
            raise _unknown()
        return found

    def remove(self, area_id: str) -> None:
        """Remove it.

        Raises:
            NotFound: ``area-unknown``.
            Conflict: ``area-in-use`` while a campaign that is not over points at it.
        """
        refuse_in_use("area", self.campaigns_in(area_id))
        if not self.areas.remove(area_id):
            raise _unknown()
        self.announce("areas")


def _unknown() -> NotFound:
    return NotFound("area-unknown", "There is no such area.", fix="Open it from the list of areas.")
