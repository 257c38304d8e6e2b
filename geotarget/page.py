"""Long lists a page at a time."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

PAGE_SIZE = 50
TEXT_LIMIT = 100
"""How much of what is searched for counts."""
_PAGE_LIMIT = 200  # whoever wants more narrows the search: far pages are slow to find

T = TypeVar("T")


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some of a list.

    Args:
        number: of this page, from 1.
        has_next: whether another follows.
    """

    rows: list[T]
    number: int
    has_next: bool


def page_of(find: Callable[[int, int], list[T]], number: int) -> Page[T]:
    """A page; of numbers that there cannot be, the first or the last there can be.

    Args:
        find: rows by offset and limit.
        number: from 1.
    """
    number = min(max(number, 1), _PAGE_LIMIT)
    found = find((number - 1) * PAGE_SIZE, PAGE_SIZE + 1)
    return Page(found[:PAGE_SIZE], number, len(found) > PAGE_SIZE)
