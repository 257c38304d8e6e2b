"""The five ways in which a request can fail, without a word of HTTP.

``server.errors`` maps each to an RFC 9457 problem document.
"""

from collections.abc import Mapping


class RoadcastError(Exception):
    """A failure that its cause can understand and mend.

    Args:
        code: stable machine word in kebab case, such as ``campaign-ends-before-start``.
        detail: one sentence for a person: what is wrong.
        fix: one sentence: what to do about it; may be empty.
        fields: per-field messages for forms, keyed by field name.
    """

    def __init__(
        self, code: str, detail: str, *, fix: str = "", fields: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.fix = fix
        self.fields: dict[str, str] = dict(fields or {})


class Invalid(RoadcastError):
    """The input is not acceptable, and would not be at any other time."""


class NotFound(RoadcastError):
    """The thing named does not exist, or must not be known to exist by this caller."""


class Conflict(RoadcastError):
    """The input is fine, but the present state refuses it."""


class Forbidden(RoadcastError):
    """The caller may not do this; for media, also a missing, forged or expired lease."""


class Unauthorized(RoadcastError):
    """The caller has not shown who they are."""


class TooLarge(RoadcastError):
    """The input exceeds a stated limit."""


class Unavailable(RoadcastError):
    """An engine is not answering; the same request may succeed later."""
