"""The hop to a worker, on SAQ."""

from typing import Any

_JOB = "prepare_asset"
_TERMS = {
    "timeout": 6 * 3600,
    "heartbeat": 60,
    "retries": 5,
    "retry_delay": 30.0,
    "retry_backoff": 600.0,  # what hinders it (a full disk, a busy machine) takes a while to pass
}


class SaqPrepareQueue:
    """A ``media.ports.PrepareQueue``. The asset's id is the job's key, so a queued one is not doubled."""

    def __init__(self, queue: Any) -> None:
        self._queue = queue

    async def enqueue(self, asset_id: str) -> None:
        """See :class:`media.ports.PrepareQueue`."""
        await self._queue.enqueue(_JOB, asset_id=asset_id, key=asset_id, **_TERMS)
