"""An editor corrects what is said of a programme."""

from dataclasses import dataclass

import msgspec

from content.library.audit import AuditEntry, differences
from content.library.programme import Programme, ProgrammeFacts, checked, facts_of
from content.ports import Announce, Audit, Programmes
from kernel.clock import Clock
from kernel.errors import NotFound

HISTORY_LIMIT = 100


@dataclass(frozen=True)
class EditProgramme:
    """Replaces all that editors say of a programme; its file stays what it is."""

    programmes: Programmes
    audit: Audit
    announce: Announce
    clock: Clock

    def __call__(self, actor: str, programme_id: str, facts: ProgrammeFacts) -> Programme:
        """The programme as it is now; nothing is kept where nothing differs.

        Raises:
            NotFound: ``programme-not-found``.
            Invalid: ``programme-invalid`` with a message per field.
        """
        before = find_programme(self.programmes, programme_id)
        after = msgspec.structs.replace(before, **facts_of(checked(facts)))
        if after == before:
            return before
        now_ms = self.clock.now_ms()
        change = AuditEntry(actor, now_ms, "programme-changed", programme_id, differences(before, after))
        if not self.programmes.replace(after, change):
            raise unknown_programme()
        self.announce("content")
        return after

    def read(self, programme_id: str) -> tuple[Programme, list[AuditEntry]]:
        """The programme and what was changed of it, the newest first.

        Raises:
            NotFound: ``programme-not-found``.
        """
        programme = find_programme(self.programmes, programme_id)
        return programme, self.audit.of(programme_id, HISTORY_LIMIT)


def find_programme(programmes: Programmes, programme_id: str) -> Programme:
    """The programme, if it is in the library.

    Raises:
        NotFound: ``programme-not-found``.
    """
    programme = programmes.by_ids({programme_id}).get(programme_id)
    if programme is None or programme.withdrawn_ms is not None:
        raise unknown_programme()
    return programme


def unknown_programme() -> NotFound:
    """There is none, or no longer."""
    return NotFound(
        "programme-not-found",
        "There is no such programme in the library.",
        fix="Go back to the library and choose another one.",
    )
