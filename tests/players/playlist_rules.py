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
    "MEDIA_TYPE", "Breach", "Measured", "MediaPlaylist", "Poll", "bare", "check_media", "check_multivariant",
    "check_owed", "check_polls", "check_renditions", "owed", "read_media",
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


def after(polls: Sequence[Poll], where: str = "") -> tuple[Polls, list[Breach]]:
    """What is kept of polls, oldest first, and what they break."""
    kept = Polls(where)
    return kept, [breach for poll in polls for breach in kept.take(poll)]


def check_polls(polls: Sequence[Poll], where: str) -> list[Breach]:
    """Rules 9 to 13 and 15 over the polls of one live playlist, oldest first."""
    return after(polls, where)[1]


def owed(polls: Sequence[Poll], at_s: float) -> set[str]:
    """Rule 14: URIs that are no longer listed at ``at_s`` and must be fetchable all the same."""
    return {one.segment.uri for one in after(polls)[0].owed(at_s)}


def check_owed(polls: Sequence[Poll], at_s: float, status: Mapping[str, int], where: str) -> list[Breach]:
    """Rule 14, with the HTTP status that each URI of ``owed`` answered at ``at_s``."""
    refused = [uri for uri in sorted(owed(polls, at_s)) if status.get(uri) not in (200, 206)]
    return [Breach(14, where, f"{uri} answered {status.get(uri)}") for uri in refused]


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
