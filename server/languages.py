"""English sentences as written in the templates, and their French from each room's catalog."""

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

from starlette.requests import HTTPConnection

LANGUAGES = ("en", "fr")
COOKIE = "lang"


class Catalog:
    """Sentences by language.

    Args:
        french: English sentence → French one.
    """

    def __init__(self, french: Mapping[str, str]) -> None:
        self._french = dict(french)

    @classmethod
    def read(cls, paths: Iterable[Path]) -> "Catalog":
        """All the catalogs that exist among ``paths``, merged; the first to name a sentence wins."""
        merged: dict[str, str] = {}
        for path in paths:
            if path.exists():
                merged = tomllib.loads(path.read_text("utf-8")) | merged
        return cls(merged)

    def knows(self, text: str) -> bool:
        """Whether someone translated ``text``."""
        return text in self._french

    def translate(self, language: str, text: str, /, **values: object) -> str:
        """``text`` in ``language``, its ``%(name)s`` placeholders filled; English if untranslated."""
        found = self._french.get(text, text) if language == "fr" else text
        return found % values if values else found


def language_of(connection: HTTPConnection) -> str:
    """What the reader chose, else what the browser prefers (RFC 9110 section 12.5.4), else English."""
    chosen = connection.cookies.get(COOKIE, "")
    if chosen in LANGUAGES:
        return chosen
    ranked = sorted(_preferences(connection.headers.get("accept-language", "")[:200]), reverse=True)
    return next((language for _, language in ranked), "en")


def _preferences(header: str) -> list[tuple[float, str]]:
    found = []
    for rank, part in enumerate(header.split(",")):
        tag, _, quality = part.strip().partition(";q=")
        language = tag.strip().split("-")[0].lower()
        try:
            weight = float(quality or 1)
        except ValueError:
            continue
        if language in LANGUAGES and 0 < weight <= 1:
            found.append((weight - rank / 1000, language))
    return found
