"""The half of the players' room that hears vehicles: who they are, their state, switches and markets."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.routing import BaseRoute
from starlette.templating import Jinja2Templates

from geotarget.fence import Fences
from kernel.errors import Invalid
from players.adapters.batched_queries import EnrolledUnits, GoverningMarkets
from players.adapters.batched_reads import BatchedReads
from players.adapters.memory_positions import MemoryPositions
from players.adapters.mqtt_broker import Broker, MqttBroker, broker_at
from players.adapters.policy_files import read_policies
from players.adapters.redis_consents import RedisConsents
from players.adapters.redis_facts import RedisFacts
from players.adapters.redis_mqtt_feeds import RedisMqttFeeds
from players.adapters.redis_push import RedisPush
from players.adapters.redis_vehicle_states import RedisVehicleStates
from players.adapters.sql_head_units import SqlHeadUnits
from players.adapters.sql_markets import SqlMarkets
from players.adapters.sql_resume_points import SqlResumePoints
from players.adapters.sql_switches import SqlSwitches
from players.feed.change_market import ChangeMarket
from players.feed.converse import Ears
from players.feed.enrol_head_unit import EnrolHeadUnit, RecogniseHeadUnit
from players.feed.hold_mqtt_feeds import AskForMqttAddress, HoldMqttFeeds
from players.feed.keep_switches import KeepSwitches
from players.feed.market_policy import Policies
from players.feed.record_switch import RecordSwitch
from players.feed.remove_vehicle import RemoveVehicle
from players.feed.report_batch import ReadFacts, ReportBatch
from players.feed.report_vehicle_state import ReportVehicleState
from players.feed.set_consent import SetConsent, SetStateConsent
from players.feed.watch_vehicle import WatchVehicle
from players.playback.open_session import IssueTicket, ReadVehicle
from players.web import consent, enrolment, markets, mqtt_address, state_batches, switches, vehicle_state
from server.metrics import CLOCK_SECONDS, LATE_SECONDS, MQTT, REFUSED_SAMPLES, SWITCH_RECORDS, SWITCHES
from server.wiring.engines import Engines


@dataclass(frozen=True)
class Vehicles:
    """What the other half, and the server, use of it."""

    units: SqlHeadUnits
    policies: Policies
    positions: MemoryPositions
    push: RedisPush
    reads: BatchedReads
    states: RedisVehicleStates
    points: SqlResumePoints
    recognise: RecogniseHeadUnit
    read_vehicle: ReadVehicle
    record: RecordSwitch
    keep_switches: KeepSwitches
    enrol: EnrolHeadUnit
    set_consent: SetConsent
    set_state_consent: SetStateConsent
    change_market: ChangeMarket
    remove_vehicle: RemoveVehicle
    watch_vehicle: WatchVehicle
    hear_mqtt: Callable[[], Awaitable[None]]
    make_routes: Callable[[Jinja2Templates], list[BaseRoute]]


def wire_vehicles(
    engines: Engines, fences: Callable[[], Fences], forget_promotions: Callable[[str], Awaitable[None]]
) -> Vehicles:
    """Build it; ``fences`` are those that promotions ask for.

    ``forget_promotions`` is told of a vehicle that is removed.
    """
    clock, on = engines.clock, (engines.database, engines.reads)
    units, points, of_vehicles = SqlHeadUnits(*on), SqlResumePoints(*on), SqlMarkets(*on)
    policies = read_policies(engines.settings.policies_dir)
    push = RedisPush(engines.redis, positions := MemoryPositions(fences))
    reads, facts = BatchedReads(engines.redis_reads), RedisFacts(engines.redis)
    states = RedisVehicleStates(engines.redis_states, reads)
    recognise, read_vehicle = RecogniseHeadUnit(units), ReadVehicle(units)
    kept_switches, keep_switches, record = _switches(engines, policies)
    set_consent, set_state_consent = _consents(engines, units)
    enrol = EnrolHeadUnit(units, clock, engines.new_id)
    change_market = ChangeMarket(of_vehicles, states, policies, record, clock)
    judged = policies, of_vehicles, GoverningMarkets(of_vehicles), push.warn
    report = ReportVehicleState(states, clock, _refused, record, *judged)
    ears = Ears(report, clock, _refused, _late, _offset, EnrolledUnits(units))
    remove = RemoveVehicle(units, points, kept_switches, states, facts, set_consent, forget_promotions)
    ask_for_mqtt, hear_mqtt = _mqtt(engines, ears, units, read_vehicle)

    def routes(templates: Jinja2Templates) -> list[BaseRoute]:
        batch = ReportBatch(report, states, facts, clock, _refused)
        return [
            *vehicle_state.routes(recognise, read_vehicle, ears, engines.signer, engines.new_id),
            *state_batches.routes(recognise, read_vehicle, batch, ReadFacts(states, facts)),
            *mqtt_address.routes(recognise, ask_for_mqtt, clock),
            *enrolment.routes(enrol, recognise, IssueTicket(engines.signer, clock)),
            *consent.routes(recognise, set_consent, set_state_consent),
            *markets.routes(recognise, change_market),
            *switches.routes(kept_switches, recognise, templates),
        ]

    return Vehicles(
        units=units,
        policies=policies,
        positions=positions,
        push=push,
        reads=reads,
        states=states,
        points=points,
        recognise=recognise,
        read_vehicle=read_vehicle,
        record=record,
        keep_switches=keep_switches,
        enrol=enrol,
        set_consent=set_consent,
        set_state_consent=set_state_consent,
        change_market=change_market,
        remove_vehicle=remove,
        watch_vehicle=WatchVehicle(states, push, clock, policies),
        hear_mqtt=hear_mqtt,
        make_routes=routes,
    )


def _consents(engines: Engines, units: SqlHeadUnits) -> tuple[SetConsent, SetStateConsent]:
    clock = engines.clock
    return SetConsent(units, RedisConsents(engines.redis), clock), SetStateConsent(units, clock)


def _switched(rule: str, cause: str) -> None:
    SWITCHES.labels(rule, cause).inc()


def _refused(code: str) -> None:
    REFUSED_SAMPLES.labels(code).inc()


def _late(late_ms: int) -> None:
    LATE_SECONDS.observe(late_ms / 1000)


def _offset(ahead_ms: int) -> None:
    CLOCK_SECONDS.observe(ahead_ms / 1000)


def _switches(engines: Engines, policies: Policies) -> tuple[SqlSwitches, KeepSwitches, RecordSwitch]:
    """Where they are kept, what keeps them beside the requests, and what each is told to."""
    kept = SqlSwitches(engines.database, engines.reads)
    keep = KeepSwitches(
        kept,
        engines.new_id,
        engines.clock,
        engines.settings.switches_kept_days,
        lambda outcome, number: SWITCH_RECORDS.labels(outcome).inc(number),
    )
    return kept, keep, RecordSwitch(_switched, policies, keep)


def _mqtt(
    engines: Engines, ears: Ears, units: SqlHeadUnits, read_vehicle: ReadVehicle
) -> tuple[AskForMqttAddress | None, Callable[[], Awaitable[None]]]:
    """How a head unit asks for its address, where there is a broker, and what hears all of them."""
    settings, signer, new_id = engines.settings, engines.signer, engines.new_id
    feeds = RedisMqttFeeds(engines.redis_states)
    broker: Broker | None = None
    if settings.mqtt_url:
        broker = broker_at(settings.mqtt_url, settings.mqtt_credentials_file, settings.mqtt_ca_file)

    async def hear() -> None:
        if broker is None:
            raise Invalid("mqtt-not-set", "ROADCAST_MQTT_URL names no broker.")
        held = MqttBroker(broker, feeds, new_id("mqtt"), lambda event: MQTT.labels(event).inc())
        await held.run(lambda: HoldMqttFeeds(ears, units, read_vehicle, feeds, signer, new_id, held.publish))

    return AskForMqttAddress(feeds, signer, broker.url) if broker else None, hear
