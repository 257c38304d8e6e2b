"""The fields of a coupon beside those of its card."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from starlette.datastructures import FormData, UploadFile

from adserver.coupons.coupon import CouponOrder, read_codes
from kernel.clock import timezones
from kernel.errors import Invalid

FIELDS = ("coupon_title", "coupon_terms", "coupon_until", "coupon_limit", "coupon_code")
CODES_LIMIT_BYTES = 512 * 1024


async def read(data: FormData) -> CouponOrder | None:
    """What is ordered; None where no field of a coupon was filled in.

    The day that it is good until is included, in the zone that the form says.

    Raises:
        Invalid: ``coupon-unreadable`` with the field, ``codes-not-utf8`` or ``codes-too-large``.
    """
    typed = {name: str(data.get(name, ""))[:600].strip() for name in FIELDS}
    codes = await _codes(data.get("coupon_codes"))
    if not any(typed.values()) and not codes:
        return None
    return CouponOrder(
        title=typed["coupon_title"],
        terms=typed["coupon_terms"],
        valid_until=_end_of(typed["coupon_until"], str(data.get("zone", ""))),
        limit=_number(typed["coupon_limit"]),
        code=typed["coupon_code"],
        codes=codes,
    )


async def _codes(sent: object) -> tuple[str, ...]:
    if not isinstance(sent, UploadFile):
        return ()
    # Where none was chosen, browsers send an empty one.
    raw = await sent.read(CODES_LIMIT_BYTES + 1)
    await sent.close()
    if len(raw) > CODES_LIMIT_BYTES:
        raise _refused("codes-too-large", "coupon_codes", "Send a file of at most 512 KiB.")
    try:
        return read_codes(raw.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise _refused("codes-not-utf8", "coupon_codes", "Save the file as “CSV UTF-8”.") from None


def _end_of(text: str, zone: str) -> datetime:
    try:
        day = date.fromisoformat(text)
        return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(_known(zone)))
    except (ValueError, OverflowError):
        raise _refused("coupon-unreadable", "coupon_until", "Name the last day of the coupon.") from None


def _known(zone: str) -> str:
    return zone if zone in timezones() else "UTC"


def _number(text: str) -> int:
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) < 9):
        raise _refused("coupon-unreadable", "coupon_limit", "Type a whole number of codes.")
    return int(text)


def _refused(code: str, field: str, fix: str) -> Invalid:
    return Invalid(code, "The coupon cannot be read.", fix=fix, fields={field: fix})
