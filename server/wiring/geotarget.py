"""The geotarget room on its engines."""

from dataclasses import dataclass

from starlette.routing import BaseRoute
from starlette.templating import Jinja2Templates

from geotarget.adapters.import_folder import ImportFolder
from geotarget.adapters.sql_places import SqlPlaces
from geotarget.correct_place import CorrectPlace
from geotarget.find_nearby import FindNearby
from geotarget.import_places import ImportPlaces
from geotarget.list_places import ListPlaces
from geotarget.load_places import LoadPlaces
from geotarget.ports import CampaignsAt
from geotarget.spatial_index import PlaceIndex
from geotarget.try_import import TryImport
from geotarget.web import import_pages, place_pages
from geotarget.web import places as place_api
from geotarget.withdraw_place import WithdrawPlace
from server.snapshots import Snapshot
from server.wiring.engines import Engines


@dataclass(frozen=True)
class Geotarget:
    """What other rooms and the server use of it."""

    index: Snapshot[PlaceIndex]
    find_nearby: FindNearby
    import_places: ImportPlaces
    list_places: ListPlaces
    try_import: TryImport
    correct_place: CorrectPlace
    withdraw_place: WithdrawPlace

    def routes(self, templates: Jinja2Templates) -> list[BaseRoute]:
        """The API of places, and their page."""
        return [
            *place_api.routes(self.find_nearby, self.list_places, self.import_places),
            *import_pages.routes(self.try_import, templates),
            *place_pages.routes(self.list_places, self.correct_place, self.withdraw_place, templates),
        ]


def wire_geotarget(engines: Engines, campaigns_at: CampaignsAt) -> Geotarget:
    """Build the room."""
    clock, announce = engines.clock, engines.announce_sync
    places = SqlPlaces(engines.database)
    index = Snapshot("places", LoadPlaces(SqlPlaces(engines.reads)))
    import_places = ImportPlaces(places, clock, announce)
    attempts = ImportFolder(engines.settings.data_dir / "imports")
    return Geotarget(
        index=index,
        find_nearby=FindNearby(index),
        import_places=import_places,
        list_places=ListPlaces(SqlPlaces(engines.reads)),
        try_import=TryImport(import_places, attempts, clock, engines.new_id),
        correct_place=CorrectPlace(places, clock, announce),
        withdraw_place=WithdrawPlace(places, campaigns_at, clock, announce),
    )
