"""Who changed what, and when."""

from typing import Any

import msgspec


class AuditEntry(msgspec.Struct, frozen=True):
    """One change, as it is kept.

    Args:
        actor: the account that made it; empty for the service itself.
        action: a word in kebab case, such as ``programme-changed``.
        subject: id of what was changed.
        detail: plain JSON values; of a change, ``{field: [before, after]}``.
    """

    actor: str
    at_ms: int
    action: str
    subject: str
    detail: dict[str, Any] = {}


def differences(before: msgspec.Struct, after: msgspec.Struct) -> dict[str, Any]:
    """``{field: [before, after]}`` of the fields of two structs of one type that differ."""
    old, new = msgspec.to_builtins(before), msgspec.to_builtins(after)
    return {field: [old[field], new[field]] for field in new if old[field] != new[field]}
