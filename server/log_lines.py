"""Log lines that a thread writes: who logs never waits for whoever reads the log.

Each line is a system call, and in it an event loop loses its turn to the process' other threads. Where the
reader is slow, or stands still, the loop would too, and with it everything that takes a picture away.
"""

import atexit
import queue
import threading
import time
from contextlib import suppress
from typing import TextIO

LINES_LIMIT = 20_000
GATHER_S = 0.02
END_S = 2.0
"""How long the end of the process waits for the last lines to be written."""


class LogLines:
    """A text stream, as far as :class:`logging.StreamHandler` needs one.

    Args:
        stream: where the lines go. While it does not take them some wait, and then they are dropped; once
            it does again, it is told how many were.
        limit: how many may wait.
    """

    def __init__(self, stream: TextIO, limit: int = LINES_LIMIT) -> None:
        self._stream = stream
        self._limit = limit
        self._waiting: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._dropped = 0
        self._thread = threading.Thread(target=self._run, name="log-lines", daemon=True)
        self._thread.start()
        atexit.register(self.close)

    def write(self, text: str) -> None:
        """Hand over; never waits."""
        if self._waiting.qsize() >= self._limit:
            self._dropped += 1
        else:
            self._waiting.put(text)

    def flush(self) -> None:
        """Nothing: the thread does that."""

    def close(self) -> None:
        """Write what is left, for as long as that takes no longer than ``END_S``."""
        atexit.unregister(self.close)
        self._waiting.put(None)
        self._thread.join(END_S)

    def _run(self) -> None:
        ended = False
        while not ended:
            texts = [self._waiting.get()]
            if texts[0] is not None:
                time.sleep(GATHER_S)
            with suppress(queue.Empty):
                while True:
                    texts.append(self._waiting.get_nowait())
            ended = None in texts
            dropped, self._dropped = self._dropped, 0
            if dropped:
                texts.append(f"{dropped} log lines were dropped: they were not read as fast as they came\n")
            with suppress(OSError, ValueError):  # nobody reads any more
                self._stream.write("".join(text for text in texts if text))
                self._stream.flush()
