"""A programme: the editorial face of a prepared asset."""

import re
from collections.abc import Mapping
from enum import StrEnum

import msgspec

from kernel.errors import Invalid

TITLE_LIMIT = 120
SYNOPSIS_LIMIT = 1000
DEFAULT_LANGUAGE = "fr"
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")


class Category(StrEnum):
    """What kind of programme it is; the guide and the dash screen show it."""

    NEWS = "news"
    MAGAZINE = "magazine"
    DOCUMENTARY = "documentary"
    TRAVEL = "travel"
    CULTURE = "culture"
    MUSIC = "music"
    SPORT = "sport"
    CHILDREN = "children"
    OTHER = "other"


class Programme(msgspec.Struct, frozen=True):
    """One programme of the library.

    Args:
        asset_id: the technical asset; it never changes, so that a schedule stays what it was.
        language: BCP 47 tag of what is spoken.
        schedule_on: the channel whose schedule it joins once its asset is ready; empty for none.
    """

    programme_id: str
    asset_id: str
    title: str
    synopsis: str
    category: Category
    language: str
    created_ms: int
    schedule_on: str = ""


class ProgrammeDraft(msgspec.Struct, frozen=True):
    """What an editor says about a programme; :func:`checked` makes it fit to keep."""

    title: str
    synopsis: str = ""
    category: Category = Category.OTHER
    language: str = DEFAULT_LANGUAGE
    schedule_on: str = ""


def checked(draft: ProgrammeDraft) -> ProgrammeDraft:
    """``draft`` with tidy white space.

    Raises:
        Invalid: ``programme-invalid`` with a message per field.
    """
    title, synopsis = tidy(draft.title), draft.synopsis.strip()
    fields = text_faults({"title": (title, TITLE_LIMIT)})
    if len(synopsis) > SYNOPSIS_LIMIT:
        fields["synopsis"] = f"At most {SYNOPSIS_LIMIT} characters."
    if not _LANGUAGE.fullmatch(draft.language):
        fields["language"] = "A language tag such as fr or en-GB."
    refuse("programme-invalid", fields)
    return msgspec.structs.replace(draft, title=title, synopsis=synopsis)


def tidy(text: str) -> str:
    """``text`` on one line, without white space at its ends or doubled within."""
    return " ".join(text.split())


def text_faults(texts: Mapping[str, tuple[str, int]]) -> dict[str, str]:
    """What is wrong with required texts: ``{field: (text, limit in characters)}`` → message by field."""
    faults = {}
    for name, (text, limit) in texts.items():
        if not text:
            faults[name] = "This is needed."
        elif len(text) > limit:
            faults[name] = f"At most {limit} characters."
    return faults


def refuse(code: str, fields: Mapping[str, str]) -> None:
    """Nothing when ``fields`` is empty.

    Raises:
        Invalid: ``code``, naming the fields at fault.
    """
    if fields:
        raise Invalid(
            code,
            f"Something is wrong with: {', '.join(fields)}.",
            fix="Correct the fields named.",
            fields=fields,
        )
