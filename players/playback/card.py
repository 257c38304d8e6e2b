"""The promotion card of a session: one at a time, a minute at most; without one it is sought each 20 s."""

import msgspec

from adserver.serving.avail import ServedFill

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


def avail_id(session_id: str, now_ms: int, after: ShownCard | None = None) -> str:
    """The same throughout one interval, so that two processes offer one avail.

    Args:
        session_id: whose card it will be.
        now_ms: when it is offered.
        after: the card whose place is taken: what was answered for that one must not be answered again.
    """
    avail = f"{session_id}-card-{now_ms // OFFER_EVERY_MS}"
    return f"{avail}-{after.fill.fill_id}" if after else avail
