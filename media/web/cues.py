"""Cue points as a JSON API, and single frames to choose them by."""

from typing import Any

import msgspec
from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from kernel.errors import Invalid
from media.cue_sheet import CueSheet
from media.decide_cues import DecideCues
from media.read_cues import ReadCues
from media.read_still import ReadStill
from media.reject_candidate import RejectCandidate
from media.web.callers import editor

_BODY_LIMIT = 1000
"""Frames in a body; how many may be cues is ``media.cue``'s business."""


class CuesBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of ``PUT …/cues``: ``revision`` is that of the sheet that the editor saw."""

    frames: list[int]
    revision: int | None = None


class CuesShown(msgspec.Struct, frozen=True):
    """The sheet, and where a still of a frame is (``{frame}`` stands for its number)."""

    sheet: CueSheet
    still_url: str


def routes(read: ReadCues, decide: DecideCues, reject: RejectCandidate, still: ReadStill) -> list[BaseRoute]:
    """``/v1/assets/…/cues`` and ``/v1/assets/…/frames/…``, for editors."""
    resource = _Cues(read, decide, reject, still)
    rejected = "/v1/assets/{asset_id}/cues/rejected/{frame:int}"
    return [
        Route("/v1/assets/{asset_id}/cues", resource.show, methods=["GET"]),
        Route("/v1/assets/{asset_id}/cues", resource.decide, methods=["PUT"]),
        Route(rejected, resource.reject, methods=["PUT"]),
        Route(rejected, resource.restore, methods=["DELETE"]),
        Route("/v1/assets/{asset_id}/frames/{frame:int}.jpg", resource.still),
    ]


class _Cues:
    def __init__(self, read: ReadCues, decide: DecideCues, reject: RejectCandidate, still: ReadStill) -> None:
        self._read = read
        self._decide = decide
        self._reject = reject
        self._still = still

    async def show(self, request: Request) -> Response:
        """Candidates, decided cues, and how far the making of them is.

        ---
        summary: The cue points of an asset
        tags: [assets]
        responses:
          200: {description: "{sheet: {asset_id, frames, revision, candidates: [{frame, at_ms, black_ms, silence_ms, score}], cues: [frame], conditioning: {asset_id, state, progress_permille, reasons}, plays, rejected: [frame]}, still_url}; frames are counted at 25 a second"}
          404: {description: asset-unknown}
          409: {description: "asset-not-ready, cues-of-a-version or asset-without-source"}
        """  # noqa: E501
        editor(request)
        return _shown(await run_sync(self._read, request.path_params["asset_id"]))

    async def decide(self, request: Request) -> Response:
        """Decides the cues; a version is made around them, and plays once it is ready.

        ---
        summary: Decide the cue points of an asset
        tags: [assets]
        requestBody:
          content: {application/json: {schema: {type: object, required: [frames], properties: {frames: {type: array, items: {type: integer}}, revision: {type: integer}}}}}
        responses:
          200: {description: "The sheet, as GET answers it"}
          404: {description: asset-unknown}
          409: {description: "cues-changed, asset-not-ready, cues-of-a-version or asset-without-source"}
          422: {description: "cues-malformed, cue-outside, cues-too-close or cues-too-many"}
        """  # noqa: E501
        account_id = editor(request)
        try:
            body = msgspec.json.decode(await request.body(), type=CuesBody)
        except msgspec.DecodeError as error:
            raise Invalid("cues-malformed", f"The body is not a list of frames: {error}.") from None
        if len(body.frames) > _BODY_LIMIT:
            raise Invalid("cues-too-many", "These are far too many cue points.")
        sheet = await self._decide(account_id, request.path_params["asset_id"], body.frames, body.revision)
        return _shown(sheet)

    async def reject(self, request: Request) -> Response:
        """Leaves a candidate out, for every editor.

        ---
        summary: Leave a suggested cue point out
        tags: [assets]
        responses:
          200: {description: "The sheet, as GET answers it"}
          404: {description: asset-unknown or candidate-unknown}
          409: {description: "asset-not-ready, cues-of-a-version or asset-without-source"}
        """
        account_id, params = editor(request), request.path_params
        return _shown(await run_sync(self._reject, account_id, params["asset_id"], params["frame"]))

    async def restore(self, request: Request) -> Response:
        """Has a candidate suggested that was left out.

        ---
        summary: Suggest a cue point again
        tags: [assets]
        responses:
          200: {description: "The sheet, as GET answers it"}
          404: {description: asset-unknown or candidate-unknown}
          409: {description: "asset-not-ready, cues-of-a-version or asset-without-source"}
        """
        editor(request)
        params: dict[str, Any] = request.path_params
        return _shown(await run_sync(self._reject.restore, params["asset_id"], params["frame"]))

    async def still(self, request: Request) -> Response:
        """One frame.

        ---
        summary: A still of 320 x 180 of one frame
        tags: [assets]
        responses:
          200: {description: "A JPEG", content: {image/jpeg: {}}}
          404: {description: "asset-unknown or frame-unknown"}
        """
        editor(request)
        params: dict[str, Any] = request.path_params
        data = await self._still(params["asset_id"], params["frame"])
        return Response(
            data, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=31536000, immutable"}
        )


def _shown(sheet: CueSheet) -> Response:
    shown = CuesShown(sheet, f"/v1/assets/{sheet.asset_id}/frames/{{frame}}.jpg")
    return Response(
        msgspec.json.encode(shown), media_type="application/json", headers={"Cache-Control": "no-store"}
    )
