"""Importing an extract of OpenStreetMap from the command line, from where it lies."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import click

from geotarget.extract import HEAD_BYTES, encoding_of
from geotarget.osm_tags import TAKEN
from geotarget.place import Category
from geotarget.place_file import FileFormat
from geotarget.ports import Progress
from kernel.errors import Invalid

R = TypeVar("R")


def is_extract(file: Path, kind: str | None = None) -> bool:
    """Whether a file is to be read as an extract: by its format if one is told, else by its content."""
    if kind is not None:
        return kind == FileFormat.OSM
    with file.open("rb") as opened:
        return encoding_of(opened.read(HEAD_BYTES)) is not None


def categories_of(words: Sequence[str]) -> tuple[Category, ...]:
    """The categories of those names.

    Raises:
        Invalid: ``category-unknown``.
    """
    wrong = [word for word in words if word not in TAKEN]
    if wrong:
        known = ", ".join(TAKEN)
        raise Invalid("category-unknown", f"“{wrong[0]}” is not taken from extracts; there are {known}.")
    return tuple(Category(word) for word in words)


def refuse_beside(given: bool, option: str) -> None:
    """Refuse an option of extracts beside another file: what it was to leave out would be taken.

    Raises:
        Invalid: ``option-of-extracts``.
    """
    if given:
        detail = f"{option} is for extracts of OpenStreetMap, and the file is none."
        raise Invalid("option-of-extracts", detail, fix=f"Leave {option} out, or check the file.")


def with_bar(file: Path, read: Callable[[Progress], R]) -> R:
    """What ``read`` makes of a file; a bar on standard error shows how far it is."""
    with click.progressbar(length=1000, label=file.name, file=sys.stderr) as bar:
        found = read(lambda permille: bar.update(permille - bar.pos))
        bar.update(1000 - bar.pos)
    return found
