"""English sentences as written in the templates, and their French from each room's catalog."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

from starlette.requests import HTTPConnection

LANGUAGES = ("en", "fr")
COOKIE = "lang"
_PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")
_ENOUGH = 10


class Catalog:
    """Sentences by language.

    Args:
        french: English sentence → French one.
    """

    def __init__(self, french: Mapping[str, str]) -> None:
        self._french = {text: _spaced(found) for text, found in french.items()}
        sentences = sorted(filter(_is_sentence, french), key=len, reverse=True)  # the most telling first
        self._patterns = [(_pattern(text), self._french[text]) for text in sentences]

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

    def speaks(self, language: str, text: str) -> bool:
        """Whether ``text`` is, or can be said, in ``language``."""
        return language != "fr" or self.translate(language, text) != text or self.knows(text)

    def translate(self, language: str, text: str, /, **values: object) -> str:
        """``text`` in ``language``, its ``%(name)s`` placeholders filled; English if untranslated.

        A sentence that comes with its values in it, as those of refusals do, is known by its pattern.
        """
        if language != "fr":
            return text % values if values else text
        if not values and text not in self._french:
            return self._with_values(text)
        found = self._french.get(text, text)
        return found % values if values else found

    def _with_values(self, text: str) -> str:
        for pattern, french in self._patterns:
            if match := pattern.fullmatch(text):
                values = {name: self._french.get(value, value) for name, value in match.groupdict().items()}
                return french % values
        return text


def _is_sentence(text: str) -> bool:
    """Whether a text says enough beside its values to be known by them; a label does not."""
    return "%(" in text and text.endswith(".") and len(_PLACEHOLDER.sub("", text)) >= _ENOUGH


def _pattern(text: str) -> re.Pattern[str]:
    parts = _PLACEHOLDER.split(text)  # words, a value's name, words, …
    seen: set[str] = set()
    pattern = ""
    for i, part in enumerate(parts):
        if i % 2 == 0:
            pattern += re.escape(part.replace("%%", "%"))
        else:
            pattern += f"(?P={part})" if part in seen else f"(?P<{part}>.+?)"
            seen.add(part)
    return re.compile(pattern, re.DOTALL)


def _spaced(french: str) -> str:
    """With French spaces that no line breaks at: wide ones before a colon and within quotes, else narrow."""
    wide = re.sub(r" (?=[:»])|(?<=«) ", "\N{NO-BREAK SPACE}", french)
    return re.sub(r" (?=[;!?])", "\N{NARROW NO-BREAK SPACE}", wide)


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
