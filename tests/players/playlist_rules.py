"""What served playlists must satisfy, for tests: the product's own rules, asked by body and by list."""

from collections.abc import Mapping, Sequence

from players.guard.one_playlist import check_one
from players.guard.parsing import bare, read
from players.guard.polls import Poll, Polls
from players.guard.reading import MediaPlaylist, Multivariant, Reading
from players.guard.renditions import Measured, check_promises
from players.guard.renditions import check_renditions as check_times
from players.guard.rule import MEDIA_TYPE, Breach

__all__ = [
    "MEDIA_TYPE", "Breach", "Measured", "MediaPlaylist", "Poll", "Polls", "bare", "check_media",
    "check_multivariant", "check_polls", "check_renditions", "read_media",
]  # fmt: skip


def read_media(body: bytes, url: str = "") -> MediaPlaylist:
    """A media playlist's body as a noun; ``url`` makes its URIs absolute."""
    playlist = read(Reading(body, MEDIA_TYPE, url=url))
    assert isinstance(playlist, MediaPlaylist), playlist
    return playlist


def check_media(body: bytes, content_type: str, where: str) -> list[Breach]:
    """All that one playlist shows alone."""
    reading = Reading(body, content_type)
    return check_one(reading, read(reading), where)


check_multivariant = check_media


def check_polls(polls: Sequence[Poll], where: str) -> list[Breach]:
    """Rules 9 to 13 and 15 over the polls of one live playlist, oldest first."""
    kept = Polls(where)
    return [breach for poll in polls for breach in kept.take(poll)]


def check_renditions(
    multivariant: bytes,
    url: str,
    playlists: Mapping[str, MediaPlaylist],
    measured: Mapping[str, Measured],
    where: str,
) -> list[Breach]:
    """Rules 16 to 21 over a multivariant playlist and its media playlists, pulled at one moment."""
    offered = read(Reading(multivariant, MEDIA_TYPE, url=url))
    assert isinstance(offered, Multivariant), offered
    together = {name: Poll(0.0, playlist) for name, playlist in playlists.items()}
    times = check_times(together, where, same_numbers=True)
    return [*times, *check_promises(offered, measured, where)]
