"""The half of the players' room that plays: sessions, playlists, segments, breaks and cards."""

from collections.abc import Callable
from dataclasses import dataclass

from starlette.routing import BaseRoute

from adserver.adapters.segno_codes import draw_qr
from content.channels.catch_up import FindAiring, ListCatchUp
from players.adapters.redis_plays import RedisPlays
from players.adapters.redis_sessions import RedisSessions
from players.guard.record_breach import RecordBreach
from players.guard.watch_served import WatchServed
from players.playback.about_car import LOOKED_AT, AboutCar
from players.playback.choose_card import ChooseCard
from players.playback.find_film import FindFilm
from players.playback.keep_resume import KeepResume
from players.playback.note_listed import NoteListed
from players.playback.note_missing import NoteMissing
from players.playback.open_play import OpenPlay
from players.playback.open_session import OpenSession
from players.playback.plan_break import OfferAvail, OnlyConditioned, PlanBreak
from players.playback.pull_interstitial import PullInterstitial
from players.playback.pull_item import PullItem
from players.playback.pull_playlist import PullPlaylist
from players.playback.read_report import ReadReport
from players.playback.read_tracking import ReadTracking
from players.playback.serve_segment import ServeSegment
from players.playback.tune_in import IssuePlayerLink, RecogniseLink, TuneIn
from players.playback.watch_session import WatchSession
from players.tags.answer_tag import AnswerTag
from players.tags.list_breaks import ListBreaks
from players.tags.pull_spot import PullSpot
from players.web import (
    coupons,
    events,
    generic_players,
    interstitials,
    on_demand,
    playlists,
    resume,
    segments,
    sessions,
    tags,
    tracking,
)
from server import chance
from server.metrics import BREACHES, BREAKS, GUARDED, MISSING
from server.wiring.adserver import Adserver
from server.wiring.content import Content
from server.wiring.engines import Engines
from server.wiring.media import Media
from server.wiring.vehicles import Vehicles

_GUARD_APART_S = 0.1
"""However many playlists are served, no more of them than ten a second are checked."""


@dataclass(frozen=True)
class Playback:
    """What the server uses of it."""

    keep_resume: KeepResume
    guard: WatchServed
    end_streams: Callable[[], None]
    make_routes: Callable[[], list[BaseRoute]]


@dataclass(frozen=True)
class _Breaks:
    """What live playlists, plays on demand and cards share."""

    offer: OfferAvail
    conditioned: OnlyConditioned
    plan: PlanBreak
    listed: NoteListed


def _breaks(
    engines: Engines, vehicles: Vehicles, kept: RedisSessions, adserver: Adserver, media: Media
) -> _Breaks:
    note = adserver.note_fills
    about_car = AboutCar(
        vehicles.read_vehicle, lambda: adserver.demand().asks_of_vehicle or chance.roll() < LOOKED_AT
    )
    offer = OfferAvail(adserver.serve_break, vehicles.positions, engines.clock, about_car)
    conditioned = OnlyConditioned(media.manifests, note)
    plan = PlanBreak(
        kept,
        offer,
        vehicles.push,
        engines.clock,
        note,
        media.manifests,
        conditioned,
        lambda outcome: BREAKS.labels(outcome).inc(),
        vehicles.policies,
        engines.settings.break_slate,
    )
    return _Breaks(offer, conditioned, plan, NoteListed(note))


def _guard(engines: Engines) -> WatchServed:
    breach = RecordBreach(lambda rule: BREACHES.labels(rule).inc(), engines.clock)
    return WatchServed(
        engines.settings.guard_every,
        engines.clock,
        breach,
        lambda outcome: GUARDED.labels(outcome).inc(),
        _GUARD_APART_S,
    )


def wire_playback(
    engines: Engines, vehicles: Vehicles, media: Media, content: Content, adserver: Adserver
) -> Playback:
    """Build it."""
    clock, signer, lineups, rates = engines.clock, engines.signer, content.lineups, media.rates
    policies, push, note = vehicles.policies, vehicles.push, adserver.note_fills
    kept = RedisSessions(engines.redis, vehicles.reads, engines.redis_reads)
    guard = _guard(engines)
    breaks = _breaks(engines, vehicles, kept, adserver, media)
    plan, listed = breaks.plan, breaks.listed
    plays = RedisPlays(engines.redis)
    find_film = FindFilm(lineups, FindAiring(lineups), media.manifests)
    keep_resume = KeepResume(vehicles.points, plays, kept, find_film, clock)
    open_play = OpenPlay(
        plays, vehicles.points, breaks.offer, push, clock, note, breaks.conditioned, policies
    )
    read_report = ReadReport(kept, signer, clock, policies)
    choose_card = ChooseCard(kept, breaks.offer, adserver.still_reaches, push, clock, note, policies)
    watch_session = WatchSession(
        read_report, choose_card, push, clock, vehicles.record, vehicles.states, policies
    )
    streams = events.OpenStreams()
    recognise, read_vehicle = vehicles.recognise, vehicles.read_vehicle
    open_session = OpenSession(kept, lineups, signer, clock, engines.new_id)
    serve_segment = ServeSegment(
        vehicles.states,
        media.read_segment,
        signer,
        clock,
        policies,
        withdrawn=lambda: lineups().withdrawn_assets,
        missing=NoteMissing(MISSING.inc, clock),
    )

    def tag_routes() -> list[BaseRoute]:
        base_url = content.site.base_url
        return tags.routes(
            AnswerTag(
                kept,
                breaks.offer,
                breaks.conditioned,
                media.manifests,
                note,
                policies,
                signer,
                clock,
                base_url,
            ),
            ListBreaks(kept, signer, clock, base_url),
            PullSpot(kept, rates, signer, clock, policies),
            guard,
        )

    def routes() -> list[BaseRoute]:
        """Those asked for most first."""
        pull = PullPlaylist(kept, lineups, rates, plan, signer, clock, listed, policies)
        pull_item = PullItem(kept, find_film, open_play, rates, signer, clock, policies)
        pull_interstitial = PullInterstitial(kept, lineups, rates, plan, signer, clock, listed, policies)
        return [
            *playlists.routes(pull, guard),
            *interstitials.routes(pull_interstitial, content.site, guard),
            *tag_routes(),
            *on_demand.routes(
                pull_item, ListCatchUp(lineups, clock), keep_resume.market, signer, clock, guard
            ),
            *segments.routes(serve_segment, media.read_init),
            *resume.routes(recognise, keep_resume, signer, clock),
            *coupons.routes(recognise, adserver.save_coupon, adserver.keep_wallet, draw_qr, signer, clock),
            *events.routes(watch_session, vehicles.watch_vehicle, signer, clock, streams),
            *tracking.routes(ReadTracking(kept, plays, clock), signer, clock),
            *sessions.routes(recognise, read_vehicle, open_session, read_report, signer, clock),
            *generic_players.routes(
                recognise,
                IssuePlayerLink(signer, clock),
                RecogniseLink(vehicles.units, signer, clock),
                read_vehicle,
                TuneIn(open_session, clock),
                content.read_guide,
                content.site,
            ),
        ]

    return Playback(keep_resume, guard, streams.end, routes)
