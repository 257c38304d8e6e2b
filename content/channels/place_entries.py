"""From what an editor arranges to entries that can play, with the library and the assets at hand."""

from collections.abc import Sequence
from dataclasses import dataclass

from content.channels.plan import Entry, ProgrammeEntry
from content.channels.schedule import ENTRIES_LIMIT, PlacedEntry, place
from content.ports import Assets, Programmes


@dataclass(frozen=True)
class PlaceEntries:
    """Looks up what entries name, and places them."""

    programmes: Programmes
    assets: Assets

    def __call__(self, entries: Sequence[Entry]) -> tuple[PlacedEntry, ...]:
        """See :func:`content.channels.schedule.place`, whose errors it raises."""
        named = {e.programme_id for e in entries[: ENTRIES_LIMIT + 1] if isinstance(e, ProgrammeEntry)}
        programmes = self.programmes.by_ids(named)
        assets = self.assets.by_ids({p.asset_id for p in programmes.values()})
        return place(entries, programmes, assets)
