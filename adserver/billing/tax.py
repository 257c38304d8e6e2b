"""What tax an invoice bears: at a country's rate, an advertiser's own, or none where the recipient owes it.

The ledger is without tax. It is computed once an invoice, on its net in whole cents, half a cent away from
zero, so that a credit note reverses it to the cent.
"""

import re
from collections.abc import Mapping

import msgspec

from kernel.country import COUNTRIES
from kernel.errors import Conflict, Invalid

CENT_MICROS = 10_000
RATE_MAX_BP = 10_000
"""Rates are in hundredths of a per cent."""
NAME_LIMIT, ADDRESS_LINES, LINE_LIMIT = 120, 6, 120
_VAT_ID = re.compile(r"[A-Z]{2}[A-Z0-9+*]{2,16}")
_SPACED = re.compile(r"[\s.\-/]+")
_ISO = {"EL": "GR", "XI": "GB"}
"""Where a VAT id begins otherwise than its country is called."""
_MEMBERS = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
_UNION = frozenset(_MEMBERS.split())


class BillTo(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whom an advertiser's invoices name, as an operator wrote it.

    Args:
        name: as the law wants it; empty for the advertiser's.
        address: in lines.
        country: ISO 3166-1; empty for that of the VAT id, or the issuer's.
        vat_id: empty for none.
        rate_bp: an own rate of tax in hundredths of a per cent, whatever the country's; None for that.
    """

    name: str = ""
    address: tuple[str, ...] = ()
    country: str = ""
    vat_id: str = ""
    rate_bp: int | None = None


class Issuer(msgspec.Struct, frozen=True):
    """Who issues invoices.

    Args:
        lines: name, address and whatever the law wants.
        vat_id: empty where no tax is computed.
        rates: of tax by country, in hundredths of a per cent; none where no tax is computed.
    """

    lines: tuple[str, ...]
    vat_id: str = ""
    rates: Mapping[str, int] = {}


class Tax(msgspec.Struct, frozen=True):
    """The tax of an invoice.

    Args:
        amount_micros: below 0 on a credit note.
        reverse_charge: it bears none, since the recipient's VAT id is of another country than the issuer's.
    """

    rate_bp: int
    amount_micros: int = 0
    reverse_charge: bool = False

    def of(self, net_micros: int) -> "Tax":
        """On a net amount in whole cents."""
        return msgspec.structs.replace(self, amount_micros=tax_micros(net_micros, self.rate_bp))


def tax_micros(net_micros: int, rate_bp: int) -> int:
    """In whole cents, half a cent away from zero."""
    part = CENT_MICROS * RATE_MAX_BP
    cents = (2 * abs(net_micros) * rate_bp + part) // (2 * part)
    return cents * CENT_MICROS * (1 if net_micros >= 0 else -1)


def country_of(vat_id: str) -> str:
    """That which gave it; empty for none."""
    return _ISO.get(vat_id[:2], vat_id[:2])


def within_union(*vat_ids: str) -> bool:
    """Whether member states of the European Union gave all: its directives hold between those alone."""
    return all(country_of(vat_id) in _UNION for vat_id in vat_ids)


def tax_for(issuer: Issuer, bill_to: BillTo) -> Tax | None:
    """What is put on an invoice, its amount still 0; None where no tax is computed.

    Raises:
        Conflict: ``tax-rate-missing`` for a country without a rate.
    """
    if not issuer.rates:
        return None
    if bill_to.rate_bp is not None:
        return Tax(bill_to.rate_bp)
    home = country_of(issuer.vat_id)
    if bill_to.vat_id and country_of(bill_to.vat_id) != home:
        return Tax(0, reverse_charge=True)
    country = bill_to.country or home
    if country not in issuer.rates:
        fix = "Name a rate for it, or one of the advertiser’s own."
        raise Conflict("tax-rate-missing", f"There is no rate of tax for {country}.", fix=fix)
    return Tax(issuer.rates[country])


def tidy_vat_id(text: str) -> str | None:
    """As it is written on invoices; None for what cannot be one."""
    vat_id = _SPACED.sub("", text).upper()
    return vat_id if not vat_id or (_VAT_ID.fullmatch(vat_id) and country_of(vat_id) in COUNTRIES) else None


def check(wanted: BillTo) -> BillTo:
    """Tidied.

    Raises:
        Invalid: ``bill-to-too-long``, ``country-unknown``, ``vat-id-malformed`` or ``tax-rate-out-of-range``.
    """
    name = " ".join(wanted.name.split())
    address = tuple(line for one in wanted.address if (line := " ".join(one.split())))
    if len(name) > NAME_LIMIT:
        raise _refused("bill-to-too-long", "name", f"Use at most {NAME_LIMIT} characters.")
    if len(address) > ADDRESS_LINES or any(len(line) > LINE_LIMIT for line in address):
        fix = f"Use at most {ADDRESS_LINES} lines of {LINE_LIMIT} characters."
        raise _refused("bill-to-too-long", "address", fix)
    country = wanted.country.strip().upper()
    if country and country not in COUNTRIES:
        raise _refused("country-unknown", "country", "Write it as its two capital letters, such as FR.")
    vat_id = tidy_vat_id(wanted.vat_id)
    if vat_id is None:
        raise _refused("vat-id-malformed", "vat_id", "Begin with its country, such as FR12345678901.")
    if wanted.rate_bp is not None and not 0 <= wanted.rate_bp <= RATE_MAX_BP:
        raise _refused("tax-rate-out-of-range", "rate", "Type 0 to 100 per cent, or nothing.")
    return BillTo(name, address, country, vat_id, wanted.rate_bp)


def percent_bp(text: str) -> int | None:
    """Hundredths of a per cent of ``20``, ``8.1`` or ``5,5``; None for what is no rate."""
    match = re.fullmatch(r"([0-9]{1,3})(?:[.,]([0-9]{1,2}))?\s*%?", text.strip(), re.ASCII)
    if match is None:
        return None
    found = int(match[1]) * 100 + int((match[2] or "0").ljust(2, "0"))
    return found if found <= RATE_MAX_BP else None


def as_percent(rate_bp: int) -> str:
    """``20``, or ``8.1``."""
    return f"{rate_bp // 100}.{rate_bp % 100:02}".rstrip("0").rstrip(".")


def shown_percent(rate_bp: int, language: str) -> str:
    """``8.1%``, or in French ``8,1 %``."""
    text = as_percent(rate_bp)
    return f"{text.replace('.', ',')}\u202f%" if language == "fr" else f"{text}%"


def _refused(code: str, field: str, fix: str) -> Invalid:
    return Invalid(code, "Who is billed cannot be written so.", fix=fix, fields={field: fix})
