"""What is counted of decisions, day by day: by line item and reason, and how many knew where the car was."""

DAY_MS = 86_400_000
ALL = ""
"""In place of a line item: avails in all."""
LOCATED, UNLOCATED = "located", "unlocated"


def day_of(ms: int) -> int:
    """The day (UTC) of a moment, counted since 1970."""
    return ms // DAY_MS
