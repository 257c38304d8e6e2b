"""What a coupon is, who may have one of its codes, and what may become of that."""

import csv
import hashlib
import io
import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

import msgspec

from adserver.billing.budget import Hold
from adserver.billing.impression import Beacon, EventKind
from kernel.clock import from_ms, iso_z, to_ms
from kernel.errors import Conflict, Forbidden, Invalid
from kernel.sealing import Sealer

TITLE_LIMIT, TERMS_LIMIT = 60, 500
CODES_LIMIT = 20_000
VALID_LIMIT_MS = 2 * 366 * 86_400_000
HELD_MS = 60 * 86_400_000
"""How long a code is good from when it was saved: so long its showing is remembered."""
HELD_AFTER_MS = 3_600_000
"""How long after its end its price is still held: what was redeemed at the last moment may be told late."""
FORGOTTEN_MS = 30 * 86_400_000
"""How long after its end a code stays in the vehicle's wallet."""
RECEIPT_LIMIT = 64
OWN_CODE_LETTERS, SHARED_CODE_LETTERS, CODE_LETTERS = 8, 4, 24
"""How many letters and digits an advertiser's own code has: alone, shared, and at most."""

# Crockford's base 32: no letter that is taken for another, nor for a digit.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LETTERS, _GROUP, _BITS = 12, 4, 5
_PURPOSE = "coupon"
_NOT_CODE = re.compile(r"[\s\-–_.]+")


class CouponOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A coupon as an advertiser orders it, with a card.

    Args:
        valid_until: nothing is saved or redeemed from then on.
        limit: how many vehicles may have a code; 0 for as many as there are ``codes``.
        code: one that all are given; empty for a code of its own for each.
        codes: those to give, in their order; none for such as we make.
    """

    title: str
    valid_until: datetime
    terms: str = ""
    limit: int = 0
    code: str = ""
    codes: tuple[str, ...] = ()


class Coupon(msgspec.Struct, frozen=True):
    """A coupon of a card.

    Args:
        coupon_id: its creative's.
        codes: how many vehicles may have one.
        saved: how many have one.
        shared_code: the one that all are given; empty for a code of its own for each.
        pooled: whether codes are taken from those of the advertiser.
    """

    coupon_id: str
    line_item_id: str
    campaign_id: str
    advertiser_id: str
    title: str
    terms: str
    valid_until_ms: int
    codes: int
    created_ms: int
    saved: int = 0
    shared_code: str = ""
    pooled: bool = False


class SavedCoupon(msgspec.Struct, frozen=True):
    """A code that a vehicle has.

    Args:
        number: counted from 1, of its coupon.
        advertiser: whose name the coupon bears.
        expires_ms: when it is over: the coupon's end, or 60 days after it was saved.
        redeemed_ms: 0 until it is.
        receipt: of the sale that it was redeemed at; may be empty.
        owed_to: the showing that it came from, sealed (see :func:`seal_showing`); empty once that is told.
        tell_ms: when the counters are next to be told of it: that its price is to be held, or that it was
            redeemed; 0 where they know.
    """

    coupon_id: str
    number: int
    advertiser_id: str
    title: str
    terms: str
    code: str
    saved_ms: int
    expires_ms: int
    advertiser: str = ""
    redeemed_ms: int = 0
    redeemed_by: str = ""
    receipt: str = ""
    owed_to: str = ""
    tell_ms: int = 0


class Outcome(StrEnum):
    """What becomes of the wish to redeem a code.

    Redeemed now; at the same sale before; at another; over without that; or, as many have it, not without a
    receipt.
    """

    WON = "won"
    REPEATED = "repeated"
    REDEEMED = "redeemed"
    EXPIRED = "expired"
    RECEIPT_MISSING = "receipt-missing"


class Redemption(msgspec.Struct, frozen=True):
    """That, and the code that it is about: of several alike, the one that was redeemed or was over last."""

    outcome: Outcome
    saved: SavedCoupon


class Standing(msgspec.Struct, frozen=True):
    """A coupon of a campaign, and how it goes: codes there are, saved, redeemed, and over without that."""

    coupon: Coupon
    saved: int = 0
    redeemed: int = 0
    expired: int = 0


def order_of(wanted: CouponOrder, now_ms: int) -> CouponOrder:
    """The order tidied, with its ``limit``.

    Raises:
        Invalid: ``coupon-title-missing``, ``coupon-text-too-long``, ``coupon-over``,
            ``coupon-code-malformed``, ``coupon-limit-out-of-range``, ``coupon-codes-repeated`` or
            ``coupon-code-and-codes``.
    """
    title, terms = (_clean(text) for text in (wanted.title, wanted.terms))
    if not title:
        raise _refused("coupon-title-missing", "title", "The coupon has no title.", "Type its title.")
    for field, text, limit in (("title", title, TITLE_LIMIT), ("terms", terms, TERMS_LIMIT)):
        if len(text) > limit:
            fix = f"Use at most {limit} characters."
            raise _refused("coupon-text-too-long", field, "The coupon’s text is too long.", fix)
    if wanted.valid_until.tzinfo is None or not 0 < to_ms(wanted.valid_until) - now_ms < VALID_LIMIT_MS:
        fix = "Name a time to come, within two years, with its zone."
        raise _refused("coupon-over", "until", "The coupon is over before it begins.", fix)
    if wanted.code and wanted.codes:
        fix = "Give one of the two."
        raise _refused("coupon-code-and-codes", "code", "A coupon has one code, or many.", fix)
    shared = _own_code(wanted.code, SHARED_CODE_LETTERS) if wanted.code else ""
    codes = tuple(_own_code(code, OWN_CODE_LETTERS) for code in wanted.codes)
    if len({fold(code) for code in codes}) < len(codes):
        fix = "Give each code once."
        raise _refused("coupon-codes-repeated", "codes", "A code is there twice.", fix)
    limit = wanted.limit or len(codes)
    if not 1 <= limit <= (len(codes) or CODES_LIMIT) or len(codes) > CODES_LIMIT:
        fix = f"Give from 1 to {len(codes) or CODES_LIMIT} codes." if len(codes) <= CODES_LIMIT else ""
        fix = fix or f"Give at most {CODES_LIMIT} codes."
        raise _refused("coupon-limit-out-of-range", "limit", "So many codes cannot be given.", fix)
    return CouponOrder(title, wanted.valid_until, terms, limit, shared, codes)


def read_codes(text: str) -> tuple[str, ...]:
    """Codes of a CSV: the first cell of each line; a first line that says ``code`` is a heading."""
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    cells = [row[0].strip() for row in csv.reader(io.StringIO(text), delimiter=delimiter) if row]
    found = [cell.lstrip("\ufeff") for cell in cells if cell]
    return tuple(found[1:] if found and fold(found[0]) in {"CODE", "CODES"} else found)


def make_code(random_id: str) -> str:
    """A code of 60 bits, such as ``7K2M-0QXZ-9RTB``, from what nobody can guess."""
    digest = hashlib.blake2b(random_id.encode(), digest_size=8).digest()
    drawn = int.from_bytes(digest, "big")
    letters = [_ALPHABET[drawn >> _BITS * n & 31] for n in range(_LETTERS)]
    return "-".join("".join(letters[n : n + _GROUP]) for n in range(0, _LETTERS, _GROUP))


def fold(code: str) -> str:
    """What makes two codes the same, however they are written."""
    return _NOT_CODE.sub("", unicodedata.normalize("NFKC", code)).upper()


def asked_code(text: str) -> str:
    """A code that somebody types, folded.

    Raises:
        Invalid: ``coupon-code-malformed``.
    """
    folded = fold(text)
    if not (folded.isalnum() and folded.isascii() and len(folded) <= CODE_LETTERS):
        fix = "Type the code as the screen shows it."
        raise _refused("coupon-code-malformed", "code", "That is no code.", fix)
    return folded


def expires_ms(coupon: Coupon, saved_ms: int) -> int:
    """When a code that is saved then is over."""
    return min(coupon.valid_until_ms, saved_ms + HELD_MS)


def over(saved: SavedCoupon, now_ms: int) -> Conflict | None:
    """Why nothing is to be had for the code: ``coupon-redeemed`` or ``coupon-expired``, and when."""
    if saved.redeemed_ms:
        at = iso_z(from_ms(saved.redeemed_ms))
        fix, detail = "Give nothing for it a second time.", f"The coupon was redeemed before, at {at}."
        return Conflict("coupon-redeemed", detail, fix=fix, fields={"redeemed_at": at})
    if saved.expires_ms <= now_ms:
        at = iso_z(from_ms(saved.expires_ms))
        return Conflict("coupon-expired", f"The coupon was good until {at}.", fields={"expired_at": at})
    return None


def seal_showing(sealer: Sealer, beacon: Beacon) -> str:
    """The showing that a code is owed to, for when it is redeemed; nothing of the vehicle."""
    return sealer.seal(_PURPOSE, msgspec.msgpack.encode(msgspec.structs.replace(beacon, viewer="")))


def hold_of(beacon: Beacon, until_ms: int) -> Hold | None:
    """What is held until then for a code of that showing; None where its redemption is not paid for."""
    if beacon.billed_by is not EventKind.REDEEMED or beacon.price_micros == 0:
        return None
    return Hold(beacon.fill_id, beacon.line_item_id, beacon.price_micros, until_ms)


def showing_of(sealer: Sealer, token: str) -> Beacon | None:
    """What :func:`seal_showing` sealed; None where no key opens it any more."""
    try:
        return msgspec.msgpack.decode(sealer.unseal(_PURPOSE, token), type=Beacon)
    except (Forbidden, msgspec.MsgspecError):
        return None


def holders_of(sealers: Sequence[Sealer], vehicle_id: str) -> tuple[str, ...]:
    """The pseudonyms of a vehicle for its wallet, by every key: of no other use."""
    sealed = (sealer.seal("wallet", vehicle_id.encode()) for sealer in sealers)
    return tuple(hashlib.blake2b(one.encode(), digest_size=16).hexdigest() for one in sealed)


def as_csv(saved: Sequence[SavedCoupon], times: Sequence[tuple[str, str, str]]) -> str:
    """Codes that were saved, as RFC 4180; ``times`` are when each was saved, over and redeemed."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(["coupon_id", "title", "code", "saved_at", "expires_at", "redeemed_at", "receipt"])
    for one, (at, over, redeemed) in zip(saved, times, strict=True):
        receipt = f"'{one.receipt}" if one.receipt.startswith(tuple("=+-@")) else one.receipt
        title = f"'{one.title}" if one.title.startswith(tuple("=+-@")) else one.title
        writer.writerow([one.coupon_id, title, one.code, at, over, redeemed, receipt])
    return text.getvalue()


def codes_taken() -> Invalid:
    """Of codes that another coupon of the advertiser has, too: a till could not tell whose they are."""
    detail, fix = "Another coupon of yours has one of these codes.", "Give codes that no other has."
    return _refused("coupon-codes-taken", "codes", detail, fix)


def _own_code(text: str, least: int) -> str:
    # A separator at its end says nothing, and a table may take one at its beginning for a sum.
    shown, folded = _clean(text).strip("-–_. "), fold(text)
    fits = least <= len(folded) <= CODE_LETTERS and folded.isascii() and folded.isalnum()
    if not fits or len(shown) > 2 * CODE_LETTERS:
        fix = f"Use {least} to {CODE_LETTERS} letters and digits."
        raise _refused("coupon-code-malformed", "code", f"“{text[:40]}” cannot be a code.", fix)
    return shown.upper()


def _clean(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def _refused(code: str, field: str, detail: str, fix: str) -> Invalid:
    return Invalid(code, detail, fix=fix, fields={f"coupon_{field}": f"{detail} {fix}"})
