"""What a plan needs to know of the programmes that it names."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from content.channels.facts import Facts, gather
from content.library.programme import Programme
from content.ports import Assets, PlayedInstead, Programmes


@dataclass(frozen=True)
class GatherFacts:
    """Looks them up in the library and among the assets."""

    programmes: Programmes
    assets: Assets
    instead: PlayedInstead

    def __call__(
        self, programme_ids: Collection[str], before: Mapping[str, Facts] | None = None
    ) -> tuple[Mapping[str, Programme], dict[str, Facts]]:
        """The programmes that exist, and the facts of each.

        Args:
            programme_ids: whose.
            before: what was known earlier.
        """
        programmes = self.programmes.by_ids(programme_ids)
        own = {programme.asset_id for programme in programmes.values()}
        playing = self.instead.playing(own)
        assets = self.assets.by_ids(own | set(playing.values()))
        return programmes, gather(programmes, assets, playing, before or {})
