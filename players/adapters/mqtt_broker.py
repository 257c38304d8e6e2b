"""The connection to an MQTT broker, held by one process at a time; lost ones are made again."""

import asyncio
import logging
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import aiomqtt
from redis.exceptions import RedisError

from kernel.errors import Invalid
from players.adapters.mqtt_mail import Mail
from players.feed.hold_mqtt_feeds import HoldMqttFeeds
from players.feed.mqtt_address import EVERY_FEED
from players.ports import MqttFeeds

QUEUE_LIMIT = 1_024
LOOK_EVERY_S = 1.0
RENEW_EVERY_S = 3.0
RETRY_S = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
TIMEOUT_S = 10.0

_log = logging.getLogger(__name__)
_QUIET = logging.getLogger(f"{__name__}.client")
_QUIET.setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True)
class Broker:
    """Where the broker is, and who we are there.

    Args:
        tls: how its certificate is checked; None speaks plainly.
    """

    host: str
    port: int
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: ssl.SSLContext | None = None

    @property
    def url(self) -> str:
        """What vehicles may know."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'mqtts' if self.tls else 'mqtt'}://{host}:{self.port}"


def broker_at(url: str, credentials_file: str = "", ca_file: str = "") -> Broker:
    """The broker of ``mqtt://`` or ``mqtts://user:password@host:port``.

    Args:
        url: the scheme, the host, and what else there is.
        credentials_file: a file with ``user:password`` in its first line, in place of those in the URL.
        ca_file: certificates (PEM) that vouch for the broker; those of the system if empty.

    Raises:
        Invalid: ``mqtt-credentials-unreadable`` or ``mqtt-ca-unreadable``.
    """
    parts = urlsplit(url)
    secure = parts.scheme == "mqtts"
    user, password = parts.username, parts.password
    if credentials_file:
        user, password = _credentials(Path(credentials_file))
    try:
        tls = ssl.create_default_context(cafile=ca_file or None) if secure else None
    except (OSError, ssl.SSLError):
        raise Invalid("mqtt-ca-unreadable", f"{ca_file} holds no certificates that can be read.") from None
    return Broker(
        parts.hostname or "localhost",
        parts.port or (8883 if secure else 1883),
        unquote(user) if user and not credentials_file else user,
        unquote(password) if password and not credentials_file else password,
        tls,
    )


def _credentials(path: Path) -> tuple[str, str]:
    try:
        user, colon, password = path.read_text("utf-8").partition("\n")[0].partition(":")
    except (OSError, UnicodeDecodeError):
        user, colon, password = "", "", ""
    if not user or not colon:
        raise Invalid("mqtt-credentials-unreadable", f"{path} does not hold user:password in its first line.")
    return user, password.rstrip("\r")


@dataclass
class MqttBroker:
    """Hands what vehicles publish to :class:`HoldMqttFeeds`, and publishes what it asks.

    Args:
        process: this process's name among those that could hold the broker.
        count: told ``connected``, ``lost``, ``dropped`` and ``failed``.
    """

    broker: Broker
    feeds: MqttFeeds
    process: str
    count: Callable[[str], None]
    _client: aiomqtt.Client | None = None

    async def publish(self, topic: str, payload: bytes) -> None:
        """Send to a vehicle, at most once; what cannot be sent is lost, and asked again later."""
        if self._client is not None:
            await self._client.publish(topic, payload, qos=0, timeout=TIMEOUT_S)

    async def run(self, hold: Callable[[], HoldMqttFeeds]) -> None:
        """Hold the broker whenever no other process does, until cancelled.

        Args:
            hold: begins with no feeds.
        """
        while True:
            with suppress(RedisError):
                if await self.feeds.own(self.process):
                    try:
                        await self._while_owned(hold())
                    finally:
                        with suppress(RedisError):
                            await self.feeds.disown(self.process)
            _heed_the_end()
            await asyncio.sleep(RENEW_EVERY_S)

    async def _while_owned(self, held: HoldMqttFeeds) -> None:
        talking = asyncio.create_task(self._stay_connected(held))
        try:
            while await self.feeds.own(self.process):
                _heed_the_end()
                await asyncio.wait([talking], timeout=RENEW_EVERY_S)
                if talking.done():
                    talking.result()
        finally:
            # A client that leaves a broken connection answers with an error in place of the cancellation.
            while not talking.done():
                talking.cancel()
                await asyncio.wait([talking], timeout=1)

    async def _stay_connected(self, held: HoldMqttFeeds) -> None:
        failures = 0
        while True:
            try:
                async with self._connection() as self._client:
                    await self._client.subscribe(EVERY_FEED, qos=1)
                    self.count("connected")
                    _log.info("the MQTT broker is connected")
                    failures = 0
                    await self._serve(self._client, held)
            except* (aiomqtt.MqttError, RedisError) as problem:
                if not failures:
                    _log.warning("the MQTT broker is lost: %s", problem.exceptions[0])
                    self.count("lost")
            finally:
                self._client = None
            _heed_the_end()
            await asyncio.sleep(RETRY_S[min(failures, len(RETRY_S) - 1)])
            failures += 1

    def _connection(self) -> aiomqtt.Client:
        return aiomqtt.Client(
            self.broker.host,
            self.broker.port,
            username=self.broker.user,
            password=self.broker.password,
            tls_context=self.broker.tls,
            clean_session=True,
            timeout=TIMEOUT_S,
            keepalive=15,
            logger=_QUIET,
            queue_type=self._queue_type(),
            max_queued_incoming_messages=QUEUE_LIMIT,
            max_queued_outgoing_messages=QUEUE_LIMIT,
        )

    def _queue_type(self) -> type[asyncio.Queue[Any]]:
        count = self.count

        class Freshest(asyncio.Queue[Any]):
            """Full, it gives up what waited longest: the newest tells most."""

            def put_nowait(self, item: Any) -> None:
                if self.full():
                    self.get_nowait()
                    count("dropped")
                super().put_nowait(item)

        return Freshest

    async def _serve(self, client: aiomqtt.Client, held: HoldMqttFeeds) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_look(held))
            mail = Mail(held.hear, self.count, tasks)
            async for message in client.messages:
                payload = message.payload
                mail.put(message.topic.value, payload if isinstance(payload, bytes) else b"")


def _heed_the_end() -> None:
    """A cancellation still holds where a client library has answered it with an error, or not at all."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


async def _look(held: HoldMqttFeeds) -> None:
    while True:
        try:
            await held.look()
        except RedisError as problem:
            _log.warning("vehicles that asked for an MQTT address are not looked for: %s", problem)
        await asyncio.sleep(LOOK_EVERY_S)
