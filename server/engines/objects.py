"""Media objects: a local folder by default, S3, Azure or GCS by URL, through obstore."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

import obstore
from obstore.store import LocalStore, ObjectStore, from_url


def open_objects(url: str) -> ObjectStore:
    """The store behind ``url``; a local folder is made if it is missing."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        folder = Path(unquote(parts.path))
        folder.mkdir(parents=True, exist_ok=True)
        return LocalStore(folder)
    return from_url(url)


async def check_objects(store: ObjectStore) -> None:
    """Ask the store for something small; raises where it does not answer."""
    await obstore.list(store, prefix="ready-check").collect_async()
