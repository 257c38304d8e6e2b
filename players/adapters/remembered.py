"""What was read and never changes, kept in memory for as long as there is room."""

from typing import Generic, TypeVar

T = TypeVar("T")


class Remembered(Generic[T]):
    """Values by key; beyond ``limit`` of them the one that was put first is forgotten."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._values: dict[str, T] = {}
        self.get = self._values.get

    def put(self, key: str, value: T) -> T:
        """Keep ``value`` and give it back."""
        self._values[key] = value
        if len(self._values) > self._limit:
            del self._values[next(iter(self._values))]
        return value
