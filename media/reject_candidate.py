"""Leave a candidate for a cue out, or have it suggested again."""

from dataclasses import dataclass

from kernel.clock import Clock
from kernel.errors import NotFound
from media.cue_sheet import CueRejection, CueSheet
from media.ports import Cues
from media.read_cues import ReadCues


@dataclass(frozen=True)
class RejectCandidate:
    """What one editor has looked at and left out, the others need not look at again."""

    cues: Cues
    read: ReadCues
    clock: Clock

    def __call__(self, account_id: str, asset_id: str, frame: int) -> CueSheet:
        """The sheet with the candidate left out.

        Raises:
            NotFound: ``asset-unknown``; ``candidate-unknown`` where nothing was found at that frame.
            Conflict: see ``read_cues``.
        """
        self._candidate(asset_id, frame)
        self.cues.reject(CueRejection(asset_id, frame, account_id, self.clock.now_ms()))
        return self.read(asset_id)

    def restore(self, asset_id: str, frame: int) -> CueSheet:
        """The sheet with the candidate among those that are suggested.

        Raises:
            NotFound, Conflict: as above.
        """
        self._candidate(asset_id, frame)
        self.cues.restore(asset_id, frame)
        return self.read(asset_id)

    def _candidate(self, asset_id: str, frame: int) -> None:
        if all(one.frame != frame for one in self.read(asset_id).candidates):
            raise NotFound("candidate-unknown", "No cue point is suggested there.", fix="Look at them again.")
