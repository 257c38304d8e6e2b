"""How the values of settings are read: checked, with limits, and refused by name."""

from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import urlsplit

from adserver.billing.tax import percent_bp, tidy_vat_id
from adserver.booking.exchange import CURRENCIES, Exchange, read_rate
from kernel.country import COUNTRIES
from kernel.errors import Invalid
from server.setting_names import PREFIX, SETTINGS

_PUBLIC_NOMINATIM, _PUBLIC_EVERY_MS = "nominatim.openstreetmap.org", 1000
_OF_TESTS = frozenset({"REAL_DATA", "GATE"})


def _invalid(name: str, code: str, detail: str) -> Invalid:
    return Invalid(f"setting-{code}", f"{PREFIX}{name} {detail}", fix=SETTINGS[name])


def named(environ: Mapping[str, str]) -> dict[str, str]:
    """What the environment says of settings, by their names without the prefix."""
    found = {key.removeprefix(PREFIX): value for key, value in environ.items() if key.startswith(PREFIX)}
    unknown = sorted(set(found) - set(SETTINGS) - _OF_TESTS)
    if unknown:
        raise Invalid("setting-unknown", f"{PREFIX}{unknown[0]} is no setting of Roadcast.")
    return found


def integer(values: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    """A whole number within its limits."""
    text = values.get(name) or str(default)
    if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
        raise _invalid(name, "not-a-number", f"must be a whole number from {low} to {high}, not “{text}”.")
    return int(text)


def every_ms(values: Mapping[str, str]) -> int:
    """Never more often than the public Nominatim's policy allows."""
    found = integer(values, "GEOCODER_EVERY_MS", 1000, 0, 60_000)
    public = urlsplit(values.get("GEOCODER_URL", "")).hostname == _PUBLIC_NOMINATIM
    if public and found < _PUBLIC_EVERY_MS:
        raise _invalid(
            "GEOCODER_EVERY_MS", "too-often", f"must be at least {_PUBLIC_EVERY_MS} for {_PUBLIC_NOMINATIM}."
        )
    return found


def lines(values: Mapping[str, str], name: str) -> tuple[str, ...]:
    """Lines parted by |, without those that are empty."""
    return tuple(line for part in values.get(name, "").split("|") if (line := " ".join(part.split())))


def vat_id(values: Mapping[str, str]) -> str:
    """As it is printed; empty where none is named."""
    found = tidy_vat_id(values.get("INVOICE_VAT_ID", ""))
    if found is None:
        raise _invalid("INVOICE_VAT_ID", "not-a-vat-id", "must begin with its country’s two letters.")
    return found


def rates(values: Mapping[str, str]) -> tuple[tuple[str, int], ...]:
    """Hundredths of a per cent by country."""
    found: dict[str, int] = {}
    for part in filter(None, (one.strip() for one in values.get("INVOICE_TAX_RATES", "").split(","))):
        country, _, rate = part.partition("=")
        rate_bp = percent_bp(rate)
        if country not in COUNTRIES or rate_bp is None or country in found:
            raise _invalid(
                "INVOICE_TAX_RATES", "not-a-rate", f"says “{part}”, which is no rate of a country."
            )
        found[country] = rate_bp
    if found and not values.get("INVOICE_VAT_ID"):
        raise _invalid("INVOICE_VAT_ID", "missing", "is needed for rates of tax.")
    return tuple(found.items())


def exchange(values: Mapping[str, str]) -> Exchange:
    """The house's currency, and what others are worth in it."""
    own = choice(values, "CURRENCY", "eur", tuple(map(str.lower, CURRENCIES))).upper()
    found: dict[str, int] = {}
    for part in filter(None, (one.strip() for one in values.get("EXCHANGE_RATES", "").split(","))):
        currency, _, rate = part.partition("=")
        rate_micros = read_rate(rate)
        if currency not in CURRENCIES or rate_micros is None or currency in {own, *found}:
            raise _invalid("EXCHANGE_RATES", "not-a-rate", f"says “{part}”, which is no rate of a currency.")
        found[currency] = rate_micros
    return Exchange(own, tuple(found.items()))


def origins(values: Mapping[str, str], name: str) -> tuple[str, ...]:
    """As browsers write them (RFC 6454, 6.2): scheme, host, and the port where it is not the usual one."""
    found = tuple(one for part in values.get(name, "").split(",") if (one := part.strip()))
    for one in found:
        parts = urlsplit(one)
        if parts.scheme not in {"http", "https"} or one.lower() != f"{parts.scheme}://{parts.netloc}".lower():
            raise _invalid(name, "not-an-origin", f"names “{one}”, which is no origin.")
    return tuple(one.lower() for one in found)


def flag(values: Mapping[str, str], name: str) -> bool:
    """1 or 0, or a word for them."""
    text = (values.get(name) or "0").lower()
    if text not in {"0", "1", "true", "false", "yes", "no"}:
        raise _invalid(name, "not-a-choice", f"must be 0 or 1, not “{text}”.")
    return text in {"1", "true", "yes"}


def folder(values: Mapping[str, str], name: str) -> Path | None:
    """An existing folder; None where none is named."""
    text = values.get(name)
    if not text:
        return None
    folder = Path(text).expanduser().absolute()
    if not folder.is_dir():
        raise _invalid(name, "not-a-folder", f"must be a folder, and “{text}” is none.")
    return folder


def choice(values: Mapping[str, str], name: str, default: str, choices: tuple[str, ...]) -> str:
    """One of some words."""
    text = (values.get(name) or default).lower()
    if text not in choices:
        raise _invalid(name, "not-a-choice", f"must be one of {', '.join(choices)}, not “{text}”.")
    return text


def url(values: Mapping[str, str], name: str, schemes: tuple[str, ...]) -> str:
    """A URL of one of ``schemes``; empty where none is named."""
    text = values.get(name) or ""
    if text and urlsplit(text).scheme not in schemes:
        raise _invalid(name, "not-a-url", f"must be a URL that begins with {', '.join(schemes)}.")
    return text


def base_url(values: Mapping[str, str], host: str, port: int) -> str:
    """As the world reaches it, without a slash at its end; where nobody says, as it listens."""
    shown = f"[{host}]" if ":" in host else host
    return (url(values, "BASE_URL", ("http", "https")) or f"http://{shown}:{port}").rstrip("/")


def database_url(text: str) -> str:
    """As SQLAlchemy reads it."""
    scheme, separator, rest = text.partition("://")
    drivers = {"sqlite": "sqlite", "postgres": "postgresql+psycopg", "postgresql": "postgresql+psycopg"}
    if not separator or scheme not in {*drivers, *drivers.values()}:
        raise _invalid("DATABASE_URL", "not-a-url", "must begin with sqlite:/// or postgresql://.")
    return f"{drivers.get(scheme, scheme)}://{rest}"


def secrets(values: Mapping[str, str]) -> tuple[str, ...]:
    """Keys, newest first."""
    keys = tuple(key for part in values.get("SECRET_KEYS", "").split(",") if (key := part.strip()))
    if any(len(key) < 32 for key in keys):
        raise _invalid("SECRET_KEYS", "too-short", "needs secrets of at least 32 characters each.")
    return keys


def networks(values: Mapping[str, str], name: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Networks by their prefixes (RFC 4632); one address is one as well."""
    texts = [one for part in values.get(name, "").split(",") if (one := part.strip())]
    try:
        return tuple(ip_network(one) for one in texts)
    except ValueError as wrong:
        raise _invalid(name, "not-a-network", f"names no network: {wrong}.") from None
