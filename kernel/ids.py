"""Identifiers: opaque, unguessable, prefixed by what they name (``cmp_…``, ``ses_…``)."""

from typing import Protocol


class NewId(Protocol):
    """Makes identifiers. ``server`` supplies the random one, tests a predictable one."""

    def __call__(self, prefix: str) -> str:
        """A fresh id: ``prefix``, an underscore, and at least 80 random bits in [a-z0-9]."""
