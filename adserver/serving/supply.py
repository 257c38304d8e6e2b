"""What there is to sell: opportunities to show something, counted by hour, coarse cell, market and kind.

No vehicle, session or position stands in it. It is bounded: four weeks, and :data:`ROWS_LIMIT` rows.
"""

from enum import StrEnum

import msgspec

from adserver.serving.avail import Avail, Format
from kernel.clock import to_ms

HOUR_MS = 3_600_000
KEPT_HOURS = 28 * 24
ROWS_LIMIT = 1_000_000
"""Of a great many cars less than four weeks are kept: the oldest hours go first."""


class Kind(StrEnum):
    """What could be shown: a film with its picture, the sound alone, or a card."""

    VIDEO = "video"
    AUDIO = "audio"
    CARD = "card"


class Slot(msgspec.Struct, frozen=True):
    """Where and when, as coarsely as it is kept.

    Args:
        hour: counted since 1970.
        cell: empty where the car's place was not known.
        market: the country whose rules were followed.
    """

    hour: int
    cell: str
    market: str
    kind: Kind


def slot_of(avail: Avail, cell: str) -> Slot:
    """Where an opportunity is counted: in the hour in which it is seen or heard."""
    spot = Kind.VIDEO if Format.VIDEO in avail.formats else Kind.AUDIO
    kind = spot if avail.segments else Kind.CARD
    return Slot(to_ms(avail.heard_at) // HOUR_MS, cell, avail.market, kind)
