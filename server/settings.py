"""What an operator can set: parsed once, here, from ``ROADCAST_*``, and handed down as a value."""

import contextlib
import hashlib
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Self

from adserver.billing.tax import as_percent
from adserver.booking.exchange import EUROS, Exchange, as_rate
from server import setting_values as read
from server.setting_names import PREFIX

LOG_LEVELS = ("debug", "info", "warning", "error")
_UNIX_PATH_LIMIT = 100
_GEOCODERS = tuple(
    f"{name}+{scheme}" for name in ("nominatim", "photon", "pelias") for scheme in ("https", "http")
)
_ROUTERS = tuple(f"{name}+{scheme}" for name in ("osrm", "valhalla") for scheme in ("http", "https"))


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
    exchange: Exchange = EUROS
    cors_origins: tuple[str, ...] = ()
    tag_networks: tuple[IPv4Network | IPv6Network, ...] = ()
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
        values = read.named(environ)
        data_dir = Path(values.get("DATA_DIR") or "data").expanduser().absolute()
        host = values.get("HOST") or "127.0.0.1"
        port = read.integer(values, "PORT", 8000, 0, 65_535)
        return cls(
            data_dir=data_dir,
            database_url=read.database_url(
                values.get("DATABASE_URL") or f"sqlite:///{data_dir / 'roadcast.db'}"
            ),
            redis_url=read.url(values, "REDIS_URL", ("redis", "rediss", "unix")),
            objects_url=read.url(values, "OBJECTS_URL", ("file", "s3", "az", "gs", "memory"))
            or (data_dir / "objects").as_uri(),
            host=host,
            port=port,
            workers=read.integer(values, "WORKERS", 1, 1, 64),
            demo=read.flag(values, "DEMO"),
            base_url=read.base_url(values, host, port),
            log_level=read.choice(values, "LOG_LEVEL", "info", LOG_LEVELS),
            guard_every=read.integer(values, "GUARD_EVERY", 200, 0, 1_000_000),
            break_slate=values.get("BREAK_SLATE", ""),
            mqtt_url=read.url(values, "MQTT_URL", ("mqtt", "mqtts")),
            mqtt_credentials_file=values.get("MQTT_CREDENTIALS_FILE", ""),
            mqtt_ca_file=values.get("MQTT_CA_FILE", ""),
            switches_kept_days=read.integer(values, "SWITCHES_KEPT_DAYS", 90, 1, 3650),
            decisions_kept_a_minute=read.integer(values, "DECISIONS_KEPT_A_MINUTE", 2, 0, 600),
            decisions_kept_days=read.integer(values, "DECISIONS_KEPT_DAYS", 7, 1, 90),
            policies_dir=read.folder(values, "POLICIES_DIR"),
            invoice_issuer=read.lines(values, "INVOICE_ISSUER") or ("Roadcast",),
            invoice_vat_id=read.vat_id(values),
            invoice_tax_rates=read.rates(values),
            exchange=read.exchange(values),
            cors_origins=read.origins(values, "CORS_ORIGINS"),
            tag_networks=read.networks(values, "TAG_NETWORKS"),
            geocoder_url=read.url(values, "GEOCODER_URL", _GEOCODERS).rstrip("/"),
            routing_url=read.url(values, "ROUTING_URL", _ROUTERS).rstrip("/"),
            geocoder_agent=" ".join(values.get("GEOCODER_AGENT", "").split()),
            geocoder_key_file=values.get("GEOCODER_KEY_FILE", ""),
            geocoder_every_ms=read.every_ms(values),
            secret_keys=read.secrets(values),
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
            "CURRENCY": self.exchange.currency,
            "EXCHANGE_RATES": ",".join(f"{of}={as_rate(rate)}" for of, rate in self.exchange.rates),
            "CORS_ORIGINS": ",".join(self.cors_origins),
            "TAG_NETWORKS": ",".join(map(str, self.tag_networks)),
            "GEOCODER_URL": self.geocoder_url,
            "ROUTING_URL": self.routing_url,
            "GEOCODER_AGENT": self.geocoder_agent,
            "GEOCODER_KEY_FILE": self.geocoder_key_file,
            "GEOCODER_EVERY_MS": str(self.geocoder_every_ms),
            "POLICIES_DIR": str(self.policies_dir or ""),
        }
        return {PREFIX + key: value for key, value in values.items()}


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
