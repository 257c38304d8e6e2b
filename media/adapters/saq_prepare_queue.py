"""The hop to a worker, on SAQ."""

from typing import Any

_JOB = "prepare_asset"


class SaqPrepareQueue:
    """A ``media.ports.PrepareQueue``. The asset's id is the job's key, so a queued one is not doubled."""

    def __init__(self, queue: Any) -> None:
        self._queue = queue

    async def enqueue(self, asset_id: str) -> None:
        """See :class:`media.ports.PrepareQueue`."""
        await self._queue.enqueue(
            _JOB, asset_id=asset_id, key=asset_id, timeout=6 * 3600, retries=3, heartbeat=60
        )
