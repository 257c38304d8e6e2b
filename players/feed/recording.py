"""A recorded drive of any kind: GPX, CSV, or what a car said in VISS."""

from players.feed import trace, viss_log
from players.feed.trace import Trace
from players.feed.viss_log import VissLog

Recording = Trace | VissLog


def read(data: bytes) -> Recording:
    """A drive from a file's bytes; its kind is told by the first character.

    Raises:
        TooLarge: ``trace-too-large`` or ``trace-too-long``.
        Invalid: ``trace-…``, with the line or point that is wrong.
    """
    begins = data[:64].removeprefix(b"\xef\xbb\xbf").lstrip()
    return viss_log.read(data) if begins.startswith((b"{", b"[")) else trace.read(data)
