"""What a programme may be shown by contract: when, where, and for how long again."""

from enum import StrEnum

import msgspec

from kernel.country import COUNTRIES

CATCH_UP_DAYS_LIMIT = 366
_MOMENTS_END_MS = 7_258_118_400_000  # the year 2200


class RightsRefusal(StrEnum):
    """Why a programme may not be shown."""

    NOT_BEGUN = "rights-not-begun"
    ENDED = "rights-ended"
    TERRITORY_UNKNOWN = "rights-territory-unknown"
    TERRITORY_EXCLUDED = "rights-territory-excluded"


class RightsWindow(msgspec.Struct, frozen=True):
    """A stretch of time, open where an end is None.

    Args:
        from_ms: the first moment, in milliseconds since 1970.
        until_ms: the first moment after it.
    """

    from_ms: int | None = None
    until_ms: int | None = None

    def refusal(self, now_ms: int) -> RightsRefusal | None:
        """Why ``now_ms`` lies outside, or None."""
        if self.from_ms is not None and now_ms < self.from_ms:
            return RightsRefusal.NOT_BEGUN
        if self.until_ms is not None and now_ms >= self.until_ms:
            return RightsRefusal.ENDED
        return None


class Territories(msgspec.Struct, frozen=True):
    """Where it may be shown: ISO 3166-1 alpha-2 codes; everywhere if there is none."""

    codes: tuple[str, ...] = ()

    def refusal(self, territory: str) -> RightsRefusal | None:
        """Why not in ``territory``, or None; empty for unknown, which is refused where any is named."""
        if not self.codes or territory in self.codes:
            return None
        return RightsRefusal.TERRITORY_EXCLUDED if territory else RightsRefusal.TERRITORY_UNKNOWN


class Rights(msgspec.Struct, frozen=True):
    """All that was agreed on one programme.

    Args:
        catch_up_days: for how many days after a showing it may be watched again; 0 for not at all.
    """

    window: RightsWindow = RightsWindow()
    territories: Territories = Territories()
    catch_up_days: int = 0

    def refusal(self, now_ms: int, territory: str) -> RightsRefusal | None:
        """Why it may not be shown at ``now_ms`` in ``territory``, or None."""
        return self.window.refusal(now_ms) or self.territories.refusal(territory)


def tidy_rights(rights: Rights) -> Rights:
    """``rights`` with each country once, in order."""
    codes = tuple(sorted({code.strip().upper() for code in rights.territories.codes}))
    return msgspec.structs.replace(rights, territories=Territories(codes))


def rights_faults(rights: Rights) -> dict[str, str]:
    """What is wrong with ``rights``: message by field."""
    faults = {}
    begin, end = rights.window.from_ms, rights.window.until_ms
    if any(moment is not None and not 0 <= moment < _MOMENTS_END_MS for moment in (begin, end)):
        faults["rights.window.until_ms"] = "A date between 1970 and 2200."
    elif begin is not None and end is not None and end <= begin:
        faults["rights.window.until_ms"] = "The end must come after the beginning."
    if not COUNTRIES.issuperset(rights.territories.codes):
        faults["rights.territories.codes"] = "Countries by their two letters, such as FR BE."
    if not 0 <= rights.catch_up_days <= CATCH_UP_DAYS_LIMIT:
        faults["rights.catch_up_days"] = f"Between 0 and {CATCH_UP_DAYS_LIMIT} days."
    return faults
