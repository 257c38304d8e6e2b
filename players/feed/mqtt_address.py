"""Where a head unit's feed lies at an MQTT broker (COVESA VISS v2, MQTT as transport).

The vehicle subscribes ``VID/Vehicle``, where the server publishes ``{"topic": …, "request": <the message as
over WebSocket>}``; the vehicle publishes replies and events to that topic. Here a head unit's id is its VID,
and the topic bears a signature of it: nobody can make up the topic of another unit.
"""

import msgspec

from kernel.errors import Forbidden
from kernel.signing import Signer
from players.feed.viss import Version

ROOT = "roadcast/feeds"
EVERY_FEED = f"{ROOT}/+/+"
_PURPOSE = "mqtt-feed"
_MARKS = {Version.V2: "2", Version.V3: "3"}
_VERSIONS = {mark: version for version, mark in _MARKS.items()}
_TOPIC_LIMIT = 256


class Address(msgspec.Struct, frozen=True):
    """What a head unit needs to know.

    Args:
        broker: URL, without the broker's credentials, which its operator gives out.
        vid: the name by which the unit goes at the broker.
        request_topic: what it subscribes to.
        reply_topic: what it publishes replies and events to; the requests name it too.
        protocol: of the messages, as the WebSocket's subprotocols are called.
    """

    broker: str
    vid: str
    request_topic: str
    reply_topic: str
    protocol: str


def address(signer: Signer, broker: str, head_unit_id: str, version: Version) -> Address:
    """The address of a head unit's feed."""
    token = signer.sign(_PURPOSE, f"{head_unit_id}.{_MARKS[version]}")
    topic = f"{ROOT}/{head_unit_id}/{token.removeprefix(f'{head_unit_id}.')}"
    return Address(broker, head_unit_id, request_topic(head_unit_id), topic, version.value)


def request_topic(head_unit_id: str) -> str:
    """What a head unit subscribes to."""
    return f"{head_unit_id}/Vehicle"


def open_topic(signer: Signer, topic: str) -> tuple[str, Version]:
    """The head unit whose genuine reply topic this is, and how it speaks.

    Raises:
        Forbidden: ``signature-invalid``.
    """
    head_unit_id, _, mark = topic[:_TOPIC_LIMIT].removeprefix(f"{ROOT}/").partition("/")
    payload = signer.verify(_PURPOSE, f"{head_unit_id}.{mark}")
    signed_id, _, version = payload.rpartition(".")
    if signed_id != head_unit_id or version not in _VERSIONS:
        raise Forbidden("signature-invalid", "The topic is not one of ours.")
    return head_unit_id, _VERSIONS[version]


def envelope(topic: str, request: bytes) -> bytes:
    """What is published to the vehicle: a request, and where to answer it."""
    return msgspec.json.encode({"topic": topic, "request": request.decode()})
