"""Which pages of others may read what this server answers (CORS, of the Fetch standard).

Players of others that live in a browser fetch VAST with credentials, and take no answer whose
Access-Control-Allow-Origin is ``*`` (VAST 4.2, 1.9): the origin is named back, if the operator knows it.
"""

from collections.abc import Sequence

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from players.web.tags import REFUSED_HEADER
from server.middleware import ByPath

SHARED_PATHS = ("/v1/vast", "/v1/vmap", "/v1/beacons", "/play/spot/", "/segments/")
"""None of them looks at a cookie: whoever asks shows a grant, a lease or a beacon in the address."""


def share(app: ASGIApp, origins: Sequence[str]) -> ASGIApp:
    """``app`` as it answers pages of ``origins`` too; itself where there are none."""
    if not origins:
        return app
    shared = CORSMiddleware(
        app,
        allow_origins=origins,
        allow_credentials=True,
        allow_methods=("GET", "HEAD", "POST"),
        allow_headers=("Content-Type", "Range"),
        expose_headers=(REFUSED_HEADER, "Roadcast-Outcome"),
    )
    return ByPath(SHARED_PATHS, shared, app)
