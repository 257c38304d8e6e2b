"""The hop to a worker, on SAQ."""

from typing import Any

_JOB = "import_extract"
_TERMS = {"timeout": 2 * 3600, "heartbeat": 60, "retries": 3, "retry_delay": 10.0}


class SaqExtractQueue:
    """Implements ``ports.ExtractQueue``. The import's id is the job's key, so a queued one is not doubled."""

    def __init__(self, queue: Any) -> None:
        self._queue = queue

    async def enqueue(self, import_id: str) -> None:
        """See ``ports.ExtractQueue.enqueue``."""
        await self._queue.enqueue(_JOB, import_id=import_id, key=import_id, **_TERMS)
