"""Read the init segment that every asset of a rendition shares."""

from dataclasses import dataclass, field

from kernel.errors import NotFound
from media.asset import house_init_key
from media.house_format import BY_NAME
from media.ports import Objects


@dataclass(frozen=True)
class ReadInit:
    """EXT-X-MAP. Immutable, so it is read once."""

    objects: Objects
    _held: dict[str, bytes] = field(default_factory=dict, init=False)

    async def __call__(self, rendition: str) -> bytes:
        """The ftyp and moov of a rendition.

        Raises:
            NotFound: ``rendition-unknown``, or ``object-missing`` before the slate was made.
        """
        if rendition not in BY_NAME:
            raise NotFound("rendition-unknown", "There is no such rendition.")
        if rendition not in self._held:
            self._held[rendition] = await self.objects.get(house_init_key(rendition))
        return self._held[rendition]
