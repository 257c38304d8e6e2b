"""An advertiser looks for areas to be shown in."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from geotarget.area import Area
from geotarget.area_index import AreaIndex
from geotarget.place_file import fold

_SHOWN_LIMIT = 30
_WORDS_LIMIT = 80


@dataclass(frozen=True)
class FindAreas:
    """Searches the snapshot of areas by name."""

    areas: Callable[[], AreaIndex]

    def __call__(self, words: str) -> list[Area]:
        """The first 30 areas, by name, whose name has every word, whatever its case and accents."""
        wanted = fold(words[:_WORDS_LIMIT]).split()
        named = ((fold(area.name), area) for area in self.areas())
        found = [(name, area) for name, area in named if all(word in name for word in wanted)]
        return [area for _, area in sorted(found, key=lambda one: (one[0], one[1].area_id))[:_SHOWN_LIMIT]]

    def named(self, area_ids: Sequence[str]) -> list[Area]:
        """Those of some areas that are known, in their order."""
        index = self.areas()
        return [area for area_id in area_ids if (area := index.get(area_id))]
