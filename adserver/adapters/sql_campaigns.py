"""Advertisers, campaigns and creatives in SQL."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    Engine,
    Row,
    Select,
    and_,
    cast,
    delete,
    func,
    insert,
    or_,
    select,
    true,
    update,
)

from adserver.adapters import sql_coupons, sql_transfers
from adserver.adapters.tables import (
    advertisers,
    campaign_audit,
    campaigns,
    coupon_codes,
    coupons,
    creative_trackers,
    creatives,
    fill_events,
    line_items,
    saved_coupons,
)
from adserver.billing.impression import SHOWN
from adserver.billing.ledger import Commitment, commit
from adserver.booking.advertiser import Advertiser
from adserver.booking.campaign import (
    Approach,
    Campaign,
    CampaignState,
    Category,
    Creative,
    CreativeState,
    LineItem,
    Priority,
    Rotation,
)
from adserver.booking.cap import FrequencyCap, Per
from adserver.booking.room import Booked
from adserver.booking.targeting import Targeting
from adserver.booking.terms import Action, Goal, GoalUnit, Pacing
from adserver.coupons.coupon import Coupon
from adserver.serving.avail import Format

_IDS_A_QUERY = 500


class SqlCampaigns:
    """Implements :class:`adserver.ports.Campaigns`; one transaction a method.

    Args:
        engine: for writing.
        reads: for reading; ``engine`` where there is no other.
    """

    def __init__(self, engine: Engine, reads: Engine | None = None) -> None:
        self._engine = engine
        self._reads = reads or engine

    def add_advertiser(self, advertiser: Advertiser) -> None:
        """See the port."""
        with self._engine.begin() as connection:
            connection.execute(insert(advertisers).values(_advertiser_row(advertiser)))

    def advertiser(self, advertiser_id: str) -> Advertiser | None:
        """See the port."""
        with self._reads.connect() as connection:
            wanted = select(advertisers).where(advertisers.c.advertiser_id == advertiser_id)
            row = connection.execute(wanted).first()
        return advertiser_of(row) if row else None

    def cap_advertiser(self, advertiser_id: str, caps: tuple[FrequencyCap, ...]) -> None:
        """See the port."""
        own = advertisers.c.advertiser_id == advertiser_id
        with self._engine.begin() as connection:
            connection.execute(update(advertisers).where(own).values(caps=_json(caps)))

    def add(self, campaign: Campaign) -> None:
        """See the port."""
        values = msgspec.structs.asdict(campaign)
        item = values.pop("line_item")
        del values["creatives"]
        values["caps"] = _json(campaign.caps)
        with self._engine.begin() as connection:
            connection.execute(insert(campaigns).values(values))
            connection.execute(insert(line_items).values(_item_row(item)))
            _order(connection, campaign, 0, campaign.created_ms)

    def get(self, campaign_id: str, advertiser_id: str | None) -> Campaign | None:
        """See the port."""
        wanted = _joined().where(campaigns.c.campaign_id == campaign_id)
        if advertiser_id is not None:
            wanted = wanted.where(campaigns.c.advertiser_id == advertiser_id)
        with self._reads.connect() as connection:
            found = _read(connection, wanted)
        return found[0] if found else None

    def newest(self, advertiser_id: str | None, limit: int) -> list[Campaign]:
        """See the port."""
        wanted = (
            _joined().order_by(campaigns.c.created_ms.desc(), campaigns.c.campaign_id.desc()).limit(limit)
        )
        if advertiser_id is not None:
            wanted = wanted.where(campaigns.c.advertiser_id == advertiser_id)
        with self._reads.connect() as connection:
            return _read(connection, wanted)

    def bookable(
        self, ends_after_ms: int, redeemed_after_ms: int | None = None
    ) -> list[tuple[Campaign, Advertiser]]:
        """See the port."""
        of = line_items.c
        stands = of.ends_ms > ends_after_ms
        if redeemed_after_ms is not None:
            redeemed = and_(of.action == Action.REDEMPTION, of.cpa_micros > 0)
            stands = or_(stands, and_(redeemed, of.ends_ms > redeemed_after_ms))
        wanted = _joined().where(stands).order_by(campaigns.c.campaign_id)
        with self._reads.connect() as connection:
            found = _read(connection, wanted)
            booked = {campaign.advertiser_id for campaign in found}
            rows = connection.execute(select(advertisers)).all() if found else ()
        whose = {row.advertiser_id: advertiser_of(row) for row in rows if row.advertiser_id in booked}
        return [(campaign, whose[campaign.advertiser_id]) for campaign in found]

    def booked(self, advertiser_id: str, now_ms: int, but: str = "") -> Booked:
        """See the port."""
        of, whole = line_items.c, line_items.join(campaigns)
        number = func.sum(self._length(of.place_ids) + self._length(of.area_ids))
        stands = campaigns.c.state != CampaignState.ENDED, of.ends_ms > now_ms, of.campaign_id != but
        wanted = select(func.count(), number).select_from(whole)
        with self._engine.connect() as connection:
            row = connection.execute(wanted.where(campaigns.c.advertiser_id == advertiser_id, *stands)).one()
        return Booked(row[0], int(row[1] or 0))

    def _length(self, column: ColumnElement[str]) -> ColumnElement[int]:
        postgres = self._engine.dialect.name == "postgresql"
        return func.json_array_length(cast(column, JSON) if postgres else column)

    def move(self, campaign_id: str, before: CampaignState, after: CampaignState) -> bool:
        """See the port."""
        with self._engine.begin() as connection:
            changed = connection.execute(
                update(campaigns)
                .where(campaigns.c.campaign_id == campaign_id, campaigns.c.state == before)
                .values(state=after)
            )
        return changed.rowcount == 1

    def edit(self, before: Campaign, after: Campaign, actor: str, at_ms: int) -> bool:
        """See the port."""
        campaign_id = before.campaign_id
        with self._engine.begin() as connection:
            changed = connection.execute(
                update(campaigns)
                .where(
                    campaigns.c.campaign_id == campaign_id,
                    campaigns.c.revision == before.revision,
                    campaigns.c.state != CampaignState.ENDED,
                )
                .values(name=after.name, revision=after.revision, caps=_json(after.caps))
            )
            if changed.rowcount != 1:
                return False
            mine = line_items.c.campaign_id == campaign_id
            connection.execute(update(line_items).where(mine).values(_item_row(after.line_item)))
            _order(connection, after, before.line_item.budget_micros, at_ms)
            old, new = (msgspec.to_builtins(one.line_item) for one in (before, after))
            detail = {field: [old[field], new[field]] for field in new if old[field] != new[field]}
            if before.caps != after.caps:
                detail["campaign_caps"] = msgspec.to_builtins([before.caps, after.caps])
            _audit(connection, campaign_id, actor, at_ms, "campaign-changed", detail)
        return True

    def remove(self, campaign: Campaign, actor: str, at_ms: int) -> bool:
        """See the port."""
        campaign_id, item_id = campaign.campaign_id, campaign.line_item.line_item_id
        with self._engine.begin() as connection:
            mine = fill_events.c.line_item_id == item_id, fill_events.c.kind.in_(SHOWN)
            if connection.execute(select(fill_events.c.fill_id).where(*mine).limit(1)).first():
                return False
            # Cars have codes of it: what was shown is told of in a moment.
            given = select(saved_coupons.c.number).where(saved_coupons.c.campaign_id == campaign_id)
            if connection.execute(given.limit(1)).first():
                return False
            standing = select(campaigns.c.revision).where(campaigns.c.campaign_id == campaign_id)
            revision = connection.execute(standing.with_for_update()).scalar()
            if revision != campaign.revision:
                return revision is None  # somebody else has removed it, or changed it
            kept = (saved_coupons, coupon_codes, coupons, creative_trackers, creatives, line_items, campaigns)
            for table in kept:
                connection.execute(delete(table).where(table.c.campaign_id == campaign_id))
            _order(connection, _withdrawn(campaign), campaign.line_item.budget_micros, at_ms)
            detail = {"name": [campaign.name, None]}
            _audit(connection, campaign_id, actor, at_ms, "campaign-removed", detail)
        return True

    def add_creative(
        self, creative: Creative, coupon: Coupon | None = None, codes: Sequence[str] = ()
    ) -> None:
        """See the port."""
        with self._engine.begin() as connection:
            if coupon is not None:
                sql_coupons.write(connection, coupon, codes)
            connection.execute(insert(creatives).values(creative_row(creative)))

    def creative(self, creative_id: str) -> Creative | None:
        """See the port."""
        with self._reads.connect() as connection:
            row = connection.execute(select(creatives).where(creatives.c.creative_id == creative_id)).first()
        return creative_of(row) if row else None

    def creatives_in(self, state: CreativeState, limit: int) -> list[Creative]:
        """See the port."""
        oldest = select(creatives).where(creatives.c.state == state)
        oldest = oldest.order_by(creatives.c.created_ms, creatives.c.creative_id).limit(limit)
        with self._reads.connect() as connection:
            return [creative_of(row) for row in connection.execute(oldest)]

    def replace_creative(self, creative: Creative, before: CreativeState) -> bool:
        """See the port."""
        with self._engine.begin() as connection:
            changed = connection.execute(
                update(creatives)
                .where(creatives.c.creative_id == creative.creative_id, creatives.c.state == before)
                .values(creative_row(creative))
            )
        return changed.rowcount == 1


def _audit(
    connection: Connection, campaign_id: str, actor: str, at_ms: int, action: str, detail: Mapping[str, Any]
) -> None:
    row = {"campaign_id": campaign_id, "actor": actor, "at_ms": at_ms, "action": action}
    connection.execute(insert(campaign_audit).values(row | {"detail": msgspec.json.encode(detail).decode()}))


def _order(connection: Connection, campaign: Campaign, before_micros: int, at_ms: int) -> None:
    """Post what the campaign's order is from now on."""
    item = campaign.line_item
    commitment = Commitment(
        item.advertiser_id, item.line_item_id, campaign.revision, item.currency, item.budget_micros
    )
    if (posting := commit(commitment, before_micros, at_ms)) is not None:
        sql_transfers.write(connection, [posting])


def _withdrawn(campaign: Campaign) -> Campaign:
    item = msgspec.structs.replace(campaign.line_item, budget_micros=0)
    return msgspec.structs.replace(campaign, line_item=item, revision=campaign.revision + 1)


def _joined() -> Select[Any]:
    shared = {"campaign_id", "advertiser_id", "name", "caps"}
    item_columns = [c for c in line_items.c if c.name not in shared]
    joined = campaigns.join(line_items, line_items.c.campaign_id == campaigns.c.campaign_id)
    return select(campaigns, *item_columns, line_items.c.caps.label("item_caps")).select_from(joined)


_with_coupons = select(
    creatives, func.coalesce(coupons.c.saved < coupons.c.codes, true()).label("coupon_left")
).select_from(creatives.outerjoin(coupons, coupons.c.coupon_id == creatives.c.creative_id))


def _read(connection: Connection, wanted: Select[Any]) -> list[Campaign]:
    rows = connection.execute(wanted).all()
    by_campaign: dict[str, list[Creative]] = {}
    ids = [row.campaign_id for row in rows]
    for start in range(0, len(ids), _IDS_A_QUERY):
        some = creatives.c.campaign_id.in_(ids[start : start + _IDS_A_QUERY])
        oldest_first = _with_coupons.where(some).order_by(creatives.c.created_ms, creatives.c.creative_id)
        for row in connection.execute(oldest_first):
            by_campaign.setdefault(row.campaign_id, []).append(creative_of(row))
    return [_campaign(row, tuple(by_campaign.get(row.campaign_id, ()))) for row in rows]


def _campaign(row: Row[Any], made: tuple[Creative, ...]) -> Campaign:
    return Campaign(
        campaign_id=row.campaign_id,
        advertiser_id=row.advertiser_id,
        name=row.name,
        state=CampaignState(row.state),
        created_ms=row.created_ms,
        line_item=LineItem(
            line_item_id=row.line_item_id,
            campaign_id=row.campaign_id,
            advertiser_id=row.advertiser_id,
            name=row.name,
            starts_ms=row.starts_ms,
            ends_ms=row.ends_ms,
            budget_micros=row.budget_micros,
            cpm_micros=row.cpm_micros,
            currency=row.currency,
            radius_m=row.radius_m,
            place_ids=msgspec.json.decode(row.place_ids, type=tuple[str, ...]),
            category=Category(row.category),
            priority=Priority(row.priority),
            caps=_caps(row.item_caps) or (FrequencyCap(row.cap_count, row.cap_window_s),),
            timezone=row.timezone,
            exclusions=msgspec.json.decode(row.exclusions, type=tuple[Category, ...]),
            markets=msgspec.json.decode(row.markets, type=tuple[str, ...]),
            area_ids=msgspec.json.decode(row.area_ids, type=tuple[str, ...]),
            approach=msgspec.json.decode(row.approach, type=Approach),
            targeting=msgspec.json.decode(row.targeting, type=Targeting),
            rotation=Rotation(row.rotation),
            cpv_micros=row.cpv_micros,
            cpa_micros=row.cpa_micros,
            action=Action(row.action),
            goal=Goal(GoalUnit(row.goal_unit), row.goal_amount),
            pacing=Pacing(row.pacing),
        ),
        creatives=made,
        revision=row.revision,
        caps=_caps(row.caps),
    )


def _caps(told: str) -> tuple[FrequencyCap, ...]:
    return msgspec.json.decode(told, type=tuple[FrequencyCap, ...])


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _advertiser_row(advertiser: Advertiser) -> Mapping[str, Any]:
    return msgspec.structs.asdict(advertiser) | {"caps": _json(advertiser.caps)}


def advertiser_of(row: Row[Any]) -> Advertiser:
    """From a row of their table."""
    values = dict(row._mapping)
    return Advertiser(**values | {"category": Category(row.category), "caps": _caps(row.caps)})


def _item_row(item: LineItem) -> Mapping[str, Any]:
    row = msgspec.structs.asdict(item)
    goal = row.pop("goal")
    names = ("place_ids", "exclusions", "markets", "area_ids", "approach", "targeting", "caps")
    lists = {name: _json(row[name]) for name in names}
    # Such as processes of the version before can keep to.
    cap = next((one for one in item.caps if one.per is Per.WINDOW), FrequencyCap(1, 86_400))
    ends = {"goal_unit": goal.unit, "goal_amount": goal.amount}
    return row | lists | ends | {"cap_count": cap.count, "cap_window_s": cap.window_s}


def creative_row(creative: Creative) -> Mapping[str, Any]:
    """A row of their table."""
    row = msgspec.structs.asdict(creative)
    del row["coupon_left"]  # that is told by what was given
    reasons = msgspec.json.encode(creative.reasons).decode()
    return row | {"formats": ",".join(sorted(creative.formats)), "reasons": reasons}


def creative_of(row: Row[Any]) -> Creative:
    """From a row of their table."""
    values = dict(row._mapping)
    values.pop("tag_try_ms", None)  # whose turn it is concerns nobody else
    values["formats"] = frozenset(Format(word) for word in row.formats.split(",") if word)
    values["state"] = CreativeState(row.state)
    values["reasons"] = msgspec.json.decode(row.reasons, type=tuple[str, ...])
    return Creative(**values | {"coupon_left": bool(values.get("coupon_left", True))})
