"""The players' room on its engines, of two halves: one hears vehicles, the other plays."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.routing import BaseRoute
from starlette.templating import Jinja2Templates

from players.adapters.redis_revocations import RedisRevocations
from players.feed.change_market import ChangeMarket
from players.feed.enrol_head_unit import EnrolHeadUnit, IssueCode, RegisterVehicle, RevokeHeadUnit
from players.feed.keep_switches import KeepSwitches
from players.feed.list_head_units import ListHeadUnits
from players.feed.remove_vehicle import RemoveVehicle
from players.feed.set_consent import SetConsent, SetStateConsent
from players.playback.keep_resume import KeepResume
from players.web import dash, simulator
from server.simulated import reaches_of, read_drive
from server.wiring.adserver import Adserver
from server.wiring.content import Content
from server.wiring.engines import Engines
from server.wiring.geotarget import Geotarget
from server.wiring.media import Media
from server.wiring.playback import wire_playback
from server.wiring.vehicles import wire_vehicles


@dataclass(frozen=True)
class Players:
    """What the server uses of it."""

    listen: Callable[[], Awaitable[None]]
    end_streams: Callable[[], None]
    hear_mqtt: Callable[[], Awaitable[None]]
    register_vehicle: RegisterVehicle
    set_consent: SetConsent
    set_state_consent: SetStateConsent
    change_market: ChangeMarket
    issue_code: IssueCode
    enrol: EnrolHeadUnit
    list_head_units: ListHeadUnits
    revoke: RevokeHeadUnit
    keep_resume: KeepResume
    keep_switches: KeepSwitches
    remove_vehicle: RemoveVehicle
    make_routes: Callable[[Jinja2Templates], list[BaseRoute]]

    def routes(self, templates: Jinja2Templates) -> list[BaseRoute]:
        """Enrolment, sessions, playlists, segments, the vehicles' feed, the push channel and the pages."""
        return self.make_routes(templates)


def wire_players(
    engines: Engines, media: Media, content: Content, adserver: Adserver, geotarget: Geotarget
) -> Players:
    """Build the room."""
    vehicles = wire_vehicles(engines, adserver.fences, adserver.forget_vehicle)
    playback = wire_playback(engines, vehicles, media, content, adserver)
    units, clock = vehicles.units, engines.clock
    reaches = reaches_of(adserver.campaigns, geotarget.index) if engines.settings.demo else tuple

    async def listen() -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(vehicles.push.run())
            tasks.create_task(playback.guard.run())
            tasks.create_task(adserver.note_fills.run())
            tasks.create_task(adserver.note_decisions.run())
            tasks.create_task(adserver.note_supply.run())
            tasks.create_task(adserver.note_returns.run())
            tasks.create_task(adserver.keep_traces.run())
            tasks.create_task(adserver.keep_standings.run())
            tasks.create_task(vehicles.keep_switches.run())

    def routes(templates: Jinja2Templates) -> list[BaseRoute]:
        pages = simulator.routes(
            templates=templates, recognise=vehicles.recognise, read_trace=read_drive, reaches=reaches
        )
        return [
            *playback.make_routes(),
            *vehicles.make_routes(templates),
            *dash.routes(templates=templates),
            *pages,
        ]

    return Players(
        listen=listen,
        end_streams=playback.end_streams,
        hear_mqtt=vehicles.hear_mqtt,
        register_vehicle=RegisterVehicle(units, clock),
        set_consent=vehicles.set_consent,
        set_state_consent=vehicles.set_state_consent,
        change_market=vehicles.change_market,
        issue_code=IssueCode(units, clock, engines.new_id),
        enrol=vehicles.enrol,
        list_head_units=ListHeadUnits(units),
        revoke=RevokeHeadUnit(units, RedisRevocations(engines.redis), clock),
        keep_resume=playback.keep_resume,
        keep_switches=vehicles.keep_switches,
        remove_vehicle=vehicles.remove_vehicle,
        make_routes=routes,
    )
