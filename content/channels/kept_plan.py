"""A plan as it is kept with a version: its days stay encoded until somebody looks at them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache

import msgspec

from content.channels.facts import Facts
from content.channels.plan import (
    WEEKDAYS,
    Block,
    BreakEntry,
    Entry,
    Outline,
    Plan,
    day_key,
    weekday_key,
)

_BLOCKS = msgspec.json.Decoder(tuple[Block, ...])
EMPTY = b"[]"


@dataclass(frozen=True)
class KeptPlan:
    """A year of it is read in milliseconds, and takes little memory.

    Args:
        blocks: by weekday and by date, JSON; a date that is there replaces its weekday.
        facts: of every programme that the plan names.
    """

    outline: Outline
    blocks: Mapping[str, bytes] = field(default_factory=dict)
    facts: Mapping[str, Facts] = field(default_factory=dict)

    def of(self, day: date) -> tuple[str, bytes]:
        """Which blocks a date has: where they stand in the plan, and encoded."""
        dated = self.blocks.get(day_key(day))
        if dated is not None:
            return f"days.{day_key(day)}", dated
        return f"week.{weekday_key(day)}", self.blocks.get(weekday_key(day), EMPTY)

    def since(self, first: str) -> "KeptPlan":
        """Without the dates before the one whose key is ``first``."""
        blocks = {key: one for key, one in self.blocks.items() if key in WEEKDAYS or key >= first}
        return replace(self, blocks=blocks)

    def changed(self, before: "KeptPlan") -> list[str]:
        """The weekdays and dates whose blocks are others than ``before``."""
        keys = self.blocks.keys() | before.blocks.keys()
        return [key for key in keys if not _same(self.blocks.get(key), before.blocks.get(key))]

    def plan(self) -> Plan:
        """All of it, as editors see it."""
        decoded = {key: _BLOCKS.decode(encoded) for key, encoded in self.blocks.items()}
        return Plan(
            **{name: getattr(self.outline, name) for name in Outline.__struct_fields__},
            week={key: decoded[key] for key in WEEKDAYS if key in decoded},
            days={key: decoded[key] for key in sorted(decoded) if key not in WEEKDAYS},
        )


# A day is looked at together with its neighbours, and with what it was before.
@lru_cache(maxsize=16)
def decode(encoded: bytes) -> tuple[Block, ...]:
    """Blocks as :class:`KeptPlan` keeps them."""
    return _BLOCKS.decode(encoded)


def _same(one: bytes | None, other: bytes | None) -> bool:
    """What is written alike is the same; what another release wrote may be the same, too."""
    return one == other or (one is not None and other is not None and decode(one) == decode(other))


def kept(plan: Plan, facts: Mapping[str, Facts]) -> KeptPlan:
    """``plan`` with the facts of what it names."""
    outline = Outline(**{name: getattr(plan, name) for name in Outline.__struct_fields__})
    blocks = {key: msgspec.json.encode(one) for key, one in (plan.week | plan.days).items()}
    return KeptPlan(
        outline, {key: one for key, one in blocks.items() if one != EMPTY or key in plan.days}, facts
    )


def named(plan: Plan) -> set[str]:
    """Ids of the programmes in it."""
    found = {plan.fill.opener, plan.fill.closer, *plan.fill.fillers, *named_in(plan.loop)}
    for blocks in (*plan.week.values(), *plan.days.values()):
        for block in blocks:
            found |= named_in(block.entries)
    return found - {""}


def named_in(entries: tuple[Entry, ...]) -> set[str]:
    """Ids of the programmes among ``entries``."""
    return {entry.programme_id for entry in entries if not isinstance(entry, BreakEntry)}
