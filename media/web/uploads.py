"""Resumable uploads: tus 1.0.0 (https://tus.io/protocols/resumable-upload), core and extensions."""

import functools
from collections.abc import Awaitable, Callable

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from kernel.clock import from_ms
from kernel.errors import Invalid
from media.receive_upload import ReceiveUpload
from media.upload import LENGTH_LIMIT_BYTES, Upload, filename_in
from media.web.callers import uploader

Endpoint = Callable[[Request], Awaitable[Response]]

_VERSION = "1.0.0"
_TUS = {"Tus-Resumable": _VERSION, "Cache-Control": "no-store"}
_ABILITIES = {
    "Tus-Version": _VERSION,
    "Tus-Extension": "creation,expiration,termination",
    "Tus-Max-Size": str(LENGTH_LIMIT_BYTES),
}
_CHUNK_TYPE = "application/offset+octet-stream"


def routes(receive: ReceiveUpload) -> list[BaseRoute]:
    """``/v1/uploads``, for editors and advertisers; an upload is its creator's alone."""
    resource = _Uploads(receive)
    return [
        Route("/v1/uploads", resource.abilities, methods=["OPTIONS"], include_in_schema=False),
        Route("/v1/uploads", _spoken(resource.create), methods=["POST"]),
        Route("/v1/uploads/{upload_id}", _spoken(resource.inspect), methods=["HEAD"]),
        Route("/v1/uploads/{upload_id}", _spoken(resource.append), methods=["PATCH"]),
        Route("/v1/uploads/{upload_id}", _spoken(resource.terminate), methods=["DELETE"]),
    ]


def _spoken(endpoint: Endpoint) -> Endpoint:
    """Turns away a client that speaks another version of the protocol, as it demands: 412."""

    @functools.wraps(endpoint)
    async def checked(request: Request) -> Response:
        if request.headers.get("Tus-Resumable", _VERSION) != _VERSION:
            return Response(status_code=412, headers=_TUS | _ABILITIES)
        return await endpoint(request)

    return checked


class _Uploads:
    def __init__(self, receive: ReceiveUpload) -> None:
        self._receive = receive

    async def abilities(self, request: Request) -> Response:
        """What this server can do of tus."""
        return Response(status_code=204, headers=_TUS | _ABILITIES)

    async def create(self, request: Request) -> Response:
        """Open an upload.

        ---
        summary: Open a resumable upload (tus 1.0.0, creation)
        tags: [uploads]
        security: [{session: [editor]}, {session: [booking]}, {token: [booking]}]
        parameters:
          - {name: Upload-Length, in: header, required: true, schema: {type: integer, minimum: 1}}
          - {name: Upload-Metadata, in: header, schema: {type: string}, description: "filename, base64"}
        responses:
          201: {description: "Opened; Location says where to send the bytes"}
        """
        owner, length = uploader(request), _whole(request, "Upload-Length")
        filename = filename_in(request.headers.get("Upload-Metadata", ""))
        upload = await self._receive.create(owner, length, filename)
        location = {"Location": f"/v1/uploads/{upload.upload_id}"}
        return Response(status_code=201, headers=_TUS | _expires(upload) | location)

    async def inspect(self, request: Request) -> Response:
        """How far an upload has come.

        ---
        summary: How many bytes of an upload are safe
        tags: [uploads]
        security: [{session: [editor]}, {session: [booking]}, {token: [booking]}]
        responses:
          200: {description: "Upload-Offset and Upload-Length"}
        """
        upload, offset = await self._receive.inspect(uploader(request), request.path_params["upload_id"])
        sizes = {"Upload-Offset": str(offset), "Upload-Length": str(upload.length)}
        return Response(headers=_TUS | _expires(upload) | sizes)

    async def append(self, request: Request) -> Response:
        """Send bytes.

        ---
        summary: Send bytes at an offset
        tags: [uploads]
        security: [{session: [editor]}, {session: [booking]}, {token: [booking]}]
        parameters:
          - {name: Upload-Offset, in: header, required: true, schema: {type: integer, minimum: 0}}
        requestBody:
          content: {application/offset+octet-stream: {schema: {type: string, format: binary}}}
        responses:
          204: {description: "Kept; Upload-Offset says up to where"}
          415: {description: "Not application/offset+octet-stream"}
        """
        owner, upload_id = uploader(request), request.path_params["upload_id"]
        if request.headers.get("Content-Type") != _CHUNK_TYPE:
            raise HTTPException(415, f"The bytes must be sent as {_CHUNK_TYPE}.")
        try:
            offset = await self._receive.append(
                owner, upload_id, _whole(request, "Upload-Offset"), request.stream()
            )
        except ClientDisconnect:
            return Response(status_code=400)
        return Response(status_code=204, headers=_TUS | {"Upload-Offset": str(offset)})

    async def terminate(self, request: Request) -> Response:
        """Throw an upload away.

        ---
        summary: Throw an upload away
        tags: [uploads]
        security: [{session: [editor]}, {session: [booking]}, {token: [booking]}]
        responses:
          204: {description: "It is gone"}
        """
        await self._receive.terminate(uploader(request), request.path_params["upload_id"])
        return Response(status_code=204, headers=_TUS)


def _whole(request: Request, header: str) -> int:
    text = request.headers.get(header, "")
    if not (text.isascii() and text.isdecimal() and len(text) < 20):
        raise Invalid("upload-header-missing", f"{header} must be a whole number.")
    return int(text)


def _expires(upload: Upload) -> dict[str, str]:
    return {"Upload-Expires": from_ms(upload.expires_ms).strftime("%a, %d %b %Y %H:%M:%S GMT")}
