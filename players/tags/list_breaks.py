"""A player of others asks when to ask for ads, and is answered in VMAP."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from adserver.vast import vmap
from adserver.vast.vmap import AdBreak
from kernel.clock import Clock
from kernel.signing import Signer
from players.playback import pulls, session
from players.playback.session import Scope
from players.ports import Sessions
from players.tags.tag import Tag


@dataclass(frozen=True, slots=True)
class ListBreaks:
    """Name the breaks of what somebody else plays, each with its tag; nothing is decided yet."""

    sessions: Sessions
    signer: Signer
    clock: Clock
    base_url: str

    async def __call__(self, token: str, tag: Tag, offsets: Sequence[str]) -> bytes:
        """The document.

        Args:
            token: a session's grant; each tag has one that opens playlists alone.
            tag: the name of what is played, and what each break takes.
            offsets: where they stand.

        Raises:
            Forbidden: the grant is not good.
            NotFound: ``session-unknown``.
        """
        grant = session.open_grant(self.signer, token, self.clock.now_ms())
        _, opened = await pulls.playback_of(self.sessions, grant, state=False)
        narrow = session.sign_grant(self.signer, opened, Scope.PLAY)
        return vmap.write([self._break(narrow, tag, n, one) for n, one in enumerate(offsets, 1)], tag.version)

    def _break(self, token: str, tag: Tag, number: int, offset: str) -> AdBreak:
        name = f"{tag.name}-{number}"
        wish = {
            "grant": token,
            "break": name,
            "duration": tag.length_s,
            "max_ads": str(tag.ads_limit),
            "version": tag.version.value,
        }
        return AdBreak(offset, name, f"{self.base_url}/v1/vast?{urlencode(wish)}")
