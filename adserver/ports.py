"""What the ad server asks of the world."""

from collections.abc import Awaitable, Iterable, Mapping, Sequence
from typing import Protocol

from adserver.billing.audit import Books as AuditedBooks
from adserver.billing.budget import Balance, Claim, Hold, Outcome, Pass, Reservation, Standing
from adserver.billing.credit import Credit, Refusal
from adserver.billing.delivery import By, Tally
from adserver.billing.impression import CountedFill, Event, Told
from adserver.billing.invoice import Invoice
from adserver.billing.report import Count
from adserver.billing.tax import BillTo
from adserver.booking.advertiser import Advertiser
from adserver.booking.campaign import Campaign, CampaignState, Creative, CreativeState, LineItem
from adserver.booking.cap import FrequencyCap
from adserver.booking.room import Booked
from adserver.booking.terms import NOTHING, Delivered
from adserver.coupons.coupon import Coupon
from adserver.serving.kept import Commit, Committed, Kept, Looked
from adserver.serving.trace import Trace
from media.manifest import AssetManifest


class Announce(Protocol):
    """Tells every process that something changed (topic ``demand``)."""

    async def __call__(self, topic: str) -> None:
        """Publish ``topic``."""


class PreparedMedia(Protocol):
    """What the ad server needs to know of an asset of ``media``."""

    @property
    def asset_id(self) -> str:
        """Its id."""

    @property
    def state(self) -> str:
        """``queued``, ``preparing``, ``ready`` or ``failed``."""

    @property
    def reasons(self) -> Sequence[str]:
        """Why it failed."""

    @property
    def manifest(self) -> AssetManifest | None:
        """Once it is ready."""


class AdmitMedia(Protocol):
    """``media.admit_upload``: takes a finished upload and has it prepared."""

    def __call__(self, owner: str, upload_id: str, *, longest_ms: int) -> Awaitable[PreparedMedia]:
        """The new asset.

        Raises:
            Invalid: ``media-…`` if it is no acceptable film or sound, or plays for more than ``longest_ms``.
            NotFound: if there is no such upload of ``owner``.
        """


class FindMedia(Protocol):
    """Looks an asset up."""

    def __call__(self, asset_id: str) -> PreparedMedia | None:
        """The asset, or None."""


class Campaigns(Protocol):
    """What is booked. Each method is one transaction."""

    def add_advertiser(self, advertiser: Advertiser) -> None:
        """Keep a new advertiser."""

    def advertiser(self, advertiser_id: str) -> Advertiser | None:
        """One advertiser."""

    def cap_advertiser(self, advertiser_id: str, caps: tuple[FrequencyCap, ...]) -> None:
        """Replace an advertiser's frequency caps."""

    def add(self, campaign: Campaign) -> None:
        """Keep a new campaign with its line item."""

    def get(self, campaign_id: str, advertiser_id: str | None) -> Campaign | None:
        """A campaign with its creatives; None where ``advertiser_id`` is given and is not its own."""

    def newest(self, advertiser_id: str | None, limit: int) -> list[Campaign]:
        """Campaigns of one advertiser, or of all where None, newest first."""

    def bookable(
        self, ends_after_ms: int, redeemed_after_ms: int | None = None
    ) -> list[tuple[Campaign, Advertiser]]:
        """Campaigns that are not over, each with its advertiser.

        Those that pay for redemptions, whose coupons outlive them, from the end ``redeemed_after_ms`` on.
        """

    def booked(self, advertiser_id: str, now_ms: int, but: str = "") -> Booked:
        """How much an advertiser's campaigns are that are neither over nor ended, ``but`` one of them."""

    def move(self, campaign_id: str, before: CampaignState, after: CampaignState) -> bool:
        """Change the state if it still is ``before``."""

    def edit(self, before: Campaign, after: Campaign, actor: str, at_ms: int) -> bool:
        """Write ``after``, with an audit line, if the revision still is that of ``before``."""

    def remove(self, campaign: Campaign, actor: str, at_ms: int) -> bool:
        """Remove a campaign with its creatives, with an audit line, unless events of it were posted."""

    def add_creative(
        self, creative: Creative, coupon: Coupon | None = None, codes: Sequence[str] = ()
    ) -> None:
        """Keep a new creative, with a card's coupon and its codes; ``coupon-codes-taken`` as Invalid."""

    def creative(self, creative_id: str) -> Creative | None:
        """One creative."""

    def creatives_in(self, state: CreativeState, limit: int) -> list[Creative]:
        """Creatives in a state, oldest first."""

    def replace_creative(self, creative: Creative, before: CreativeState) -> bool:
        """Write a creative anew if its state still is ``before``."""


class Ledger(Protocol):
    """What was delivered and what is owed. Append-only."""

    def post(self, events: Sequence[Event]) -> int:
        """Keep events and their charges in one transaction; how many were new.

        What was posted before, by (fill, kind), is passed over.

        Raises:
            Conflict: ``event-contradicts-ledger``, such as a second charge of one fill; nothing is kept then.
        """

    def spent(self) -> dict[str, int]:
        """Micros charged so far, by line item: running totals, cheap to ask for."""

    def delivered(self, line_item_ids: Sequence[str] | None = None) -> dict[str, Delivered]:
        """What each line item (or all of them) has had: running totals, too; those without are missing."""

    def counted_since(self, since_ms: int, saved_since_ms: int) -> dict[str, list[CountedFill]]:
        """Fills of which something was counted since then, or whose coupon was saved since, by line item."""

    def totals(self, line_item_ids: Sequence[str]) -> dict[str, tuple[int, int]]:
        """How often each was shown (spots and cards) and the micros that it was billed; 0 are missing."""

    def counts(self, line_item_id: str) -> list[Count]:
        """All events of a line item by quarter hour and kind, oldest first."""

    def unplayed(self, line_item_id: str) -> list[Count]:
        """The same, of those alone that expired, or were told of before their turn, and were never played."""

    def tallies(
        self, line_item_id: str, by: By, from_ms: int | None = None, to_ms: int | None = None
    ) -> list[Tally]:
        """All events of a line item by kind, and by place or creative: of all time, or of [from, to)."""


class Credits(Protocol):
    """What was given back. Append-only; each method is one transaction."""

    def find(self, campaign_id: str, key: str) -> Credit | None:
        """One by its key."""

    def of(self, campaign_id: str) -> list[Credit]:
        """All of a campaign, the newest first."""

    def give(self, credit: Credit, before: Campaign, after: Campaign) -> Credit | Refusal:
        """Keep it with its posting and an audit line, and bring the campaign's order to that of ``after``.

        Returns:
            What stands (``credit``, or what the key was used for before), or why it was not written.
        """


class Invoices(Protocol):
    """What was issued. Append-only; each method is one transaction."""

    def advertisers(self) -> list[Advertiser]:
        """All, the oldest first."""

    def currencies(self, advertiser_id: str) -> list[str]:
        """Those in which something of theirs is booked."""

    def issue(self, draft: Invoice) -> Invoice | None:
        """Add the month up, give it the next number, and keep it.

        Returns:
            The invoice that stands for the advertiser, month and currency; None where there is nothing to
            invoice, or that of a later month stands.
        """

    def bill_to(self, advertiser_id: str) -> BillTo:
        """Whom the next invoices of an advertiser name; empty where nothing was written."""

    def write_bill_to(self, advertiser_id: str, kept: BillTo) -> None:
        """That from now on."""

    def get(self, number: int) -> Invoice | None:
        """One by its number."""

    def newest(self, advertiser_id: str | None, limit: int) -> list[Invoice]:
        """The newest of one advertiser, or of all."""


class PrintInvoice(Protocol):
    """Makes a document of an invoice."""

    def __call__(self, invoice: Invoice, language: str) -> bytes:
        """PDF; the same invoice in the same language is the same file."""


class Books(Protocol):
    """The books as a whole."""

    def line_items(self) -> list[str]:
        """All that are on record."""

    def read(self) -> AuditedBooks:
        """Everything added up, as it stood at one moment: a scan of the ledger."""


class Budgets(Protocol):
    """Counters of budgets; remaining + reserved + spent = budget after each call."""

    async def open(
        self,
        item: LineItem,
        *,
        spent_micros: int,
        counted: Iterable[CountedFill],
        now_ms: int,
        delivered: Delivered = NOTHING,
    ) -> bool:
        """Set counters that are missing, and remember fills that were counted; False where they exist."""

    async def repair(
        self,
        line_item_id: str,
        *,
        spent_micros: int,
        counted: Iterable[CountedFill],
        now_ms: int,
        delivered: Delivered = NOTHING,
    ) -> int:
        """Settle fills of the ledger that counters behind it have lost; by how many micros spent rose.

        Events that are not yet posted do not disturb it: fills are settled one by one, each once.

        ``spent_micros`` is the ledger's, read before: where the counters have as much, nothing is done.
        ``counted`` are the fills that it counted lately, ``delivered`` its numbers: those of the counters are
        raised to them.
        """

    async def rebudget(self, item: LineItem, revision: int) -> bool:
        """Bring budget and goal to ``item``'s, those of edit ``revision``; False where it is not there yet.

        What is spent or reserved stays, what the edit held is given up, and an older edit changes nothing.
        """

    async def close(self, line_item_id: str) -> bool:
        """Forget the counters; False, and nothing is done, where something is spent or reserved."""

    async def balances(self, line_item_ids: Sequence[str]) -> dict[str, Balance]:
        """The counters, each line item's read at one moment; those without are missing."""

    async def reach(self, line_item_id: str) -> int:
        """About how many vehicles were shown it: an estimate that keeps none of them."""

    async def standing(self, items: Sequence[LineItem]) -> Standing:
        """What a decision asks, in one round trip."""

    async def delivered(self, line_item_ids: Sequence[str]) -> dict[str, Delivered]:
        """What each has had, with cards among its impressions."""

    async def pacing_turn(self, minute: int) -> bool:
        """Whether nobody else has paced in this minute: of many workers one does."""

    async def pace(self, paces: Mapping[str, Pass]) -> None:
        """Let through so much of each line item from now on."""

    async def paces(self, line_item_ids: Sequence[str]) -> dict[str, Pass]:
        """How each is paced; those that are not are missing."""

    async def reserve(self, claims: Sequence[Reservation], now_ms: int) -> list[Claim]:
        """Claim each or none of its price."""

    async def hold(self, holds: Sequence[Hold]) -> list[Claim]:
        """Hold each price until its moment, by the fill's claim or from what remains; never for less long.

        Held again it is held once. Refused where the budget has no more, and for what was given up.
        """

    async def release(self, claims: Sequence[Reservation]) -> None:
        """Give claims back that were reserved or found held, each once for each time.

        Those that others hold too stay; those that are not held any more are passed over.
        """

    async def record(self, told: Sequence[Told], now_ms: int) -> list[Outcome]:
        """Count each event once, in the order in which they come; the one that bills settles the claim.

        One round trip. An event of the fill that is given up (``not-used``) gives its claim back. What cannot
        be paid now is owed for a day, unless it is we who tell it.
        """

    async def owed(self, now_ms: int) -> list[Told]:
        """What is owed and may be paid by now, to be recorded again: the oldest of each line item first."""

    async def expire(self, now_ms: int) -> int:
        """Give back claims that were held too long, forget what is old; how many were given back."""

    async def events(self, limit: int) -> list[tuple[bytes, bytes, Event]]:
        """Recorded events that are not yet known to be in the ledger: (stream, position, event).

        What cannot be read is set aside.
        """

    async def posted(self, positions: Sequence[tuple[bytes, bytes]]) -> None:
        """Drop events that are in the ledger."""

    async def set_aside(self, positions: Sequence[tuple[bytes, bytes]]) -> None:
        """Keep events that cannot be posted where they hold nothing up, for somebody to look at."""


class Caps(Protocol):
    """A vehicle's exposures and its decided avails."""

    async def look(self, subject: str, avail_id: str) -> Looked:
        """The plan that stands for the avail, if one does, and what the vehicle was shown."""

    async def commit(self, subject: str, commit: Commit, now_ms: int) -> tuple[list[Claim], Committed]:
        """Claim what a plan needs, and then, whatever was refused, keep it with its exposures, or nothing.

        One round trip. Whoever sees the plan afterwards sees its claims.

        Returns:
            What became of each claim, as of :meth:`Budgets.reserve`; and what became of the plan.
        """

    async def confirm(self, subject: str, kept: Kept) -> bool:
        """Make a plan sure whose claims are held; False where it does not stand any more."""

    async def forget(self, subject: str) -> None:
        """Forget what a vehicle was shown, and in a day what it is still; its plans go within the hour."""


class Said(Protocol):
    """How often decisions said what of each line item, by day (UTC, counted since 1970), for some days."""

    async def add(self, counted: Mapping[tuple[int, str, str], int]) -> None:
        """Add numbers by day, line item and word: a reason, or ``chosen``."""

    async def read(self, line_item_ids: Sequence[str], day: int) -> dict[str, dict[str, int]]:
        """The numbers of each by word, of ``day`` and the one before together."""


class Traces(Protocol):
    """Some decisions with all that they were made from, for some days and never more than some thousands."""

    async def keep(self, trace: Trace) -> None:
        """Keep one, and forget what is too old or too much."""

    async def find(self, trace_id: str) -> Trace | None:
        """That one, if it is kept and can be read."""

    async def newest(self, advertiser_id: str | None, limit: int) -> list[Trace]:
        """The newest, of all or of those that said something of an advertiser's line items."""


class DetourTimes(Protocol):
    """What a routing engine has said of detours."""

    def __call__(
        self,
        latitude: float,
        longitude: float,
        heading_deg: float | None,
        places: Sequence[tuple[tuple[float, float], float]],
    ) -> list[float | None]:
        """How many seconds longer a trip is by way of each place; None where it has said nothing yet.

        Args:
            latitude: of the car.
            longitude: of the car.
            heading_deg: of its course; None where it has none.
            places: latitude and longitude of each, and how far it is in metres.
        """


class Roll(Protocol):
    """Chance."""

    def __call__(self) -> float:
        """Uniform in [0, 1)."""
