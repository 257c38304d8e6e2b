"""Half-open spans of time."""

from dataclasses import dataclass
from datetime import datetime

from kernel.errors import Invalid


@dataclass(frozen=True, slots=True)
class Span:
    """[start, end) between two aware UTC datetimes.

    Raises:
        Invalid: ``span-reversed`` if it does not end after its start, ``span-naive`` without timezones.
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise Invalid("span-naive", "Times need a timezone.")
        if self.end <= self.start:
            raise Invalid("span-reversed", "The end must lie after the start.")

    def __contains__(self, moment: datetime) -> bool:
        return self.start <= moment < self.end
