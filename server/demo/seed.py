"""Seeding the demo: everything that a newcomer finds, made once, safe to be interrupted and begun again."""

import asyncio
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from adserver.booking.campaign import Category as AdCategory
from adserver.booking.cap import FrequencyCap
from adserver.booking.order import Order
from adserver.booking.submit_creative import Submission
from content.channels.channel import ChannelDraft
from content.channels.plan import WEEKDAYS, Block, BreakEntry, Entry, FillRule, Plan, ProgrammeEntry
from content.library.partner_item import ItemDraft, ItemKind
from content.library.programme import Category, ProgrammeDraft
from content.library.rights import Rights
from geotarget.place_file import FileFormat
from kernel.errors import Conflict
from media.asset import Asset, AssetState
from media.work_folder import work_folder
from players.feed.enrol_head_unit import CodeTerms
from players.feed.head_unit import Role, Technique, Vehicle
from server.account import Role as AccountRole
from server.demo import films, places
from server.demo.films import Film
from server.demo.memory import Memory, recall, remember
from server.demo.render import render, suffix_of
from server.ingest import Elsewhere
from server.progress import BOOKINGS, FILMS, Progress
from server.wiring.house import House

OWNER = "demo"
VEHICLE_ID = "veh_demo"
CHANNEL_SLUG = "roadcast-tv"
FLIGHT = timedelta(days=730)
YEAR_MS = 365 * 86_400_000
RENDER_PERMILLE = 300
FILMED_PERMILLE = 950
WORKERS = 2

Tell = Callable[[Progress], None]

_CATEGORIES = {
    "lagoon": Category.DOCUMENTARY,
    "lives": Category.CULTURE,
    "coast": Category.TRAVEL,
    "embers": Category.MAGAZINE,
}


PARTNERS = (("Slow Cinema", ItemKind.VIDEO), ("Fjord FM", ItemKind.MUSIC), ("Tide Radio", ItemKind.PODCAST))
"""Who supplies each item, and as what."""
BREAKS = (8, 16)
"""Segments of the breaks in turn: one spot, then a pod of two."""
CAP = FrequencyCap(60, 3600)
"""An hour of looking on does not use it up."""


@dataclass(frozen=True)
class Offer:
    """What a demo advertiser books. ``key`` is that of its spot and of its group of places."""

    key: str
    advertiser: str
    campaign: str
    radius_m: int
    cpm_micros: int
    category: AdCategory
    headline: str
    body: str


# The nearest wins: radii and places are such that each has a stretch of the simulator's first way, and the
# first, whom the demo's advertiser account belongs to, the beginning of it.
OFFERS = (
    Offer(
        "garage",
        "Garage Bellerive",
        "Essais de l'Alezan",
        6_000,
        28_000_000,
        AdCategory.AUTOMOTIVE,
        "La nouvelle Alezan vous attend",
        "Essai sans rendez-vous jusqu'à 19 h.",
    ),
    Offer(
        "voltaneo",
        "Voltaneo",
        "Recharge rapide",
        1_500,
        22_000_000,
        AdCategory.CHARGING,
        "Pleine en 18 minutes",
        "Deux bornes de 300 kW libres en ce moment.",
    ),
    Offer(
        "fournil",
        "Fournil du Canal",
        "Pain chaud du soir",
        900,
        18_000_000,
        AdCategory.RESTAURANT,
        "Pain chaud jusqu'à 20 h",
        "Une baguette offerte pour deux achetées.",
    ),
)


def order_of(offer: Offer, now: datetime, currency: str) -> Order:
    """What is booked for ``offer``, in the house's currency."""
    return Order(
        name=offer.campaign,
        starts_at=now,
        ends_at=now + FLIGHT,
        budget_micros=5_000_000_000,
        cpm_micros=offer.cpm_micros,
        currency=currency,
        radius_m=offer.radius_m,
        place_ids=places.place_ids(offer.key),
        category=offer.category,
        cap=CAP,
    )


@dataclass
class Seed:
    """One run of the seeding.

    Args:
        house: the installation, its records up to date and its slate made.
        tell: told how far it is.
    """

    house: House
    tell: Tell
    _done: dict[str, int] = field(default_factory=dict)

    async def __call__(self) -> None:
        """Do what is not done yet."""
        data_dir = self.house.engines.settings.data_dir
        memory = recall(data_dir)
        if not memory.complete:
            await asyncio.to_thread(self._import_places)
            await self._films()
            self.tell(Progress(FILMED_PERMILLE, BOOKINGS))
            await asyncio.to_thread(self._channel)
            for offer in OFFERS:
                await self._campaign(offer, memory, data_dir)
            await self.house.after_preparation()
            await asyncio.to_thread(self._accounts, memory, data_dir)
            memory.complete = True
            self.tell(Progress(1000, BOOKINGS))
        await asyncio.to_thread(self._car, memory)
        remember(data_dir, memory)

    def _import_places(self) -> None:
        self.house.geotarget.import_places(
            places.geojson(), file_format=FileFormat.GEOJSON, source=places.SOURCE
        )
        self.house.geotarget.index.refresh()

    async def _films(self) -> None:
        """Make and prepare the films, two at a time: one is drawn while another is encoded."""
        wanted = (*films.PROGRAMMES, *films.SPOTS, *films.ITEMS)
        self._done = dict.fromkeys((film.key for film in wanted), 0)
        turns = asyncio.Semaphore(WORKERS)
        with work_folder(self.house.media.work_dir, "demo-") as folder:

            async def one(film: Film) -> None:
                async with turns:
                    await self._film(film, folder)

            async with asyncio.TaskGroup() as group:
                for film in wanted:
                    group.create_task(one(film))

    async def _film(self, film: Film, folder: Path) -> None:
        media = self.house.media
        known = await asyncio.to_thread(media.assets.find, film.asset_id)
        if known is None:
            path = folder / f"{film.key}{suffix_of(film)}"
            await asyncio.to_thread(render, film, path)
            self._tell(film, RENDER_PERMILLE)
            admit = replace(media.admit_file, queue=Elsewhere())
            await admit(OWNER, path, asset_id=film.asset_id, filename=f"{film.title}{path.suffix}")
            path.unlink()

        async def report(permille: int) -> None:
            self._tell(film, RENDER_PERMILLE + permille * (1000 - RENDER_PERMILLE) // 1000)

        asset = await media.prepare_asset(film.asset_id, report)
        if asset.state is not AssetState.READY:
            raise Conflict("demo-film-failed", f"“{film.title}” was not prepared: {' '.join(asset.reasons)}.")
        self._tell(film, 1000)

    def _tell(self, film: Film, permille: int) -> None:
        self._done[film.key] = permille
        done, number = self._done.values(), len(self._done)
        share = sum(done) * FILMED_PERMILLE // (1000 * number)
        self.tell(Progress(share, FILMS, sum(one == 1000 for one in done), number))

    def _channel(self) -> None:
        content = self.house.content
        entries: list[Entry] = []
        for number, film in enumerate(films.PROGRAMMES):
            draft = ProgrammeDraft(
                title=film.title,
                synopsis=film.synopsis,
                category=_CATEGORIES[film.key],
                language="en",
                rights=Rights(catch_up_days=7),
            )
            programme = content.add_programme(film.asset_id, draft)
            entries += [ProgrammeEntry(programme.programme_id), BreakEntry(BREAKS[number % 2])]
        for film, (partner, kind) in zip(films.ITEMS, PARTNERS, strict=True):
            content.add_item(film.asset_id, ItemDraft(partner, film.title, kind))
        channel = next((one for one in content.list_channels() if one.slug == CHANNEL_SLUG), None)
        if channel is None:
            channel = content.create_channel(OWNER, ChannelDraft("Roadcast TV", CHANNEL_SLUG), entries)
        if channel.schedule_version == 1:
            content.edit_plan.save(OWNER, channel.channel_id, 1, _week(entries))

    async def _campaign(self, offer: Offer, memory: Memory, data_dir: Path) -> None:
        adserver = self.house.adserver
        if offer.key not in memory.advertisers:
            advertiser = await asyncio.to_thread(adserver.register_advertiser, offer.advertiser)
            memory.advertisers[offer.key] = advertiser.advertiser_id
            remember(data_dir, memory)
        advertiser_id = memory.advertisers[offer.key]
        known = await asyncio.to_thread(adserver.booking.read, advertiser_id)
        engines = self.house.engines
        order = order_of(offer, engines.clock.now(), engines.settings.exchange.currency)
        campaign = known[0] if known else await adserver.booking.book(advertiser_id, order)
        memory.campaigns[offer.key] = campaign.campaign_id
        if not campaign.creatives:
            submit = replace(adserver.booking.submit, admit=self._prepared, auto_approve=True)
            # A spot for the breaks, and a card for the screen between them.
            for upload_id in (f"ast_demo{offer.key}", ""):
                creative = Submission(offer.headline, offer.body, upload_id=upload_id)
                await submit(advertiser_id, campaign.campaign_id, creative, owner=OWNER)
        remember(data_dir, memory)

    async def _prepared(self, owner: str, upload_id: str, *, longest_ms: int) -> Asset:
        """Stands where an upload is admitted: the spot was prepared before."""
        asset = await asyncio.to_thread(self.house.media.assets.find, upload_id)
        if asset is None:
            raise Conflict("demo-film-failed", f"There is no spot {upload_id} of {owner}.")
        return asset

    def _accounts(self, memory: Memory, data_dir: Path) -> None:
        """Random passwords, remembered before they are used, so that none is ever lost."""
        wanted: Iterable[tuple[str, AccountRole, str]] = (
            ("editor", AccountRole.EDITOR, ""),
            ("advertiser", AccountRole.ADVERTISER, memory.advertisers[OFFERS[0].key]),
            ("operator", AccountRole.OPERATOR, ""),
        )
        for name, role, organisation_id in wanted:
            memory.passwords.setdefault(name, secrets.token_urlsafe(12))
            remember(data_dir, memory)
            if self.house.accounts.by_name(name) is None:
                self.house.create_account(
                    name, memory.passwords[name], role, name.capitalize(), organisation_id
                )

    def _car(self, memory: Memory) -> None:
        """One car, and codes that enrol its screen, its feed and ordinary players; renewed at each start."""
        players = self.house.players
        players.register_vehicle(Vehicle(VEHICLE_ID, "Demo car", "FR", "fr", location_consent=True))
        for use, role, technique in (
            ("screen", Role.SCREEN, Technique.TWO_ELEMENT),
            ("feed", Role.FEED, Technique.TWO_ELEMENT),
            ("player", Role.SCREEN, Technique.SLATE),
        ):
            memory.codes.setdefault(use, f"demo-{use}-{secrets.token_urlsafe(9)}")
            terms = CodeTerms(VEHICLE_ID, role=role, technique=technique, uses=10_000, valid_ms=YEAR_MS)
            players.issue_code(terms, memory.codes[use])


def _week(loop: list[Entry]) -> Plan:
    """The loop, filled up with its own programmes, and every evening an hour of it in another order."""
    half = len(loop) // 2
    evening = Block("20:00", (*loop[half:], *loop[:half]), until="21:00", repeat=True)
    fillers = tuple(entry.programme_id for entry in loop if isinstance(entry, ProgrammeEntry))
    return Plan(loop=tuple(loop), week=dict.fromkeys(WEEKDAYS, (evening,)), fill=FillRule(fillers=fillers))
