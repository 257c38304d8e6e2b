"""A small S3 over HTTP for tests: what an object store is asked for, as Amazon's API reference words it.

``python -m tests.s3_server PORT``: any bucket, one key (``KEY``), everything in memory. It is another
process behind a socket, so that the product's own client, URLs, credentials and retries are used.
"""

import hashlib
import itertools
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from xml.sax.saxutils import escape, unescape

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

KEY, SECRET = "walk-key", "walk-secret"
PAGE = 3
"""Few, so that every longer list is read page by page."""


@dataclass(frozen=True)
class Kept:
    data: bytes
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def headers(self) -> dict[str, str]:
        tag = hashlib.md5(self.data, usedforsecurity=False).hexdigest()
        return {"ETag": f'"{tag}"', "Last-Modified": self.at.strftime("%a, %d %b %Y %H:%M:%S GMT")}


class Store:
    """Objects by bucket and key, and uploads in parts."""

    def __init__(self) -> None:
        self.objects: dict[str, Kept] = {}
        self.parts: dict[str, dict[int, bytes]] = {}
        self.numbers = itertools.count(1)

    async def answer(self, request: Request) -> Response:
        if f"Credential={KEY}/" not in request.headers.get("authorization", ""):
            return fault(403, "InvalidAccessKeyId")
        path, query = request.path_params["path"], request.query_params
        if request.method == "GET" and "list-type" in query:
            return self.listed(path, query)
        doors: dict[str, Callable[[str, Request, bytes], Response]] = {
            "PUT": self.put,
            "POST": self.post,
            "GET": self.get,
            "HEAD": self.get,
            "DELETE": self.delete,
        }
        return doors[request.method](path, request, await request.body())

    def put(self, path: str, request: Request, body: bytes) -> Response:
        if upload := request.query_params.get("uploadId"):
            self.parts[upload][int(request.query_params["partNumber"])] = body
            return Response(headers=Kept(body).headers)
        if request.headers.get("if-none-match") == "*" and path in self.objects:
            return fault(412, "PreconditionFailed")
        self.objects[path] = Kept(body)
        return Response(headers=self.objects[path].headers)

    def post(self, path: str, request: Request, body: bytes) -> Response:
        bucket, _, key = path.partition("/")
        names = f"<Bucket>{bucket}</Bucket><Key>{escape(key)}</Key>"
        if "uploads" in request.query_params:
            upload = f"upload-{next(self.numbers)}"
            self.parts[upload] = {}
            inside = f"{names}<UploadId>{upload}</UploadId>"
            return xml("InitiateMultipartUploadResult", inside)
        if "delete" in request.query_params:
            keys = [unescape(found) for found in re.findall(r"<Key>(.*?)</Key>", body.decode())]
            for one in keys:
                self.objects.pop(f"{bucket}/{one}", None)
            return xml(
                "DeleteResult", "".join(f"<Deleted><Key>{escape(one)}</Key></Deleted>" for one in keys)
            )
        parts = self.parts.pop(request.query_params["uploadId"])
        wanted = [int(number) for number in re.findall(rb"<PartNumber>(\d+)</PartNumber>", body)]
        self.objects[path] = Kept(b"".join(parts[number] for number in wanted))
        tag = escape(self.objects[path].headers["ETag"])
        return xml("CompleteMultipartUploadResult", f"{names}<ETag>{tag}</ETag>")

    def get(self, path: str, request: Request, _body: bytes) -> Response:
        kept = self.objects.get(path)
        if kept is None:
            return fault(404, "NoSuchKey")
        asked = re.fullmatch(r"bytes=(\d+)-(\d+)", request.headers.get("range", ""))
        if not asked:
            return Response(kept.data, headers=kept.headers)
        start, end = int(asked[1]), min(int(asked[2]), len(kept.data) - 1)
        span = {"Content-Range": f"bytes {start}-{end}/{len(kept.data)}"}
        return Response(kept.data[start : end + 1], 206, kept.headers | span)

    def delete(self, path: str, request: Request, _body: bytes) -> Response:
        self.parts.pop(request.query_params.get("uploadId", ""), None)
        self.objects.pop(path, None)
        return Response(status_code=204)

    def listed(self, bucket: str, query) -> Response:
        prefix = f"{bucket.strip('/')}/{query.get('prefix', '')}"
        after = query.get("continuation-token", "")
        keys = sorted(key for key in self.objects if key.startswith(prefix) and key > after)
        shown = keys[:PAGE]
        more = f"<NextContinuationToken>{escape(shown[-1])}</NextContinuationToken>" if keys[PAGE:] else ""
        found = "".join(self.entry(key) for key in shown)
        truncated = "true" if more else "false"
        return xml("ListBucketResult", f"<IsTruncated>{truncated}</IsTruncated>{more}{found}")

    def entry(self, path: str) -> str:
        kept, key = self.objects[path], escape(path.partition("/")[2])
        at = kept.at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return (
            f"<Contents><Key>{key}</Key><LastModified>{at}</LastModified>"
            f"<ETag>{escape(kept.headers['ETag'])}</ETag><Size>{len(kept.data)}</Size></Contents>"
        )


def xml(name: str, inside: str, status: int = 200) -> Response:
    space = ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
    text = f'<?xml version="1.0" encoding="UTF-8"?><{name}{space}>{inside}</{name}>'
    return Response(text, status, media_type="application/xml")


def fault(status: int, code: str) -> Response:
    return xml("Error", f"<Code>{code}</Code><Message>{code}</Message>", status)


def main() -> None:
    methods = ["GET", "HEAD", "PUT", "POST", "DELETE"]
    app = Starlette(routes=[Route("/{path:path}", Store().answer, methods=methods)])
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")


if __name__ == "__main__":
    main()
