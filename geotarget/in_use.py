"""What campaigns point at stays where it is."""

from collections.abc import Collection

from kernel.errors import Conflict

_NAMED = 3


def refuse_in_use(what: str, campaigns: Collection[str]) -> None:
    """Refuse to take something from under campaigns.

    Args:
        what: ``place`` or ``area``.
        campaigns: the names of those that point at it, and are not over.

    Raises:
        Conflict: ``place-in-use`` or ``area-in-use``, if there are any.
    """
    if campaigns:
        shown = ", ".join(f"“{name}”" for name in sorted(campaigns)[:_NAMED])
        more = ", …" if len(campaigns) > _NAMED else ""
        raise Conflict(
            f"{what}-in-use",
            f"Campaigns that are not over point at this {what}: {shown}{more}.",
            fix="End them first, or wait until they are over.",
        )
