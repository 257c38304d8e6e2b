"""Ask somebody else's tag, and whom it points to, until there is an ad."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import msgspec

from adserver.vast.macros import expand, joined
from adserver.vast.ports import URL_LIMIT, Fetch, Unfetched
from adserver.vast.reading import BODY_LIMIT_BYTES, ErrorCode, ReadAd, ReadVast, Tracker, Unread, read

WRAPPERS_LIMIT = 5
TIME_LIMIT_S = 10.0
ERRORS_LIMIT = 20


class Resolved(msgspec.Struct, frozen=True):
    """An ad and the wrappers around it, the outermost first: everybody's trackers are to be told.

    Args:
        url: where the ad was found: relative addresses in it begin there.
    """

    ad: ReadAd
    wrappers: tuple[ReadAd, ...]
    url: str = ""

    @property
    def impressions(self) -> tuple[str, ...]:
        """Of all."""
        return tuple(url for one in self._all for url in one.impressions)

    @property
    def errors(self) -> tuple[str, ...]:
        """Of all."""
        return tuple(url for one in self._all for url in one.errors)

    @property
    def tracking(self) -> tuple[Tracker, ...]:
        """Of all, linear creatives' and those of being seen."""
        events = (one for ad in self._all for linear in ad.linears for one in linear.tracking)
        return (*events, *(one for ad in self._all for one in ad.viewable))

    @property
    def click_tracking(self) -> tuple[str, ...]:
        """Of all."""
        return tuple(url for ad in self._all for linear in ad.linears for url in linear.click_tracking)

    @property
    def _all(self) -> tuple[ReadAd, ...]:
        return (*self.wrappers, self.ad)


class Failed(msgspec.Struct, frozen=True):
    """Why there is no ad, and whom VAST wants told of it: addresses with the code in them.

    Args:
        final: asking again would change nothing.
    """

    code: ErrorCode
    detail: str
    told: tuple[str, ...] = ()
    final: bool = True


def told_of(errors: Iterable[str], code: ErrorCode, values: Mapping[str, str]) -> tuple[str, ...]:
    """Addresses to tell of an error (VAST 4.2, 2.3.6.2), each once: at most 20, and none that is too long."""
    values = {**values, "ERRORCODE": str(code.value)}
    expanded = dict.fromkeys(expand(url, values) for url in errors)
    return tuple(islice((url for url in expanded if len(url) <= URL_LIMIT), ERRORS_LIMIT))


@dataclass(frozen=True, slots=True)
class FollowWrappers:
    """Find the ad that a tag leads to, within limits on depth, size and time.

    Args:
        values: of macros, made anew for each tag that is asked.
    """

    fetch: Fetch
    values: Callable[[], Mapping[str, str]]

    async def __call__(self, url: str) -> Resolved | Failed:
        """The ad, or why there is none (VAST 4.2, 2.3.6.3)."""
        wrappers: list[ReadAd] = []
        try:
            async with asyncio.timeout(TIME_LIMIT_S):
                return await self._follow(url, wrappers)
        except TimeoutError:
            slow = f"not within {TIME_LIMIT_S:.0f} s"
            return self._failed(ErrorCode.UNREACHABLE, slow, wrappers, final=False)

    async def _follow(self, url: str, wrappers: list[ReadAd]) -> Resolved | Failed:
        while True:
            url = expand(url, self.values())
            fetched = await self.fetch(url, BODY_LIMIT_BYTES)
            if isinstance(fetched, Unfetched):
                why = f"{fetched.code}: {fetched.detail}"
                return self._failed(ErrorCode.UNREACHABLE, why, wrappers, final=fetched.final)
            document = read(fetched)
            if isinstance(document, Unread):
                return self._failed(document.code, document.detail, wrappers)
            ad = _first(document)
            if ad is None:
                return self._failed(ErrorCode.NO_AD, "a document without an ad", wrappers, document.errors)
            if not ad.tag_url:
                return Resolved(ad, tuple(wrappers), url)
            barred = bool(wrappers) and not wrappers[-1].follows
            wrappers.append(ad)
            if barred or len(wrappers) > WRAPPERS_LIMIT:
                return self._failed(ErrorCode.TOO_DEEP, f"{len(wrappers)} wrappers", wrappers)
            url = joined(url, ad.tag_url)

    def _failed(
        self,
        code: ErrorCode,
        detail: str,
        wrappers: Sequence[ReadAd],
        errors: Sequence[str] = (),
        *,
        final: bool = True,
    ) -> Failed:
        told = (*(url for one in wrappers for url in one.errors), *errors)
        return Failed(code, detail, told_of(told, code, self.values()), final)


def _first(document: ReadVast) -> ReadAd | None:
    """The one that stands alone, if there is one, or the first of the pod: only one is ever taken."""
    return min(document.ads, key=lambda ad: ad.sequence, default=None)
