"""One session's, or one stream's, readings across polls and renditions."""

from dataclasses import dataclass, field

from players.guard.one_playlist import check_one
from players.guard.parsing import read
from players.guard.polls import Poll, Polls
from players.guard.reading import Multivariant, Reading, Unreadable
from players.guard.renditions import check_renditions
from players.guard.rule import Breach

RENDITIONS_LIMIT = 64


@dataclass(slots=True)
class Followed:
    """What was read of one stream so far, as much as its rules need.

    Args:
        where: the stream's name, in the breaches.
        same_numbers: as in ``check_renditions``.
    """

    where: str
    same_numbers: bool = False
    multivariant: Multivariant | None = None
    polls: dict[str, Polls] = field(default_factory=dict)

    def take(self, reading: Reading, name: str) -> list[Breach]:
        """What the newest reading breaks: by itself, after those before it, and beside the others.

        Args:
            reading: any playlist of the stream.
            name: which one; a media playlist keeps its name from poll to poll.
        """
        place = f"{self.where}/{name}" if self.where else name
        independent = self.multivariant is not None and self.multivariant.independent
        playlist = read(reading)
        found = check_one(reading, playlist, place, independent=independent)
        if isinstance(playlist, Unreadable):
            return found
        if isinstance(playlist, Multivariant):
            self.multivariant = playlist
            return found
        if name not in self.polls and len(self.polls) >= RENDITIONS_LIMIT:
            return found
        poll = Poll(reading.at_s, playlist, reading.asked_s)
        found += self.polls.setdefault(name, Polls(place)).take(poll)
        return found + self._beside(name, poll)

    def _beside(self, name: str, poll: Poll) -> list[Breach]:
        """The newest poll against those of the other renditions that came about when it did."""
        found: list[Breach] = []
        for other_name, polls in self.polls.items():
            last = polls.last
            if other_name == name or last is None:
                continue
            if abs(poll.at_s - last.at_s) <= (poll.playlist.target_s or 0) or poll.playlist.ended:
                pair = {name: poll, other_name: last}
                found += check_renditions(pair, self.where or name, same_numbers=self.same_numbers)
        return found
