"""What the API answers about a planned day, as editors see it."""

from enum import StrEnum

import msgspec

from content.channels.plan import Finding
from media.timeline import SlotKind


class Source(StrEnum):
    """Why something stands where it stands."""

    BLOCK = "block"
    LOOP = "loop"
    RULE = "rule"
    FILL = "fill"


class PlannedSlot(msgspec.Struct, frozen=True):
    """One slot of a day.

    Args:
        source: an entry of a block, an item of the loop, a break that the rules inserted, or fill.
        title: of the programme; empty in a break and for the slate.
        starts_at_local: ``YYYY-MM-DDTHH:MM:SS+HH:MM`` in the channel's timezone.
        field: the entry it comes from, as in :class:`content.channels.plan.Finding`.
        airing_id: shared by the parts of a programme that breaks part.
        territories: countries in which it may be seen; elsewhere a filler plays. Empty for all of the
            channel's.
    """

    kind: SlotKind
    source: Source
    programme_id: str
    title: str
    starts_at_ms: int
    ends_at_ms: int
    starts_at_local: str
    field: str = ""
    airing_id: str = ""
    territories: tuple[str, ...] = ()


class Effect(msgspec.Struct, frozen=True):
    """When a plan goes on air.

    Args:
        version: its number; of a preview, the one that a save would get.
        begins_at_ms: when the version takes over; nothing before it changes.
        effective_at_ms: the first moment at which something else plays than before; None for none
            within two weeks.
        frozen_until_ms: until then everything stays as it was: some viewers hold it already, or it is on air.
    """

    version: int
    begins_at_ms: int
    effective_at_ms: int | None
    frozen_until_ms: int


class DayView(msgspec.Struct, frozen=True):
    """A broadcast day: from the first block of a date to the first of the next date that has one.

    Args:
        slots: those that touch the local date asked for, from midnight to midnight; at most 5000.
        findings: of the same stretch, in order of time; of too many the worst.
        truncated: there are more slots.
        untold: how many findings there are besides, of the broadcast days that it touches.
    """

    date: str
    timezone: str
    starts_at_ms: int
    ends_at_ms: int
    slots: tuple[PlannedSlot, ...]
    findings: tuple[Finding, ...]
    truncated: bool = False
    untold: int = 0
