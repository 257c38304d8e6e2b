"""What an operator can set: parsed once, here, from ``ROADCAST_*``, and handed down as a value."""

import contextlib
import hashlib
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from adserver.billing.tax import as_percent, percent_bp, tidy_vat_id
from kernel.country import COUNTRIES
from kernel.errors import Invalid

PREFIX = "ROADCAST_"

SETTINGS: dict[str, str] = {
    "DATA_DIR": "Folder for everything that is kept: records, hot state, media, secrets. Default ./data.",
    "DATABASE_URL": "Records: sqlite:///… or postgresql://…. Default: SQLite in the data folder.",
    "REDIS_URL": "Hot state and jobs: redis://, rediss:// or unix://. Default: a Redis started as a child.",
    "OBJECTS_URL": "Media objects: file:///…, s3://…, az://… or gs://…. Default: the data folder.",
    "MQTT_URL": "Broker by which vehicles may speak: mqtt:// or mqtts://user:password@host. Default: none.",
    "MQTT_CREDENTIALS_FILE": "File with user:password for the broker in its first line, not in the URL.",
    "MQTT_CA_FILE": "Certificates (PEM) that vouch for the broker. Default: the system's.",
    "HOST": "Address to listen on. Default 127.0.0.1.",
    "PORT": "Port to listen on; 0 picks a free one. Default 8000.",
    "WORKERS": "Web processes, 1 to 64. Default 1.",
    "DEMO": "1 shows the demo and its sign-ins on the start page. Default 0.",
    "SECRET_KEYS": "Comma-separated secrets of 32 characters or more, newest first. Default: made once.",
    "BASE_URL": "How the world reaches this server, such as https://cars.example. Default: host and port.",
    "GUARD_EVERY": "Of how many playlists served one is checked, with a minute of its session; 0: none. "
    "Default 200.",
    "BREAK_SLATE": "Id of the asset that fills what ads leave over of a break; slate is the black one. "
    "Default: none, the channel's own filler goes on.",
    "POLICIES_DIR": "Folder of market policies (docs/market-policies.md) that replace or add to those that "
    "come with Roadcast. Default: none.",
    "ROUTING_URL": "Routing engine that detours are asked of: osrm+http://… or valhalla+https://…. "
    "Default: none, a model of speeds.",
    "INVOICE_ISSUER": "Who issues invoices: name, address and whatever the law wants, lines parted by |. "
    "Default: Roadcast.",
    "INVOICE_VAT_ID": "VAT id of who issues invoices, such as FR12345678901. Needed for rates of tax. "
    "Default: none.",
    "INVOICE_TAX_RATES": "Rates of tax in per cent by the country of who is billed, such as FR=20,BE=21. "
    "Default: none, invoices are without tax.",
    "CORS_ORIGINS": "Origins whose pages may ask for VAST, VMAP and what they name, such as "
    "https://player.example, parted by commas. Default: none.",
    "GEOCODER_URL": "Who is asked where addresses are: nominatim+https://…, photon+https://… or "
    "pelias+https://…. Default: none, addresses cannot be searched.",
    "GEOCODER_AGENT": "How we tell the provider of addresses who asks. Default: Roadcast and BASE_URL.",
    "GEOCODER_KEY_FILE": "File with the key of a Pelias in its first line. Default: none.",
    "GEOCODER_EVERY_MS": "Shortest time between two questions to the provider of addresses, 0 to 60000 ms; "
    "the public Nominatim wants 1000. Default 1000.",
    "SWITCHES_KEPT_DAYS": "How long switches of driving states are kept, 1 to 3650 days. Default 90.",
    "DECISIONS_KEPT_A_MINUTE": "How many decisions each web process keeps with all that they were made "
    "from, to be made again later; 0: none. Default 2.",
    "DECISIONS_KEPT_DAYS": "For how long, 1 to 90 days, and the newest 2,000 at most. Default 7.",
    "LOG_LEVEL": "debug, info, warning or error. Default info.",
}
"""Every setting without its prefix, and what it means; the documentation is tested against it."""

LOG_LEVELS = ("debug", "info", "warning", "error")
_UNIX_PATH_LIMIT = 100
_GEOCODERS = tuple(
    f"{name}+{scheme}" for name in ("nominatim", "photon", "pelias") for scheme in ("https", "http")
)
_ROUTERS = tuple(f"{name}+{scheme}" for name in ("osrm", "valhalla") for scheme in ("http", "https"))
_PUBLIC_NOMINATIM, _PUBLIC_EVERY_MS = "nominatim.openstreetmap.org", 1000


@dataclass(frozen=True, slots=True)
class Settings:
    """One installation's settings, checked.

    Args:
        data_dir: absolute path; made if it is missing.
        database_url: as SQLAlchemy reads it.
        redis_url: empty where the embedded Redis serves.
        objects_url: as obstore reads it.
        secret_keys: newest first; empty where the data folder's own secret serves.
        base_url: without a trailing slash.
    """

    data_dir: Path
    database_url: str
    redis_url: str
    objects_url: str
    host: str
    port: int
    workers: int
    demo: bool
    base_url: str
    log_level: str
    guard_every: int = 200
    break_slate: str = ""
    mqtt_url: str = field(default="", repr=False)
    mqtt_credentials_file: str = ""
    mqtt_ca_file: str = ""
    switches_kept_days: int = 90
    decisions_kept_a_minute: int = 2
    decisions_kept_days: int = 7
    policies_dir: Path | None = None
    invoice_issuer: tuple[str, ...] = ("Roadcast",)
    invoice_vat_id: str = ""
    invoice_tax_rates: tuple[tuple[str, int], ...] = ()
    cors_origins: tuple[str, ...] = ()
    geocoder_url: str = ""
    geocoder_agent: str = ""
    geocoder_key_file: str = ""
    geocoder_every_ms: int = 1000
    routing_url: str = field(default="", repr=False)
    secret_keys: tuple[str, ...] = field(default=(), repr=False)

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self:
        """Settings from the environment.

        Raises:
            Invalid: ``setting-…`` naming the variable that is wrong; ``setting-unknown`` for a
                ``ROADCAST_`` variable that means nothing.
        """
        values = {key.removeprefix(PREFIX): value for key, value in environ.items() if key.startswith(PREFIX)}
        unknown = sorted(set(values) - set(SETTINGS) - {"REAL_DATA", "GATE"})
        if unknown:
            raise Invalid("setting-unknown", f"{PREFIX}{unknown[0]} is no setting of Roadcast.")
        data_dir = Path(values.get("DATA_DIR") or "data").expanduser().absolute()
        host = values.get("HOST") or "127.0.0.1"
        port = _integer(values, "PORT", 8000, 0, 65_535)
        shown = f"[{host}]" if ":" in host else host
        return cls(
            data_dir=data_dir,
            database_url=_database_url(values.get("DATABASE_URL") or f"sqlite:///{data_dir / 'roadcast.db'}"),
            redis_url=_url(values, "REDIS_URL", ("redis", "rediss", "unix")),
            objects_url=_url(values, "OBJECTS_URL", ("file", "s3", "az", "gs", "memory"))
            or (data_dir / "objects").as_uri(),
            host=host,
            port=port,
            workers=_integer(values, "WORKERS", 1, 1, 64),
            demo=_flag(values, "DEMO"),
            base_url=(_url(values, "BASE_URL", ("http", "https")) or f"http://{shown}:{port}").rstrip("/"),
            log_level=_choice(values, "LOG_LEVEL", "info", LOG_LEVELS),
            guard_every=_integer(values, "GUARD_EVERY", 200, 0, 1_000_000),
            break_slate=values.get("BREAK_SLATE", ""),
            mqtt_url=_url(values, "MQTT_URL", ("mqtt", "mqtts")),
            mqtt_credentials_file=values.get("MQTT_CREDENTIALS_FILE", ""),
            mqtt_ca_file=values.get("MQTT_CA_FILE", ""),
            switches_kept_days=_integer(values, "SWITCHES_KEPT_DAYS", 90, 1, 3650),
            decisions_kept_a_minute=_integer(values, "DECISIONS_KEPT_A_MINUTE", 2, 0, 600),
            decisions_kept_days=_integer(values, "DECISIONS_KEPT_DAYS", 7, 1, 90),
            policies_dir=_folder(values, "POLICIES_DIR"),
            invoice_issuer=_lines(values, "INVOICE_ISSUER") or ("Roadcast",),
            invoice_vat_id=_vat_id(values),
            invoice_tax_rates=_rates(values),
            cors_origins=_origins(values, "CORS_ORIGINS"),
            geocoder_url=_url(values, "GEOCODER_URL", _GEOCODERS).rstrip("/"),
            routing_url=_url(values, "ROUTING_URL", _ROUTERS).rstrip("/"),
            geocoder_agent=" ".join(values.get("GEOCODER_AGENT", "").split()),
            geocoder_key_file=values.get("GEOCODER_KEY_FILE", ""),
            geocoder_every_ms=_every_ms(values),
            secret_keys=_secrets(values),
        )

    @property
    def embedded_redis(self) -> bool:
        """Whether Redis is started as a child."""
        return not self.redis_url

    @property
    def redis_socket(self) -> Path:
        """Where the embedded Redis listens: in the data folder, unless its path is too long for a socket."""
        socket = self.data_dir / "redis" / "redis.sock"
        if len(os.fsencode(socket)) <= _UNIX_PATH_LIMIT:
            return socket
        digest = hashlib.sha256(os.fsencode(self.data_dir)).hexdigest()[:16]
        return Path(f"/tmp/roadcast-{os.getuid()}-{digest}/redis.sock")  # noqa: S108 - 0700, see EmbeddedRedis

    @property
    def effective_redis_url(self) -> str:
        """The URL to connect to, whoever started it."""
        return self.redis_url or f"unix://{self.redis_socket}"

    @property
    def metrics_dir(self) -> Path:
        """Where the processes of one run share their counters."""
        return self.data_dir / "run" / "metrics"

    def keys(self) -> list[bytes]:
        """The signing keys, 32 bytes each, newest first; the data folder's own is made on first use."""
        texts = self.secret_keys or (_own_secret(self.data_dir / "secret.key"),)
        return [hashlib.sha256(b"roadcast signing\0" + text.encode()).digest() for text in texts]

    def to_environ(self) -> dict[str, str]:
        """The environment that makes a child parse these very settings."""
        values = {
            "DATA_DIR": str(self.data_dir),
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis_url,
            "OBJECTS_URL": self.objects_url,
            "HOST": self.host,
            "PORT": str(self.port),
            "WORKERS": str(self.workers),
            "DEMO": "1" if self.demo else "0",
            "SECRET_KEYS": ",".join(self.secret_keys),
            "BASE_URL": self.base_url,
            "LOG_LEVEL": self.log_level,
            "GUARD_EVERY": str(self.guard_every),
            "BREAK_SLATE": self.break_slate,
            "MQTT_URL": self.mqtt_url,
            "MQTT_CREDENTIALS_FILE": self.mqtt_credentials_file,
            "MQTT_CA_FILE": self.mqtt_ca_file,
            "SWITCHES_KEPT_DAYS": str(self.switches_kept_days),
            "DECISIONS_KEPT_A_MINUTE": str(self.decisions_kept_a_minute),
            "DECISIONS_KEPT_DAYS": str(self.decisions_kept_days),
            "INVOICE_ISSUER": "|".join(self.invoice_issuer),
            "INVOICE_VAT_ID": self.invoice_vat_id,
            "INVOICE_TAX_RATES": ",".join(f"{at}={as_percent(bp)}" for at, bp in self.invoice_tax_rates),
            "CORS_ORIGINS": ",".join(self.cors_origins),
            "GEOCODER_URL": self.geocoder_url,
            "ROUTING_URL": self.routing_url,
            "GEOCODER_AGENT": self.geocoder_agent,
            "GEOCODER_KEY_FILE": self.geocoder_key_file,
            "GEOCODER_EVERY_MS": str(self.geocoder_every_ms),
            "POLICIES_DIR": str(self.policies_dir or ""),
        }
        return {PREFIX + key: value for key, value in values.items()}


def _invalid(name: str, code: str, detail: str) -> Invalid:
    return Invalid(f"setting-{code}", f"{PREFIX}{name} {detail}", fix=SETTINGS[name])


def _integer(values: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    text = values.get(name) or str(default)
    if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
        raise _invalid(name, "not-a-number", f"must be a whole number from {low} to {high}, not “{text}”.")
    return int(text)


def _every_ms(values: Mapping[str, str]) -> int:
    """Never more often than the public Nominatim's policy allows."""
    found = _integer(values, "GEOCODER_EVERY_MS", 1000, 0, 60_000)
    public = urlsplit(values.get("GEOCODER_URL", "")).hostname == _PUBLIC_NOMINATIM
    if public and found < _PUBLIC_EVERY_MS:
        raise _invalid(
            "GEOCODER_EVERY_MS", "too-often", f"must be at least {_PUBLIC_EVERY_MS} for {_PUBLIC_NOMINATIM}."
        )
    return found


def _lines(values: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(line for part in values.get(name, "").split("|") if (line := " ".join(part.split())))


def _vat_id(values: Mapping[str, str]) -> str:
    found = tidy_vat_id(values.get("INVOICE_VAT_ID", ""))
    if found is None:
        raise _invalid("INVOICE_VAT_ID", "not-a-vat-id", "must begin with its country’s two letters.")
    return found


def _rates(values: Mapping[str, str]) -> tuple[tuple[str, int], ...]:
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


def _origins(values: Mapping[str, str], name: str) -> tuple[str, ...]:
    """As browsers write them (RFC 6454, 6.2): scheme, host, and the port where it is not the usual one."""
    found = tuple(one for part in values.get(name, "").split(",") if (one := part.strip()))
    for one in found:
        parts = urlsplit(one)
        if parts.scheme not in {"http", "https"} or one.lower() != f"{parts.scheme}://{parts.netloc}".lower():
            raise _invalid(name, "not-an-origin", f"names “{one}”, which is no origin.")
    return tuple(one.lower() for one in found)


def _flag(values: Mapping[str, str], name: str) -> bool:
    text = (values.get(name) or "0").lower()
    if text not in {"0", "1", "true", "false", "yes", "no"}:
        raise _invalid(name, "not-a-choice", f"must be 0 or 1, not “{text}”.")
    return text in {"1", "true", "yes"}


def _folder(values: Mapping[str, str], name: str) -> Path | None:
    text = values.get(name)
    if not text:
        return None
    folder = Path(text).expanduser().absolute()
    if not folder.is_dir():
        raise _invalid(name, "not-a-folder", f"must be a folder, and “{text}” is none.")
    return folder


def _choice(values: Mapping[str, str], name: str, default: str, choices: tuple[str, ...]) -> str:
    text = (values.get(name) or default).lower()
    if text not in choices:
        raise _invalid(name, "not-a-choice", f"must be one of {', '.join(choices)}, not “{text}”.")
    return text


def _url(values: Mapping[str, str], name: str, schemes: tuple[str, ...]) -> str:
    text = values.get(name) or ""
    if text and urlsplit(text).scheme not in schemes:
        raise _invalid(name, "not-a-url", f"must be a URL that begins with {', '.join(schemes)}.")
    return text


def _database_url(text: str) -> str:
    scheme, separator, rest = text.partition("://")
    drivers = {"sqlite": "sqlite", "postgres": "postgresql+psycopg", "postgresql": "postgresql+psycopg"}
    if not separator or scheme not in {*drivers, *drivers.values()}:
        raise _invalid("DATABASE_URL", "not-a-url", "must begin with sqlite:/// or postgresql://.")
    return f"{drivers.get(scheme, scheme)}://{rest}"


def _secrets(values: Mapping[str, str]) -> tuple[str, ...]:
    keys = tuple(key for part in values.get("SECRET_KEYS", "").split(",") if (key := part.strip()))
    if any(len(key) < 32 for key in keys):
        raise _invalid("SECRET_KEYS", "too-short", "needs secrets of at least 32 characters each.")
    return keys


def _own_secret(path: Path) -> str:
    """The secret in ``path``; made whole before it appears, so that racing processes agree on one."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(32))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return path.read_text().strip()
