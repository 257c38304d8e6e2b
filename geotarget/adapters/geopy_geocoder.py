"""Address search by geopy's geocoders, over httpx."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from geopy.adapters import AdapterHTTPError, BaseAsyncAdapter
from geopy.exc import (
    GeocoderParseError,
    GeocoderServiceError,
    GeocoderTimedOut,
    GeocoderUnavailable,
    GeopyError,
)
from geopy.geocoders import Nominatim, Pelias, Photon

from geotarget.address import ATTRIBUTIONS, FOUND_LIMIT, LABEL_LIMIT, FoundAddress, Provider
from geotarget.place_file import clean
from kernel.errors import Invalid, Unavailable

ANSWER_LIMIT_BYTES = 1024 * 1024
TIMEOUT_S = 5.0


class HttpxAdapter(BaseAsyncAdapter):  # type: ignore[misc]
    """How geopy asks: no proxies of the environment, no redirects, short answers."""

    def __init__(self, *, proxies: object, ssl_context: object) -> None:
        super().__init__(proxies=proxies, ssl_context=ssl_context)

    async def get_json(self, url: str, *, timeout: float, headers: Mapping[str, str]) -> Any:  # noqa: ASYNC109
        """See geopy."""
        try:
            return json.loads(await self.get_text(url, timeout=timeout, headers=headers))
        except (ValueError, RecursionError) as error:
            raise GeocoderParseError("The answer is no JSON.") from error

    async def get_text(self, url: str, *, timeout: float, headers: Mapping[str, str]) -> str:  # noqa: ASYNC109
        """See geopy."""
        try:
            async with (
                httpx.AsyncClient(trust_env=False, timeout=timeout, headers=headers) as client,
                client.stream("GET", url) as answer,
            ):
                text = await _text(answer)
        except httpx.TimeoutException as error:
            raise GeocoderTimedOut(type(error).__name__) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise GeocoderUnavailable(type(error).__name__) from error
        if not answer.is_success:
            raise AdapterHTTPError(
                f"status {answer.status_code}",
                status_code=answer.status_code,
                headers=answer.headers,
                text=text,
            )
        return text


async def _text(answer: httpx.Response) -> str:
    body = bytearray()
    async for part in answer.aiter_bytes():
        body += part
        if len(body) > ANSWER_LIMIT_BYTES:
            raise GeocoderServiceError("The answer is too long.")
    return body.decode("utf-8", "replace")


@dataclass(frozen=True)
class GeopyGeocoder:
    """Implements ``ports.Geocoder``.

    Args:
        provider: what ``url`` speaks.
        url: its base, such as ``https://nominatim.example``.
        agent: who asks, as the policies of providers want it told.
        key: of Pelias, where it wants one.
    """

    provider: Provider
    url: str
    agent: str
    key: str = field(default="", repr=False)

    @property
    def attribution(self) -> str:
        """See ``ports.Geocoder``."""
        return ATTRIBUTIONS[self.provider]

    async def __call__(self, text: str, language: str) -> list[FoundAddress]:
        """See ``ports.Geocoder``."""
        try:
            found = await self._geocode(text, language)
            candidates = [_found(one) for one in (found or [])]
        except (GeopyError, LookupError, TypeError, ValueError, AttributeError) as error:
            raise Unavailable(
                "address-search-failed",
                f"The address search does not answer as it should ({type(error).__name__}).",
                fix="Try again in a moment, or type latitude and longitude.",
            ) from error
        return [one for one in candidates if one is not None][:FOUND_LIMIT]

    async def _geocode(self, text: str, language: str) -> Any:
        parts = urlsplit(self.url)
        told = {
            "domain": f"{parts.netloc}{parts.path}",
            "scheme": parts.scheme,
            "user_agent": self.agent,
            "timeout": TIMEOUT_S,
            "adapter_factory": HttpxAdapter,
        }
        match self.provider:
            case Provider.NOMINATIM:
                return await Nominatim(**told).geocode(
                    text, exactly_one=False, limit=FOUND_LIMIT, language=language
                )
            case Provider.PHOTON:
                return await Photon(**told).geocode(
                    text, exactly_one=False, limit=FOUND_LIMIT, language=language
                )
            case Provider.PELIAS:
                return await Pelias(**told, api_key=self.key or None).geocode(
                    text, exactly_one=False, language=language
                )


def geocoder_at(url: str, agent: str, key_file: str = "") -> GeopyGeocoder | None:
    """The provider of an URL such as ``nominatim+https://nominatim.example``, None where it is empty.

    Args:
        url: the provider, and its base after the plus.
        agent: who asks.
        key_file: a file with a key in its first line.

    Raises:
        Invalid: ``geocoder-key-unreadable``.
    """
    if not url:
        return None
    provider, _, base = url.partition("+")
    return GeopyGeocoder(Provider(provider), base, agent, _key(Path(key_file)) if key_file else "")


def _key(path: Path) -> str:
    try:
        key = path.read_text("utf-8").partition("\n")[0].strip()
    except (OSError, UnicodeDecodeError):
        key = ""
    if not key:
        raise Invalid("geocoder-key-unreadable", f"{path} does not hold a key in its first line.")
    return key


def _found(location: Any) -> FoundAddress | None:
    """A candidate; None for one without a name, or without a position, which geopy takes for 0, 0."""
    label = clean(str(location.raw.get("properties", {}).get("label") or location.address or ""))[
        :LABEL_LIMIT
    ]
    latitude, longitude = round(float(location.latitude), 6), round(float(location.longitude), 6)
    return FoundAddress(label, latitude, longitude) if label and (latitude or longitude) else None
