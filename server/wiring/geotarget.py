"""The geotarget room on its engines."""

from dataclasses import dataclass

from starlette.routing import BaseRoute
from starlette.templating import Jinja2Templates

from geotarget.adapters.geopy_geocoder import geocoder_at
from geotarget.adapters.http_routing import routing_at
from geotarget.adapters.import_folder import ImportFolder
from geotarget.adapters.obstore_extracts import ObstoreExtracts
from geotarget.adapters.osmium_extracts import OsmiumExtracts
from geotarget.adapters.redis_addresses import RedisAddresses
from geotarget.adapters.redis_extract_imports import RedisExtractImports
from geotarget.adapters.saq_extract_queue import SaqExtractQueue
from geotarget.adapters.sql_areas import SqlAreas
from geotarget.adapters.sql_places import SqlPlaces
from geotarget.area_index import AreaIndex
from geotarget.correct_place import CorrectPlace
from geotarget.find_address import FindAddress
from geotarget.find_nearby import FindNearby
from geotarget.import_areas import ImportAreas
from geotarget.import_extract import ImportExtract
from geotarget.import_places import ImportPlaces
from geotarget.keep_area import KeepArea
from geotarget.list_areas import ListAreas
from geotarget.list_places import ListPlaces
from geotarget.load_areas import LoadAreas
from geotarget.load_places import LoadPlaces
from geotarget.ports import CampaignsAt, CampaignsIn
from geotarget.route_detours import RouteDetours
from geotarget.run_extract import RunExtract
from geotarget.send_extract import SendExtract
from geotarget.spatial_index import PlaceIndex
from geotarget.try_import import TryImport
from geotarget.web import addresses as address_api
from geotarget.web import area_pages, extract_pages, import_pages, place_pages
from geotarget.web import areas as area_api
from geotarget.web import extracts as extract_api
from geotarget.web import places as place_api
from geotarget.withdraw_place import WithdrawPlace
from server.metrics import ROUTING
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
    areas: Snapshot[AreaIndex]
    list_areas: ListAreas
    keep_area: KeepArea
    import_areas: ImportAreas
    import_extract: ImportExtract
    send_extract: SendExtract
    run_extract: RunExtract
    find_address: FindAddress
    detours: RouteDetours | None

    def routes(self, templates: Jinja2Templates) -> list[BaseRoute]:
        """The API of places and areas, and their pages."""
        return [
            *place_api.routes(self.find_nearby, self.list_places, self.import_places),
            *area_api.routes(self.list_areas, self.keep_area, self.import_areas),
            *extract_api.routes(self.send_extract),
            *address_api.routes(self.find_address),
            *area_pages.routes(
                self.list_areas, self.keep_area, self.import_areas, self.send_extract, templates
            ),
            *import_pages.routes(self.try_import, self.send_extract, templates),
            *extract_pages.routes(self.send_extract, templates),
            *place_pages.routes(self.list_places, self.correct_place, self.withdraw_place, templates),
        ]


def wire_geotarget(engines: Engines, campaigns_at: CampaignsAt, campaigns_in: CampaignsIn) -> Geotarget:
    """Build the room."""
    clock, announce = engines.clock, engines.announce_sync
    places, areas = SqlPlaces(engines.database), SqlAreas(engines.database)
    read_places, read_areas = SqlPlaces(engines.reads), SqlAreas(engines.reads)
    index = Snapshot("places", LoadPlaces(read_places), read_places.revision)
    # Some areas lie around places: they are made anew when those are.
    area_index = Snapshot("areas", LoadAreas(read_areas, index), lambda: (read_areas.revision(), index()))
    import_places = ImportPlaces(places, clock, announce)
    import_areas = ImportAreas(areas, clock, announce)
    import_extract = ImportExtract(OsmiumExtracts(), import_places, import_areas)
    extracts = ObstoreExtracts(engines.objects, engines.settings.data_dir / "imports")
    imports = RedisExtractImports(engines.redis_sync)
    attempts = ImportFolder(engines.settings.data_dir / "imports")
    return Geotarget(
        index=index,
        find_nearby=FindNearby(index),
        import_places=import_places,
        list_places=ListPlaces(read_places),
        try_import=TryImport(import_places, attempts, clock, engines.new_id),
        correct_place=CorrectPlace(places, clock, announce),
        withdraw_place=WithdrawPlace(places, campaigns_at, clock, announce),
        areas=area_index,
        list_areas=ListAreas(read_areas, area_index),
        keep_area=KeepArea(areas, campaigns_in, clock, engines.new_id, announce),
        import_areas=import_areas,
        import_extract=import_extract,
        send_extract=SendExtract(
            extracts, imports, SaqExtractQueue(engines.lanes.extracts), clock, engines.new_id
        ),
        run_extract=RunExtract(import_extract, extracts, imports),
        find_address=_find_address(engines),
        detours=_detours(engines),
    )


def _detours(engines: Engines) -> RouteDetours | None:
    """By a routing engine, where one is configured."""
    url = engines.settings.routing_url
    if not url:
        return None
    return RouteDetours(routing_at(url), engines.clock, lambda outcome: ROUTING.labels(outcome).inc())


def _find_address(engines: Engines) -> FindAddress:
    settings = engines.settings
    agent = settings.geocoder_agent or f"Roadcast (+{settings.base_url})"
    geocoder = geocoder_at(settings.geocoder_url, agent, settings.geocoder_key_file)
    return FindAddress(
        geocoder, RedisAddresses(engines.redis, settings.geocoder_every_ms, settings.geocoder_url)
    )
