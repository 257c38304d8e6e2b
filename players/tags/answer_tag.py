"""A player or stitcher of others asks what stands in a break, and is answered in VAST.

It is the decision that our own playlists are filled by: the same demand, refusals, caps and reservation,
asked once for each pair of session and break, and counted by the same beacons. Where the vehicle is comes
from its own feed, never from who asks.
"""

from collections import Counter
from dataclasses import dataclass

import msgspec

from adserver.billing.budget import RESERVATION_TTL_MS
from adserver.billing.impression import EventKind
from adserver.serving.avail import ServedBreak, ServedFill
from adserver.vast import document
from adserver.vast.document import Ad, Media
from kernel.clock import Clock
from kernel.signing import Signer
from media.house_format import AUDIO_RENDITION, SEGMENT_MS, VIDEO_RENDITIONS
from players.feed.market_policy import Policies
from players.feed.motion_policy import Cards, cards_on
from players.playback import break_plan, pulls, session
from players.playback.plan_break import OfferAvail, OnlyConditioned, formats
from players.playback.playlist import CONTENT_TYPE, Offer
from players.playback.ports import Manifests, NoteFills
from players.playback.session import Scope, Session
from players.ports import Sessions
from players.tags.spot import Spot, sign_spot
from players.tags.tag import Tag

_LARGEST = VIDEO_RENDITIONS[0]
_SOUND_AND_PICTURE = f"{_LARGEST.codecs},{AUDIO_RENDITION.codecs}"


class Answered(msgspec.Struct, frozen=True):
    """The document, and how many line items were refused for which reason."""

    body: bytes
    refused: dict[str, int]


@dataclass(frozen=True, slots=True)
class AnswerTag:
    """Answer a tag.

    Args:
        conditioned: nothing else is ever answered with.
        base_url: this server's address, without a slash at its end.
    """

    sessions: Sessions
    offer: OfferAvail
    conditioned: OnlyConditioned
    manifests: Manifests
    note: NoteFills
    policies: Policies
    signer: Signer
    clock: Clock
    base_url: str

    async def __call__(self, token: str, tag: Tag) -> Answered:
        """The answer; without ads where there are none, or none that may still be played.

        Raises:
            Forbidden: the grant ``token`` is not good.
            NotFound: ``session-unknown``.
        """
        now_ms = self.clock.now_ms()
        grant = session.open_grant(self.signer, token, now_ms)
        playback, opened = await pulls.playback_of(self.sessions, grant)
        # Its player pulls a promotion's playlist once, like anything on demand.
        refused = pulls.withheld(self.policies, playback, opened, now_ms, on_demand=True)
        # What others' players were handed cannot be called back: no card but where one may always stand.
        lasting = cards_on(self.policies, playback.state, opened.mount, now_ms) is Cards.ALWAYS
        served = await self.offer(
            opened,
            playback.state,
            f"{opened.session_id}-tag-{tag.name}",
            tag.segments,
            formats(picture=refused is None),
            ads_limit=tag.ads_limit,
        )
        if served is None:
            return Answered(document.write((), tag.version, self.base_url), {})
        ads = await self._ads(opened, served, tag, picture=refused is None)
        if lasting and not opened.revoked:
            ads = [msgspec.structs.replace(ad, still=self._still(ad.fill)) for ad in ads]
        reasons = Counter(no.reason for no in served.refusals)
        return Answered(document.write(ads, tag.version, self.base_url), dict(reasons))

    async def _ads(self, opened: Session, served: ServedBreak, tag: Tag, *, picture: bool) -> list[Ad]:
        made = await self.conditioned(served)
        fills = break_plan.planned_within(tag.name, 0, tag.segments, made).fills[: tag.ads_limit]
        if served.cell and not opened.location_consent:
            # Decided by a place that may not be known any more.
            self.note(fills, EventKind.NOT_USED)
            return []
        self.note(fills, EventKind.PLANNED)
        now_ms = self.clock.now_ms()
        held_ms = (served.decided_ms or now_ms) + RESERVATION_TTL_MS
        expires_s = (held_ms - now_ms) // 1000
        if expires_s <= 0:
            return []
        until_ms = min(held_ms + tag.segments * SEGMENT_MS, opened.expires_at_ms)
        return [
            Ad(fill, await self._media(opened, fill, until_ms, picture=picture), expires_s) for fill in fills
        ]

    def _still(self, fill: ServedFill) -> str:
        """Where the picture of the card beside it is."""
        return f"{self.base_url}{fill.card.image_url}" if fill.card.image_url else ""

    async def _media(self, opened: Session, fill: ServedFill, until_ms: int, *, picture: bool) -> Media:
        manifest = await self.manifests(fill.asset_id)
        shows = picture and manifest is not None and manifest.has_picture
        offer = Offer.AUDIO_VIDEO if shows else Offer.AUDIO
        spot = sign_spot(self.signer, Spot(opened.session_id, fill.asset_id, fill.segments, until_ms))
        # Who asked may have had more rights than whoever plays what it is told.
        grant = session.sign_grant(self.signer, opened, Scope.PLAY)
        url = f"{self.base_url}/play/spot/{opened.session_id}/{spot}/{offer.value}.m3u8?grant={grant}"
        if not shows:
            return Media(url, CONTENT_TYPE, AUDIO_RENDITION.codecs)
        return Media(url, CONTENT_TYPE, _SOUND_AND_PICTURE, _LARGEST.width, _LARGEST.height)
