"""The geotarget room on its engines."""

from dataclasses import dataclass

from starlette.routing import BaseRoute
from starlette.templating import Jinja2Templates

from geotarget.adapters.sql_places import SqlPlaces
from geotarget.find_nearby import FindNearby
from geotarget.import_places import ImportPlaces
from geotarget.list_places import ListPlaces
from geotarget.load_places import LoadPlaces
from geotarget.spatial_index import PlaceIndex
from geotarget.web import place_pages
from geotarget.web import places as place_api
from server.snapshots import Snapshot
from server.wiring.engines import Engines


@dataclass(frozen=True)
class Geotarget:
    """What other rooms and the server use of it."""

    index: Snapshot[PlaceIndex]
    find_nearby: FindNearby
    import_places: ImportPlaces
    list_places: ListPlaces

    def routes(self, templates: Jinja2Templates) -> list[BaseRoute]:
        """The API of places, and their page."""
        return [
            *place_api.routes(self.find_nearby, self.list_places, self.import_places),
            *place_pages.routes(self.list_places, self.import_places, templates),
        ]


def wire_geotarget(engines: Engines) -> Geotarget:
    """Build the room."""
    places = SqlPlaces(engines.database)
    index = Snapshot("places", LoadPlaces(SqlPlaces(engines.reads)))
    return Geotarget(
        index=index,
        find_nearby=FindNearby(index),
        import_places=ImportPlaces(places, engines.clock, engines.announce_sync),
        list_places=ListPlaces(SqlPlaces(engines.reads)),
    )
