"""What every stretch of one version is laid from, and whose turn it is to fill."""

from collections.abc import Mapping
from dataclasses import dataclass

from content.channels.facts import Facts
from content.channels.plan import Outline
from media.asset import SLATE_ID
from media.house_format import starts_at_ms
from media.timeline import Slot, SlotKind

NO_FACTS = Facts("", 0)


@dataclass(frozen=True, slots=True)
class Setting:
    """What every stretch of one version is laid from.

    Args:
        facts: by programme id; at least those that the plan names and that are in the library.
        timeless: for a cycle: rights have no date there, they are looked at when it plays.
    """

    channel_id: str
    outline: Outline
    facts: Mapping[str, Facts]
    timeless: bool = False

    def usable(self, programme_id: str, from_position: int, until_position: int) -> str:
        """Why a programme may not play there; empty if it may."""
        facts, territories = self.facts.get(programme_id, NO_FACTS), self.outline.territories
        if self.timeless:
            return facts.standing_refusal(territories)
        return facts.refusal(starts_at_ms(from_position), starts_at_ms(until_position), territories)

    def stand_in(self, slot: Slot) -> Slot:
        """Fill of the length of ``slot``."""
        filler_id, facts = self.filler(slot.start, slot.end)
        return Slot(
            slot.start,
            slot.segments,
            facts.asset_id,
            facts.segments,
            SlotKind.PROGRAMME,
            slot.slot_id,
            filler_id,
            0,
            slot.slot_id,
            *self.seen(filler_id),
            fill=True,
        )

    def seen(self, programme_id: str) -> tuple[tuple[str, ...], str, int]:
        """Where a programme may be seen (empty for everywhere), and what plays elsewhere, with its length."""
        facts = self.facts.get(programme_id)
        codes = facts.shown_in(self.outline.territories) if facts else ()
        return (codes, *(self.substitute() if codes else ("", 1)))

    def filler(
        self, start: int, end: int, last: str = "", *, fits: bool = False, unlimited: bool = False
    ) -> tuple[str, Facts]:
        """Whose turn it is at ``start``: id and facts, the slate's where there is none.

        Args:
            start: where it is to begin.
            end: where it has to be over; it may be longer.
            last: id of the one before, which is not repeated if there is another.
            fits: rather one that fits.
            unlimited: only one that may be shown always and everywhere: a break does not ask.
        """
        pool = [
            (name, self.facts[name])
            for name in self.outline.fill.fillers
            if name in self.facts
            and not self._barred(name, start, end)
            and (self.facts[name].unlimited or not unlimited)
        ]
        others = [one for one in pool if one[0] != last] or pool
        fitting = [one for one in others if one[1].segments <= end - start] if fits else []
        chosen = fitting or others
        return chosen[start % len(chosen)] if chosen else ("", Facts(SLATE_ID, 1))

    def _barred(self, name: str, start: int, end: int) -> bool:
        facts = self.facts[name]
        return facts.children or facts.segments < 1 or bool(self.usable(name, start, end))

    def substitute(self) -> tuple[str, int]:
        """The asset, and its length, for where a programme may not be seen."""
        for name in self.outline.fill.fillers:
            facts = self.facts.get(name, NO_FACTS)
            if facts.asset_id and facts.unlimited:
                return facts.asset_id, facts.segments
        return SLATE_ID, 1
