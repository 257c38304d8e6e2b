"""When to leave an engine alone that does not answer: a state machine."""

from dataclasses import dataclass

FAILURES = 3
PAUSE_MS = 30_000


@dataclass(slots=True)
class Breaker:
    """Closed while it answers; open for half a minute after three failures in a row; then one may try.

    | state | answered | failed |
    |---|---|---|
    | closed | closed | closed, open at the third in a row |
    | open, and the pause is over | closed | open for another pause |
    """

    failures: int = 0
    open_until_ms: int = 0

    def lets(self, now_ms: int) -> bool:
        """Whether it may be asked; where it was open, only one is let through."""
        if self.failures < FAILURES:
            return True
        if now_ms < self.open_until_ms:
            return False
        self.open_until_ms = now_ms + PAUSE_MS
        return True

    def answered(self) -> None:
        """It did."""
        self.failures = 0

    def failed(self, now_ms: int) -> None:
        """It did not."""
        self.failures += 1
        if self.failures >= FAILURES:
            self.open_until_ms = now_ms + PAUSE_MS
