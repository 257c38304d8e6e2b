"""A vehicle to drive by hand, and the players room on real engines, for its tests."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from redis.asyncio import Redis
from sqlalchemy import Engine

from adserver.billing.impression import EventKind
from adserver.serving.avail import Avail, Card, Location, ServedBreak, ServedFill
from content.channels.catch_up import FindAiring, ListCatchUp
from content.channels.lineup import ChannelLineup, Lineups
from content.library.partner_item import ItemKind, PartnerItem
from geotarget.fence_index import FenceIndex
from kernel.errors import RoadcastError
from media.house_format import SEGMENT_MS, position_at
from media.manifest import AssetManifest, Track
from media.rates import Rates
from media.timeline import SlotKind
from players.adapters.batched_queries import EnrolledUnits, GoverningMarkets
from players.adapters.memory_positions import MemoryPositions
from players.adapters.policy_files import read_policies
from players.adapters.redis_consents import RedisConsents
from players.adapters.redis_facts import RedisFacts
from players.adapters.redis_mqtt_feeds import RedisMqttFeeds
from players.adapters.redis_plays import RedisPlays
from players.adapters.redis_push import RedisPush
from players.adapters.redis_revocations import RedisRevocations
from players.adapters.redis_sessions import RedisSessions
from players.adapters.redis_vehicle_states import RedisVehicleStates
from players.adapters.sql_head_units import SqlHeadUnits
from players.adapters.sql_markets import SqlMarkets
from players.adapters.sql_resume_points import SqlResumePoints
from players.adapters.tables import metadata
from players.feed import acceptance, driving_state, signals, vehicle_state
from players.feed.acceptance import Refusal, Sample, Taken
from players.feed.change_market import ChangeMarket
from players.feed.converse import Ears
from players.feed.enrol_head_unit import (
    CodeTerms,
    EnrolHeadUnit,
    IssueCode,
    RecogniseHeadUnit,
    RegisterVehicle,
    RevokeHeadUnit,
)
from players.feed.feed import Feed
from players.feed.head_unit import AdOutput, HeadUnit, Role, Technique, Vehicle, Zone
from players.feed.hold_mqtt_feeds import AskForMqttAddress
from players.feed.motion_policy import Withheld
from players.feed.record_switch import RecordSwitch
from players.feed.report_batch import ReadFacts, ReportBatch
from players.feed.report_vehicle_state import ReportVehicleState
from players.feed.set_consent import SetConsent, SetStateConsent
from players.feed.switch import Switch
from players.feed.vehicle_state import VehicleState
from players.feed.watch_vehicle import WatchVehicle
from players.playback import segment_key
from players.playback.about_car import AboutCar
from players.playback.choose_card import ChooseCard
from players.playback.find_film import FindFilm
from players.playback.keep_resume import KeepResume
from players.playback.note_listed import NoteListed
from players.playback.on_demand import ON_DEMAND_LIMIT
from players.playback.open_play import OpenPlay
from players.playback.open_session import IssueTicket, Opened, OpenSession, ReadVehicle
from players.playback.plan_break import OfferAvail, OnlyConditioned, PlanBreak
from players.playback.pull_interstitial import PullInterstitial
from players.playback.pull_item import PullItem
from players.playback.pull_playlist import Channel, PullPlaylist
from players.playback.pulls import Soon
from players.playback.read_report import ReadReport
from players.playback.segment_key import Holder
from players.playback.serve_segment import SegmentName, ServeSegment
from players.playback.session import SESSION_MS
from players.playback.watch_session import WatchSession
from players.tags.answer_tag import AnswerTag
from players.tags.list_breaks import ListBreaks
from players.tags.pull_spot import PullSpot
from players.web.events import OpenStreams
from tests.media.loop import Loop, LoopItem

POLICIES = read_policies()
BASE_URL = "http://test"
PARKED = {
    signals.SPEED: "0",
    signals.SELECTED_GEAR: "126",
    signals.PARKING_BRAKE: "true",
    signals.IS_MOVING: "false",
}
DRIVING = {
    signals.SPEED: "42.5",
    signals.SELECTED_GEAR: "127",
    signals.PARKING_BRAKE: "false",
    signals.IS_MOVING: "true",
}
ON_BRAKE = {signals.SPEED: "0", signals.SELECTED_GEAR: "0", signals.PARKING_BRAKE: "true"}
STOPPED = {**DRIVING, signals.SPEED: "0", signals.IS_MOVING: "false"}


def samples(values: dict[str, str], vehicle_ms: int) -> tuple[Sample, ...]:
    return tuple(Sample(path, text, vehicle_ms) for path, text in values.items())


def told(
    state: VehicleState, values: dict[str, str], now_ms: int, vehicle_ms: int | None = None
) -> VehicleState:
    """``state`` after one message, whose samples must all be accepted."""
    taken = []
    for sample in samples(values, now_ms if vehicle_ms is None else vehicle_ms):
        judged = acceptance.accept(state.readings, sample, 6, now_ms)
        assert isinstance(judged, Taken), judged
        taken.append(judged)
    return vehicle_state.apply(state, taken, now_ms, driving_state.says_parked)


def untimely(state: VehicleState, values: dict[str, str], now_ms: int, vehicle_ms: int) -> VehicleState:
    """``state`` after one message, whose samples must all be refused for their time."""
    refused = [acceptance.accept(state.readings, one, 6, now_ms) for one in samples(values, vehicle_ms)]
    assert all(isinstance(one, Refusal) for one in refused), refused
    said = [one.untimely for one in refused if one.untimely]
    return vehicle_state.apply(state, (), now_ms, driving_state.says_parked, said)


def standing(
    now_ms: int, values: dict[str, str] = PARKED, for_ms: int = 5_000, manual: bool = False
) -> VehicleState:
    """A vehicle that has told ``values`` each second for ``for_ms`` up to ``now_ms``, in France."""
    state = VehicleState(manual_gearbox=manual, markets=("FR",))
    for at in range(now_ms - for_ms, now_ms + 1, 1_000):
        state = told(state, values, at)
    return state


def manifest(asset_id: str, segments: int) -> AssetManifest:
    track = Track(f"{asset_id}/x", tuple(range(segments + 1)), 1_000_000, 900_000)
    return AssetManifest(asset_id, segments, segments * SEGMENT_MS, {"v720": track}, "")


def lineups(anchor: int, programme_segments: int = 20, break_segments: int = 8) -> Lineups:
    """One channel: programme, break, programme, break; and one item of 10 segments."""
    items = (
        LoopItem(programme_segments, "film1", programme_segments, SlotKind.PROGRAMME, "prg_1"),
        LoopItem(break_segments, "slate", 1, SlotKind.BREAK),
        LoopItem(programme_segments, "film2", programme_segments, SlotKind.PROGRAMME, "prg_2"),
        LoopItem(break_segments, "slate", 1, SlotKind.BREAK),
    )
    channel = ChannelLineup("ch1", "One", "one", Loop("ch1", anchor, items), {})
    item = PartnerItem("it1", "Partner", "Clip", ItemKind.VIDEO, "clip", 0, 10 * SEGMENT_MS)
    return Lineups({"ch1": channel}, "ch1", {"it1": item})


CARD = Card("Coffee", "Two for one", "Café", distance_m=300)


@dataclass
class Ads:
    """Stands where the ad server will: answers each avail with two ads of 3 and 4 segments, or a card."""

    asked: list[Avail] = field(default_factory=list)
    delay_s: float = 0
    meanwhile: Callable[[], Awaitable[object]] | None = None
    broken: bool = False
    reach_ends_at: float = 90.0
    dry: bool = False

    async def __call__(self, avail: Avail) -> ServedBreak:
        self.asked.append(avail)
        await asyncio.sleep(self.delay_s)
        if self.meanwhile:
            await self.meanwhile()
        if self.broken:
            raise RuntimeError("the ad server is ill")
        sizes = () if self.dry else (3, 4) if avail.segments else (0,)
        fills = tuple(self._fill(avail, n, size) for n, size in enumerate(sizes, 1))
        return ServedBreak(avail.avail_id, fills, (), "48.11,-1.68")

    def still_reaches(self, _line_item_id: str, _place_id: str, location: Location) -> bool:
        return location.latitude < self.reach_ends_at

    def _fill(self, avail: Avail, n: int, size: int) -> ServedFill:
        # Each answer differs, as it would where two were decided: only one may ever be shown.
        asked = len(self.asked)
        asset = f"ad{n}-{asked}" if size else ""
        mark = f"{avail.avail_id}-{n}-{asked}"
        return ServedFill(mark, f"li_{n}", f"cr_{n}", asset, size, f"beacon-{mark}", CARD, 5_000, "EUR")


class PlayersHouse:
    """The room's verbs wired on a real Redis and a real database."""

    def __init__(self, redis: Redis, engine: Engine, clock, signer, new_id, *, tables: bool = True) -> None:
        if tables:
            metadata.create_all(engine)
        self.clock, self.signer, self.new_id = clock, signer, new_id
        self.streams = OpenStreams()
        self.offsets: list[int] = []
        self.refused: Counter[str] = Counter()
        self.late: list[int] = []
        self.while_reading: Callable[[], Awaitable[object]] | None = None
        self.ads = Ads()
        self.units = SqlHeadUnits(engine)
        self.states = RedisVehicleStates(redis)
        self.sessions = RedisSessions(redis)
        self.fences = FenceIndex()
        self.positions = MemoryPositions(lambda: self.fences)
        self.push = RedisPush(redis, self.positions)
        self.lineups = lineups(position_at(clock.now_ms()))
        self.manifests = {"clip": manifest("clip", 10)}
        self.rates = {"v720": Rates(3_500_000, 2_000_000), "a128": Rates(150_000, 130_000)}
        self.register = RegisterVehicle(self.units, clock)
        self.issue_code = IssueCode(self.units, clock, new_id)
        self.enrol = EnrolHeadUnit(self.units, clock, new_id)
        self.recognise = RecogniseHeadUnit(self.units)
        self.read_vehicle = ReadVehicle(self.units)
        self.issue_ticket = IssueTicket(signer, clock)
        self.open_session = OpenSession(self.sessions, lambda: self.lineups, signer, clock, new_id)
        self.asks_of_vehicle = False
        about_car = AboutCar(self.read_vehicle, lambda: self.asks_of_vehicle)
        self.offer = OfferAvail(self.ads, self.positions, clock, about_car)
        self.noted: list[tuple[str, str]] = []
        self.outcomes: list[str] = []
        self.raw: set[str] = set()
        conditioned = OnlyConditioned(self._manifest, self.note)
        self.plan_break = PlanBreak(
            self.sessions, self.offer, self.push, clock, self.note, self._manifest, conditioned,
            self.outcomes.append, POLICIES,
        )  # fmt: skip
        self.pull = PullPlaylist(
            self.sessions, lambda: self.lineups, lambda: self.rates, self.plan_break,
            signer, clock, NoteListed(self.note), POLICIES,
        )  # fmt: skip
        self.pull_interstitial = PullInterstitial(
            self.sessions, lambda: self.lineups, lambda: self.rates, self.plan_break, signer, clock,
            NoteListed(self.note), POLICIES,
        )  # fmt: skip
        self.answer_tag = AnswerTag(
            self.sessions,
            self.offer,
            conditioned,
            self._manifest,
            self.note,
            POLICIES,
            signer,
            clock,
            BASE_URL,
        )
        self.list_breaks = ListBreaks(self.sessions, signer, clock, BASE_URL)
        self.pull_spot = PullSpot(self.sessions, lambda: self.rates, signer, clock, POLICIES)
        self.plays, self.points = RedisPlays(redis), SqlResumePoints(engine)
        self.find_film = FindFilm(lambda: self.lineups, FindAiring(lambda: self.lineups), self._manifest)
        self.open_play = OpenPlay(
            self.plays, self.points, self.offer, self.push, clock, self.note, conditioned, POLICIES
        )
        self.pull_item = PullItem(
            self.sessions, self.find_film, self.open_play, lambda: self.rates, signer, clock, POLICIES
        )
        self.list_catch_up = ListCatchUp(lambda: self.lineups, clock)
        self.keep_resume = KeepResume(self.points, self.plays, self.sessions, self.find_film, clock)
        self.serve_segment = ServeSegment(
            self.states,
            self._segment,
            signer,
            clock,
            POLICIES,
            withdrawn=lambda: self.lineups.withdrawn_assets,
        )
        self.switched: Counter[str] = Counter()
        self.left: list[Switch] = []
        record = RecordSwitch(lambda rule, _cause: self.switched.update([rule]), POLICIES, self.left.append)
        self.markets = SqlMarkets(engine)
        self.change_market = ChangeMarket(self.markets, self.states, POLICIES, record, clock)
        self.set_consent = SetConsent(self.units, RedisConsents(redis), clock)
        self.set_state_consent = SetStateConsent(self.units, clock)
        self.report = ReportVehicleState(
            self.states,
            clock,
            self._count,
            record,
            POLICIES,
            self.markets,
            GoverningMarkets(self.markets),
        )
        self.ears = Ears(
            self.report,
            clock,
            self._count,
            self.late.append,
            self.offsets.append,
            EnrolledUnits(self.units),
        )
        self.facts = RedisFacts(redis)
        self.report_batch = ReportBatch(self.report, self.states, self.facts, clock, self._count)
        self.read_facts = ReadFacts(self.states, self.facts)
        self.revoke = RevokeHeadUnit(self.units, RedisRevocations(redis), clock)
        self.mqtt_feeds = RedisMqttFeeds(redis)
        self.ask_for_mqtt = AskForMqttAddress(self.mqtt_feeds, signer, "mqtt://broker.example:1883")
        self.read_report = ReadReport(self.sessions, signer, clock, POLICIES)
        self.choose_card = ChooseCard(
            self.sessions, self.offer, self.ads.still_reaches, self.push, clock, self.note, POLICIES
        )
        self.watch_session = WatchSession(
            self.read_report, self.choose_card, self.push, clock, record, self.states, POLICIES
        )
        self.watch_vehicle = WatchVehicle(self.states, self.push, clock, POLICIES)

    async def _manifest(self, asset_id):
        """What is published: items by name, and every ad that is not in ``raw``."""
        ad = asset_id.startswith("ad") and asset_id not in self.raw
        return self.manifests.get(asset_id) or (manifest(asset_id, 8) if ad else None)

    def seen(self, *_served: object) -> None:
        """Stands where the guard looks."""

    def note(self, fills: Sequence[ServedFill], kind: EventKind) -> None:
        self.noted += [(fill.fill_id, kind.value) for fill in fills]

    def _count(self, code: str) -> None:
        self.refused[code] += 1

    async def _segment(self, asset_id: str, rendition: str, index: int, k: int) -> bytes:
        if self.while_reading:
            await self.while_reading()
        return f"{asset_id}/{rendition}/{index}/{k}".encode()

    async def init(self, rendition: str) -> bytes:
        return f"init {rendition}".encode()

    def unit(
        self, technique: Technique = Technique.TWO_ELEMENT, consent: bool = True, manual: bool = False
    ) -> tuple[HeadUnit, str]:
        """A head unit of vehicle ``veh_1`` that plays and reports, and its credential."""
        self.register(Vehicle("veh_1", "Demo", location_consent=consent, manual_gearbox=manual))
        code = self.issue_code(CodeTerms("veh_1", Role.BOTH, Zone.DRIVER, technique))
        enrolled = self.enrol(code)
        return self.recognise(enrolled.credential), enrolled.credential

    async def opened(
        self, technique: Technique = Technique.TWO_ELEMENT, ads: AdOutput = AdOutput.STITCHED
    ) -> Opened:
        unit, _ = self.unit(technique)
        return await self.open_session(unit, self.read_vehicle("veh_1"), ads=ads)

    def segment(self, asset_id: str, rendition: str, index: int, k: int) -> SegmentName:
        """A segment as a playlist of ``veh_1`` would list it now."""
        on_demand = k < ON_DEMAND_LIMIT
        holder = Holder("veh_1", self.clock.now_ms() + SESSION_MS) if on_demand else None
        uri = segment_key.address(self.signer, asset_id, rendition, index, k, holder)
        key = uri.rpartition("/")[2].removesuffix(".m4s")
        return SegmentName(asset_id, rendition, index, k, key)

    def feed(self, unit_id: str = "hu_1") -> Feed:
        return Feed("veh_1", 6, True, opened_ms=self.clock.now_ms(), unit_id=unit_id)

    async def tell(self, feed: Feed, values: dict[str, str]):
        return await self.report(feed, samples(values, self.clock.now_ms()))

    async def heard(self) -> None:
        """It drives, and its market is found out: without that nothing is shown."""
        await self.tell(self.feed(), DRIVING)

    async def park(self, feed: Feed) -> None:
        """Stand in Park until the picture is permitted."""
        for _ in range(5):
            self.clock.advance(1)
            await self.tell(feed, PARKED)

    async def poll(self, source: Channel, opened: Opened, name: str) -> bytes | Withheld:
        return await poll(self.pull, source, opened.session_id, name, opened.grant)

    async def pull_audio(self, opened: Opened) -> bytes:
        body = await self.poll(Channel("ch1"), opened, "a128")
        assert isinstance(body, bytes)
        return body

    def at(self, latitude: float, longitude: float) -> None:
        self.positions.put("veh_1", Location(latitude, longitude), self.clock.now_ms())

    @asynccontextmanager
    async def pushing(self) -> AsyncIterator[None]:
        """With the process's one subscription running."""
        task = asyncio.create_task(self.push.run())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


def uris(body: bytes) -> list[str]:
    """The segment URIs of a media playlist, without their key and query."""
    return [bare(line) for line in body.decode().splitlines() if line.startswith("/segments/")]


def bare(uri: str) -> str:
    """A segment's URI without its key and query."""
    return uri.partition("?")[0].rpartition("/")[0]


def paths(found: Iterable[str]) -> list[str]:
    return [uri.split("/")[2] for uri in found]


async def poll(
    pull: PullPlaylist, source: Channel, session_id: str, name: str, token: str
) -> bytes | Withheld:
    """A whole pull, and before it the same in the short way: that says nothing, or the very same."""
    quick = None
    with suppress(RoadcastError):
        quick = pull.at_once(pull.recognise(source, session_id, name, token))
        if isinstance(quick, Soon):
            quick = quick.finish(await quick.values)
    whole = await pull(source, session_id, name, token)
    assert quick is None or quick == whole
    return whole
