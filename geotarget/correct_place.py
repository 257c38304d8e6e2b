"""Set a place right by hand."""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from geotarget.correction import Correction, both, changes, corrected
from geotarget.place import Place
from geotarget.place_file import clean
from geotarget.ports import KeptPlace, Places
from kernel.clock import Clock
from kernel.errors import NotFound


@dataclass(frozen=True)
class CorrectPlace:
    """What is set right stays so, whatever the list says when it is imported again.

    Args:
        announce: told ``places`` when something changed.
    """

    places: Places
    clock: Clock
    announce: Callable[[str], None]

    def __call__(self, place_id: str, wanted: Correction) -> Place:
        """The place as it is now.

        Raises:
            NotFound: ``place-unknown``.
            Invalid: as ``Place`` does.
        """

        def set_right(kept: KeptPlace) -> KeptPlace:
            change = changes(kept.place, _cleaned(wanted))
            return kept._replace(
                place=corrected(kept.place, change), correction=both(kept.correction, change)
            )

        found = self.places.correct(place_id, set_right, self.clock.now_ms())
        if found is None:
            raise _unknown()
        before, after = found
        if after != before:
            self.announce("places")
        return after.place

    def find(self, place_id: str) -> KeptPlace:
        """The place as it is kept.

        Raises:
            NotFound: ``place-unknown``.
        """
        kept = self.places.get(place_id)
        if kept is None:
            raise _unknown()
        return kept


def _unknown() -> NotFound:
    return NotFound("place-unknown", "There is no such place.", fix="Open it from the list of places.")


def _cleaned(wanted: Correction) -> Correction:
    return msgspec.structs.replace(
        wanted,
        name=None if wanted.name is None else clean(wanted.name),
        brand=None if wanted.brand is None else clean(wanted.brand),
        address={key: clean(text) for key, text in wanted.address.items()},
    )
