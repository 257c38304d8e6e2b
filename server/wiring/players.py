"""The players' room on its engines."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from starlette.routing import BaseRoute
from starlette.templating import Jinja2Templates

from content.channels.catch_up import FindAiring, ListCatchUp
from kernel.errors import Invalid
from players.adapters.batched_reads import BatchedReads
from players.adapters.memory_positions import MemoryPositions
from players.adapters.mqtt_broker import MqttBroker, broker_at
from players.adapters.policy_files import read_policies
from players.adapters.redis_consents import RedisConsents
from players.adapters.redis_facts import RedisFacts
from players.adapters.redis_mqtt_feeds import RedisMqttFeeds
from players.adapters.redis_plays import RedisPlays
from players.adapters.redis_push import RedisPush
from players.adapters.redis_sessions import RedisSessions
from players.adapters.redis_vehicle_states import RedisVehicleStates
from players.adapters.sql_head_units import SqlHeadUnits
from players.adapters.sql_markets import SqlMarkets
from players.adapters.sql_resume_points import SqlResumePoints
from players.adapters.sql_switches import SqlSwitches
from players.feed.change_market import ChangeMarket
from players.feed.converse import Ears
from players.feed.enrol_head_unit import (
    EnrolHeadUnit,
    IssueCode,
    RecogniseHeadUnit,
    RegisterVehicle,
    RevokeHeadUnit,
)
from players.feed.head_unit import HeadUnit
from players.feed.hold_mqtt_feeds import AskForMqttAddress, HoldMqttFeeds
from players.feed.keep_switches import KeepSwitches
from players.feed.record_switch import RecordSwitch
from players.feed.remove_vehicle import RemoveVehicle
from players.feed.report_batch import ReadFacts, ReportBatch
from players.feed.report_vehicle_state import ReportVehicleState
from players.feed.set_consent import SetConsent
from players.feed.watch_vehicle import WatchVehicle
from players.guard.record_breach import RecordBreach
from players.guard.watch_served import WatchServed
from players.playback.choose_card import ChooseCard
from players.playback.find_film import FindFilm
from players.playback.keep_resume import KeepResume
from players.playback.note_listed import NoteListed
from players.playback.open_play import OpenPlay
from players.playback.open_session import IssueTicket, OpenSession, ReadVehicle
from players.playback.plan_break import OfferAvail, OnlyConditioned, PlanBreak
from players.playback.pull_interstitial import PullInterstitial
from players.playback.pull_item import PullItem
from players.playback.pull_playlist import PullPlaylist
from players.playback.read_report import ReadReport
from players.playback.read_tracking import ReadTracking
from players.playback.serve_segment import ServeSegment
from players.playback.tune_in import IssuePlayerLink, RecogniseLink, TuneIn
from players.playback.watch_session import WatchSession
from players.web import (
    consent,
    dash,
    enrolment,
    events,
    generic_players,
    interstitials,
    markets,
    mqtt_address,
    on_demand,
    playlists,
    resume,
    segments,
    sessions,
    simulator,
    state_batches,
    switches,
    tracking,
    vehicle_state,
)
from server.metrics import (
    BREACHES,
    BREAKS,
    CLOCK_SECONDS,
    GUARDED,
    LATE_SECONDS,
    MQTT,
    REFUSED_SAMPLES,
    SWITCH_RECORDS,
    SWITCHES,
)
from server.simulated import reaches_of, read_drive
from server.wiring.adserver import Adserver
from server.wiring.content import Content
from server.wiring.engines import Engines
from server.wiring.geotarget import Geotarget
from server.wiring.media import Media


@dataclass(frozen=True)
class Players:
    """What the server uses of it."""

    listen: Callable[[], Awaitable[None]]
    hear_mqtt: Callable[[], Awaitable[None]]
    register_vehicle: RegisterVehicle
    set_consent: SetConsent
    change_market: ChangeMarket
    issue_code: IssueCode
    enrol: EnrolHeadUnit
    units_of: Callable[[str], Sequence[HeadUnit]]
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
    clock, signer, new_id = engines.clock, engines.signer, engines.new_id
    units = SqlHeadUnits(engines.database, engines.reads)
    policies = read_policies(engines.settings.policies_dir)
    of_vehicles = SqlMarkets(engines.database, engines.reads)
    positions = MemoryPositions()
    push = RedisPush(engines.redis, positions)
    reads = BatchedReads(engines.redis_reads)
    kept, states = RedisSessions(engines.redis, reads), RedisVehicleStates(engines.redis, reads)
    recognise, read_vehicle = RecogniseHeadUnit(units), ReadVehicle(units)
    set_consent = SetConsent(units, RedisConsents(engines.redis), clock)
    enrol = EnrolHeadUnit(units, clock, new_id)
    offer = OfferAvail(adserver.serve_break, positions, clock)
    note = adserver.note_fills
    conditioned = OnlyConditioned(media.manifests, note)
    plan_break = PlanBreak(
        kept,
        offer,
        push,
        clock,
        note,
        media.manifests,
        conditioned,
        lambda outcome: BREAKS.labels(outcome).inc(),
        policies,
        engines.settings.break_slate,
    )
    read_report = ReadReport(kept, signer, clock, policies)
    note_listed = NoteListed(note)
    pull = PullPlaylist(kept, content.lineups, media.rates, plan_break, signer, clock, note_listed, policies)
    plays, points = RedisPlays(engines.redis), SqlResumePoints(engines.database, engines.reads)
    find_film = FindFilm(content.lineups, FindAiring(content.lineups), media.manifests)
    keep_resume = KeepResume(points, plays, kept, find_film, clock)
    open_play = OpenPlay(plays, points, offer, push, clock, note, conditioned, policies)
    pull_item = PullItem(kept, find_film, open_play, media.rates, signer, clock, policies)
    pull_interstitial = PullInterstitial(
        kept, content.lineups, media.rates, plan_break, signer, clock, note_listed, policies
    )
    breach = RecordBreach(lambda rule: BREACHES.labels(rule).inc(), clock)
    guard = WatchServed(
        engines.settings.guard_every, clock, breach, lambda outcome: GUARDED.labels(outcome).inc()
    )
    kept_switches = SqlSwitches(engines.database, engines.reads)
    keep_switches = KeepSwitches(
        kept_switches,
        new_id,
        clock,
        engines.settings.switches_kept_days,
        lambda outcome, number: SWITCH_RECORDS.labels(outcome).inc(number),
    )
    record = RecordSwitch(lambda rule, cause: SWITCHES.labels(rule, cause).inc(), policies, keep_switches)
    choose_card = ChooseCard(kept, offer, adserver.still_reaches, push, clock, note, policies)
    watch_session = WatchSession(read_report, choose_card, push, clock, record, states, policies)

    def count(code: str) -> None:
        REFUSED_SAMPLES.labels(code).inc()

    def late(late_ms: int) -> None:
        LATE_SECONDS.observe(late_ms / 1000)

    def offset(ahead_ms: int) -> None:
        CLOCK_SECONDS.observe(ahead_ms / 1000)

    report = ReportVehicleState(states, push, clock, count, record, policies, of_vehicles)
    change_market = ChangeMarket(of_vehicles, states, policies, record, clock)
    ears = Ears(report, clock, count, late, offset)
    facts = RedisFacts(engines.redis)
    report_batch = ReportBatch(report, states, facts, clock, count)
    settings = engines.settings
    mqtt_feeds, broker = RedisMqttFeeds(engines.redis), None
    if settings.mqtt_url:
        broker = broker_at(settings.mqtt_url, settings.mqtt_credentials_file, settings.mqtt_ca_file)
    ask_for_mqtt = AskForMqttAddress(mqtt_feeds, signer, broker.url) if broker else None

    async def hear_mqtt() -> None:
        if broker is None:
            raise Invalid("mqtt-not-set", "ROADCAST_MQTT_URL names no broker.")
        held = MqttBroker(broker, mqtt_feeds, new_id("mqtt"), lambda event: MQTT.labels(event).inc())
        await held.run(
            lambda: HoldMqttFeeds(ears, units, read_vehicle, mqtt_feeds, signer, new_id, held.publish)
        )

    shown = reaches_of(adserver.campaigns, geotarget.index) if engines.settings.demo else tuple

    async def listen() -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(push.run())
            tasks.create_task(guard.run())
            tasks.create_task(note.run())
            tasks.create_task(keep_switches.run())

    def withdrawn() -> frozenset[str]:
        return content.lineups().withdrawn_assets

    serve_segment = ServeSegment(states, media.read_segment, signer, clock, policies, withdrawn=withdrawn)

    def routes(templates: Jinja2Templates) -> list[BaseRoute]:
        open_session = OpenSession(kept, content.lineups, signer, clock, new_id)
        return [
            *playlists.routes(pull, guard),
            *interstitials.routes(pull_interstitial, content.site, guard),
            *on_demand.routes(
                pull_item, ListCatchUp(content.lineups, clock), keep_resume.market, signer, clock, guard
            ),
            *segments.routes(serve_segment, media.read_init),
            *resume.routes(recognise, keep_resume, signer, clock),
            *vehicle_state.routes(recognise, read_vehicle, ears, signer, new_id),
            *state_batches.routes(recognise, read_vehicle, report_batch, ReadFacts(states, facts)),
            *mqtt_address.routes(recognise, ask_for_mqtt, clock),
            *events.routes(watch_session, WatchVehicle(states, push, clock, policies), signer, clock),
            *tracking.routes(ReadTracking(kept, plays, clock), signer, clock),
            *sessions.routes(recognise, read_vehicle, open_session, read_report, signer, clock),
            *enrolment.routes(enrol, recognise, IssueTicket(signer, clock)),
            *generic_players.routes(
                recognise,
                IssuePlayerLink(signer, clock),
                RecogniseLink(units, signer, clock),
                read_vehicle,
                TuneIn(open_session, clock),
                content.read_guide,
                content.site,
            ),
            *consent.routes(recognise, set_consent),
            *markets.routes(recognise, change_market),
            *switches.routes(kept_switches, recognise, templates),
            *dash.routes(templates=templates),
            *simulator.routes(templates=templates, recognise=recognise, read_trace=read_drive, reaches=shown),
        ]

    return Players(
        listen=listen,
        hear_mqtt=hear_mqtt,
        register_vehicle=RegisterVehicle(units, clock),
        set_consent=set_consent,
        change_market=change_market,
        issue_code=IssueCode(units, clock, new_id),
        enrol=enrol,
        units_of=units.units_of,
        revoke=RevokeHeadUnit(units),
        keep_resume=keep_resume,
        keep_switches=keep_switches,
        remove_vehicle=RemoveVehicle(units, points, kept_switches, states, facts, set_consent),
        make_routes=routes,
    )
