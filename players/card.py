"""The promotion card of a session: one at a time, for a minute; without one, it is sought every 20 s."""

import msgspec

from adserver.avail import ServedFill

OFFER_EVERY_MS = 20_000
SHOWN_FOR_MS = 60_000


class ShownCard(msgspec.Struct, frozen=True):
    """The card that was chosen last."""

    fill: ServedFill
    chosen_ms: int

    def encode(self) -> bytes:
        """As MessagePack, for the session store."""
        return msgspec.msgpack.encode(self)

    def current(self, now_ms: int) -> bool:
        """Whether it is still to be shown."""
        return 0 <= now_ms - self.chosen_ms < SHOWN_FOR_MS


_DECODER = msgspec.msgpack.Decoder(ShownCard)


def decode(data: bytes) -> ShownCard:
    """From the session store."""
    return _DECODER.decode(data)


def avail_id(session_id: str, now_ms: int) -> str:
    """The same throughout one interval, so that two processes offer one avail."""
    return f"{session_id}-card-{now_ms // OFFER_EVERY_MS}"
