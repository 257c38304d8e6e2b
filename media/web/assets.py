"""How the preparation of an asset goes, and its poster."""

from collections.abc import Callable

import msgspec
from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from kernel.errors import NotFound
from media.asset import Asset
from media.ports import Manifests, Objects
from media.web.callers import sees_all, uploader


class AssetStatus(msgspec.Struct, frozen=True):
    """What its owner may know of an asset. ``duration_ms`` and ``segments`` are 0 until it is ready."""

    asset_id: str
    filename: str
    state: str
    progress_permille: int
    reasons: tuple[str, ...]
    duration_ms: int
    segments: int
    poster_url: str
    warnings: tuple[str, ...] = ()


def routes(find: Callable[[str], Asset | None], manifests: Manifests, objects: Objects) -> list[BaseRoute]:
    """``/v1/assets/…``."""
    resource = _Assets(find, manifests, objects)
    return [
        Route("/v1/assets/{asset_id}", resource.status),
        Route("/v1/assets/{asset_id}/poster.jpg", resource.poster),
    ]


class _Assets:
    def __init__(self, find: Callable[[str], Asset | None], manifests: Manifests, objects: Objects) -> None:
        self._find = find
        self._manifests = manifests
        self._objects = objects

    async def status(self, request: Request) -> Response:
        """State and progress.

        ---
        summary: How the preparation of an asset goes
        tags: [assets]
        security: [{session: [editor]}, {session: [booking]}, {token: [booking]}]
        responses:
          200:
            description: "State (queued, preparing, ready, failed) and progress in permille"
            content: {application/json: {schema: {$ref: "#/components/schemas/AssetStatus"}}}
        """
        owner = uploader(request)
        asset = await run_sync(self._find, request.path_params["asset_id"])
        if asset is None or (asset.owner != owner and not sees_all(request)):
            raise NotFound("asset-unknown", "There is no such asset.")
        return Response(
            msgspec.json.encode(_status(asset)),
            media_type="application/json",
            headers={"Cache-Control": "no-store"},
        )

    async def poster(self, request: Request) -> Response:
        """The poster.

        ---
        summary: A still of 1280 x 720
        tags: [assets]
        responses:
          200: {description: "A JPEG", content: {image/jpeg: {}}}
        """
        manifest = await self._manifests(request.path_params["asset_id"])
        if manifest is None:
            raise NotFound("asset-unknown", "There is no such asset, or it is not ready.")
        data = await self._objects.get(manifest.poster_key)
        return Response(
            data, media_type="image/jpeg", headers={"Cache-Control": "public, max-age=31536000, immutable"}
        )


def _status(asset: Asset) -> AssetStatus:
    manifest = asset.manifest
    return AssetStatus(
        asset_id=asset.asset_id,
        filename=asset.filename,
        state=asset.state.value,
        progress_permille=asset.progress_permille,
        reasons=asset.reasons,
        duration_ms=manifest.duration_ms if manifest else 0,
        segments=manifest.segments if manifest else 0,
        warnings=() if manifest is None or manifest.has_sound else ("media-no-sound",),
        poster_url=f"/v1/assets/{asset.asset_id}/poster.jpg" if manifest else "",
    )
