"""Coupons in SQL: a code is given once to a vehicle, and redeemed once, whoever races for it."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Row,
    Select,
    case,
    func,
    insert,
    select,
    tuple_,
    update,
)
from sqlalchemy.exc import IntegrityError

from adserver.adapters.tables import advertisers, coupon_codes, coupons, saved_coupons
from adserver.coupons.coupon import Coupon, Outcome, Redemption, SavedCoupon, Standing, codes_taken, fold

_of = saved_coupons.c


class SqlCoupons:
    """Implements :class:`adserver.coupons.ports.Coupons`; one transaction a method.

    Args:
        engine: for writing.
        reads: for reading; ``engine`` where there is no other.
    """

    def __init__(self, engine: Engine, reads: Engine | None = None) -> None:
        self._engine = engine
        self._reads = reads or engine

    def get(self, coupon_id: str) -> Coupon | None:
        """See the port."""
        with self._reads.connect() as connection:
            row = connection.execute(select(coupons).where(coupons.c.coupon_id == coupon_id)).first()
        return Coupon(**row._mapping) if row else None

    def held(self, coupon_id: str, holders: Sequence[str]) -> SavedCoupon | None:
        """See the port."""
        mine = _held(coupon_id, holders)
        with self._engine.begin() as connection:
            connection.execute(update(saved_coupons).where(mine, ~_of.shown).values(shown=True))
            row = connection.execute(_joined().where(mine)).first()
        return _saved(row) if row else None

    def give(
        self,
        coupon: Coupon,
        holders: Sequence[str],
        code: str,
        owed_to: str,
        at_ms: int,
        expires_ms: int,
        *,
        paid: bool = False,
    ) -> SavedCoupon | None:
        """See the port."""
        row = {
            "coupon_id": coupon.coupon_id,
            "campaign_id": coupon.campaign_id,
            "advertiser_id": coupon.advertiser_id,
            "holder": holders[0],
            "shown": True,
            "owed_to": owed_to,
            "saved_ms": at_ms,
            "expires_ms": expires_ms,
            "tell_ms": at_ms if paid else 0,
        }
        try:
            with self._engine.begin() as connection:
                number = _next(connection, coupon.coupon_id)
                if number is None:
                    return None
                code = coupon.shared_code or _pooled(connection, coupon, number) or code
                given = row | {"number": number, "code": code, "folded": fold(code)}
                connection.execute(insert(saved_coupons).values(given))
        except IntegrityError:  # another screen of the vehicle was first; its number goes back
            pass
        return self.held(coupon.coupon_id, holders)

    def wallet(self, holders: Sequence[str], limit: int) -> list[SavedCoupon]:
        """See the port."""
        mine = _joined().where(_of.holder.in_(holders), _of.shown)
        with self._reads.connect() as connection:
            rows = connection.execute(mine.order_by(_of.saved_ms.desc(), _of.coupon_id).limit(limit))
            return [_saved(row) for row in rows]

    def hide(self, coupon_id: str, holders: Sequence[str]) -> None:
        """See the port."""
        with self._engine.begin() as connection:
            connection.execute(update(saved_coupons).where(_held(coupon_id, holders)).values(shown=False))

    def forget(self, holders: Sequence[str]) -> None:
        """See the port."""
        with self._engine.begin() as connection:
            connection.execute(update(saved_coupons).where(_of.holder.in_(holders)).values(holder=None))

    def expire(self, before_ms: int) -> int:
        """See the port."""
        over = (_of.expires_ms < before_ms) & _of.holder.is_not(None)
        with self._engine.begin() as connection:
            return connection.execute(update(saved_coupons).where(over).values(holder=None)).rowcount

    def redeem(
        self, advertiser_id: str, folded: str, account_id: str, receipt: str, at_ms: int
    ) -> Redemption | None:
        """See the port."""
        try:
            with self._engine.begin() as connection:
                return _redeem(connection, advertiser_id, folded, account_id, receipt, at_ms)
        except IntegrityError:  # the same sale was told at the same moment
            with self._engine.begin() as connection:
                return _redeem(connection, advertiser_id, folded, account_id, receipt, at_ms)

    def known_elsewhere(self, advertiser_id: str, folded: str) -> bool:
        """See the port."""
        others = select(_of.number).where(_of.folded == folded, _of.advertiser_id != advertiser_id)
        with self._reads.connect() as connection:
            return connection.execute(others.limit(1)).first() is not None

    def untold(self, now_ms: int, limit: int) -> list[SavedCoupon]:
        """See the port."""
        waiting = _joined().where(_of.tell_ms > 0, _of.tell_ms <= now_ms)
        with self._reads.connect() as connection:
            rows = connection.execute(waiting.order_by(_of.tell_ms).limit(limit))
            return [_saved(row) for row in rows]

    def told(self, redeemed: Sequence[SavedCoupon]) -> None:
        """See the port."""
        if not redeemed:
            return
        keys = [(one.coupon_id, one.number) for one in redeemed]
        with self._engine.begin() as connection:
            them = tuple_(_of.coupon_id, _of.number).in_(keys)
            connection.execute(update(saved_coupons).where(them).values(owed_to="", tell_ms=0))

    def tell_at(self, saved: Sequence[SavedCoupon], at_ms: int) -> None:
        """See the port."""
        if not saved:
            return
        keys = [(one.coupon_id, one.number, one.tell_ms) for one in saved]
        as_read = tuple_(_of.coupon_id, _of.number, _of.tell_ms).in_(keys)
        with self._engine.begin() as connection:
            connection.execute(update(saved_coupons).where(as_read).values(tell_ms=at_ms))

    def tell_anew(self, line_item_ids: Sequence[str], now_ms: int) -> None:
        """See the port."""
        mine = select(coupons.c.coupon_id).where(coupons.c.line_item_id.in_(line_item_ids))
        standing = (_of.owed_to != "") & (_of.redeemed_ms == 0) & (_of.expires_ms > now_ms)
        with self._engine.begin() as connection:
            lost = update(saved_coupons).where(_of.coupon_id.in_(mine), standing, _of.tell_ms == 0)
            connection.execute(lost.values(tell_ms=now_ms))

    def standings(self, campaign_id: str, now_ms: int) -> list[Standing]:
        """See the port."""
        redeemed = func.sum(case((_of.redeemed_ms > 0, 1), else_=0))
        over = func.sum(case(((_of.redeemed_ms == 0) & (_of.expires_ms <= now_ms), 1), else_=0))
        summed = select(_of.coupon_id, func.count(), redeemed, over).where(_of.campaign_id == campaign_id)
        mine = select(coupons).where(coupons.c.campaign_id == campaign_id)
        with self._reads.connect() as connection:
            rows = connection.execute(summed.group_by(_of.coupon_id))
            numbers = {coupon_id: tuple(map(int, counted)) for coupon_id, *counted in rows}
            found = connection.execute(mine.order_by(coupons.c.created_ms, coupons.c.coupon_id)).all()
        return [Standing(Coupon(**row._mapping), *numbers.get(row.coupon_id, ())) for row in found]

    def saved(self, campaign_id: str, limit: int) -> list[SavedCoupon]:
        """See the port."""
        mine = _joined().where(_of.campaign_id == campaign_id)
        with self._reads.connect() as connection:
            rows = connection.execute(mine.order_by(_of.coupon_id, _of.number).limit(limit))
            return [_saved(row) for row in rows]


def write(connection: Connection, coupon: Coupon, codes: Sequence[str]) -> None:
    """Keep a new coupon, and the codes that it gives in their order, if it has its own.

    Raises:
        Invalid: ``coupon-codes-taken`` where another of the advertiser's has one of them; many may have the
            same code for all.
    """
    if _taken(connection, coupon, codes):
        raise codes_taken()
    connection.execute(insert(coupons).values(msgspec.structs.asdict(coupon)))
    if codes:
        of = {"coupon_id": coupon.coupon_id, "campaign_id": coupon.campaign_id}
        rows = [of | {"number": number, "code": code} for number, code in enumerate(codes, 1)]
        connection.execute(insert(coupon_codes), rows)


def _taken(connection: Connection, coupon: Coupon, codes: Sequence[str]) -> bool:
    """Whether a till could not tell one of its codes from another of the advertiser's."""
    wanted = {fold(code) for code in (*codes, coupon.shared_code) if code}
    if not wanted:
        return False
    mine = coupons.c.advertiser_id == coupon.advertiser_id
    pooled = coupon_codes.join(coupons, coupons.c.coupon_id == coupon_codes.c.coupon_id)
    own = connection.execute(select(coupon_codes.c.code).select_from(pooled).where(mine)).scalars()
    shared = connection.execute(select(coupons.c.shared_code).where(mine)).scalars() if codes else ()
    return not wanted.isdisjoint(fold(code) for code in (*own, *shared))


def _held(coupon_id: str, holders: Sequence[str]) -> ColumnElement[bool]:
    return (_of.coupon_id == coupon_id) & _of.holder.in_(holders)


def _joined() -> Select[Any]:
    of = (
        (coupons, coupons.c.coupon_id == _of.coupon_id),
        (
            advertisers,
            advertisers.c.advertiser_id == _of.advertiser_id,
        ),
    )
    whole = saved_coupons.join(*of[0]).outerjoin(*of[1])
    named = coupons.c.title, coupons.c.terms, advertisers.c.name.label("advertiser")
    return select(saved_coupons, *named).select_from(whole)


def _saved(row: Row[Any]) -> SavedCoupon:
    values = {name: value for name, value in row._mapping.items() if name in SavedCoupon.__struct_fields__}
    return SavedCoupon(**values | {"receipt": row.receipt or "", "advertiser": row.advertiser or ""})


def _next(connection: Connection, coupon_id: str) -> int | None:
    """The number of the next code; whoever else asks waits, and is told the one after it."""
    free = (coupons.c.coupon_id == coupon_id) & (coupons.c.saved < coupons.c.codes)
    counted = update(coupons).where(free).values(saved=coupons.c.saved + 1).returning(coupons.c.saved)
    return connection.execute(counted).scalar()


def _pooled(connection: Connection, coupon: Coupon, number: int) -> str | None:
    if not coupon.pooled:
        return None
    mine = (coupon_codes.c.coupon_id == coupon.coupon_id) & (coupon_codes.c.number == number)
    return str(connection.execute(select(coupon_codes.c.code).where(mine)).scalar_one())


def _redeem(
    connection: Connection, advertiser_id: str, folded: str, account_id: str, receipt: str, at_ms: int
) -> Redemption | None:
    mine = _joined().where(_of.folded == folded, _of.advertiser_id == advertiser_id)

    def first(wanted: Select[Any]) -> SavedCoupon | None:
        row = connection.execute(wanted.limit(1)).first()
        return _saved(row) if row else None

    known = first(mine)
    if known is None:
        return None
    if not receipt and first(mine.where(coupons.c.shared_code != "")):
        return Redemption(Outcome.RECEIPT_MISSING, known)
    if receipt and (same := first(mine.where(_of.receipt == receipt))):
        return Redemption(Outcome.REPEATED, same)
    told = {
        "redeemed_ms": at_ms,
        "redeemed_by": account_id,
        "receipt": receipt or None,
        "tell_ms": case((_of.owed_to != "", at_ms), else_=0),
    }
    free = mine.where(_of.redeemed_ms == 0, _of.expires_ms > at_ms).order_by(_of.saved_ms, _of.number)
    while one := first(free):
        this = (_of.coupon_id == one.coupon_id) & (_of.number == one.number) & (_of.redeemed_ms == 0)
        if connection.execute(update(saved_coupons).where(this).values(told)).rowcount == 1:
            won = {"redeemed_ms": at_ms, "redeemed_by": account_id, "receipt": receipt, "tell_ms": at_ms}
            return Redemption(Outcome.WON, msgspec.structs.replace(one, **won))
    last = first(mine.where(_of.redeemed_ms > 0).order_by(_of.redeemed_ms.desc()))
    if last is not None:
        return Redemption(Outcome.REDEEMED, last)
    return Redemption(Outcome.EXPIRED, first(mine.order_by(_of.expires_ms.desc())) or known)
