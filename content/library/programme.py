"""A programme: the editorial face of a prepared asset."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeVar

import msgspec

from content.library.rights import Rights, rights_faults, tidy_rights
from kernel.errors import Invalid
from kernel.language import LANGUAGE_TAG

TITLE_LIMIT = 120
SYNOPSIS_LIMIT = 1000
NAME_LIMIT = 80
CREDITS_LIMIT = 40
NUMBER_LIMIT = 9_999
YEARS = (1888, 2100)
DEFAULT_LANGUAGE = "fr"


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


class Kind(StrEnum):
    """What it is for: programmes are in the guide, the others fill and mark the time between them."""

    PROGRAMME = "programme"
    FILLER = "filler"
    BUMPER = "bumper"
    IDENT = "ident"


class Advisory(StrEnum):
    """From what age it is suitable, as the French regulator's signs have it."""

    ALL = "all"
    FROM_10 = "10"
    FROM_12 = "12"
    FROM_16 = "16"
    FROM_18 = "18"


class CreditRole(StrEnum):
    """What somebody did; the words are those of XMLTV's ``credits``."""

    DIRECTOR = "director"
    WRITER = "writer"
    PRESENTER = "presenter"
    ACTOR = "actor"


class Credit(msgspec.Struct, frozen=True):
    """Somebody who took part."""

    role: CreditRole
    name: str


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What the guide tells of a programme beyond its title, and what was agreed on it.

    Args:
        series_title: of what it is an episode; empty for none, and then there is no season or episode.
        season, episode: counted from 1.
        year: in which it was made.
        for_children: it was made for them.
    """

    kind: Kind = Kind.PROGRAMME
    advisory: Advisory = Advisory.ALL
    for_children: bool = False
    series_title: str = ""
    season: int | None = None
    episode: int | None = None
    year: int | None = None
    credits: tuple[Credit, ...] = ()
    rights: Rights = Rights()


class Programme(About, frozen=True):
    """One programme of the library.

    Args:
        asset_id: the technical asset; it never changes, so that a schedule stays what it was.
        language: BCP 47 tag of what is spoken.
        schedule_on: the channel whose schedule it joins once its asset is ready; empty for none.
        withdrawn_ms: when it was taken out of the library; None while it is there.
    """

    programme_id: str
    asset_id: str
    title: str
    synopsis: str
    category: Category
    language: str
    created_ms: int
    schedule_on: str = ""
    withdrawn_ms: int | None = None


class ProgrammeFacts(About, frozen=True):
    """What an editor says about a programme; :func:`checked` makes it fit to keep."""

    title: str
    synopsis: str = ""
    category: Category = Category.OTHER
    language: str = DEFAULT_LANGUAGE


class ProgrammeDraft(ProgrammeFacts, frozen=True):
    """The same of a new one, and the channel whose schedule it is to join."""

    schedule_on: str = ""


Facts = TypeVar("Facts", bound=ProgrammeFacts)


def checked(facts: Facts) -> Facts:
    """``facts`` with tidy white space.

    Raises:
        Invalid: ``programme-invalid`` with a message per field.
    """
    fit = msgspec.structs.replace(
        facts,
        title=tidy(facts.title),
        synopsis=facts.synopsis.strip(),
        series_title=tidy(facts.series_title),
        credits=tuple(Credit(credit.role, tidy(credit.name)) for credit in facts.credits),
        rights=tidy_rights(facts.rights),
    )
    faults = text_faults({"title": (fit.title, TITLE_LIMIT)})
    if len(fit.synopsis) > SYNOPSIS_LIMIT:
        faults["synopsis"] = f"At most {SYNOPSIS_LIMIT} characters."
    if not LANGUAGE_TAG.fullmatch(fit.language):
        faults["language"] = "A language tag such as fr or en-GB."
    refuse("programme-invalid", faults | _about_faults(fit) | rights_faults(fit.rights))
    return fit


def facts_of(programme: ProgrammeFacts | Programme) -> dict[str, Any]:
    """What an editor says about it, by field."""
    return {name: getattr(programme, name) for name in ProgrammeFacts.__struct_fields__}


def _about_faults(about: About) -> dict[str, str]:
    faults = {}
    if len(about.series_title) > TITLE_LIMIT:
        faults["series_title"] = f"At most {TITLE_LIMIT} characters."
    numbered = about.season is not None or about.episode is not None
    if numbered and not about.series_title:
        faults["series_title"] = "Name the series of this season or episode."
    for name, number in (("season", about.season), ("episode", about.episode)):
        if number is not None and not 1 <= number <= NUMBER_LIMIT:
            faults[name] = f"A number between 1 and {NUMBER_LIMIT}."
    if about.year is not None and not YEARS[0] <= about.year <= YEARS[1]:
        faults["year"] = f"A year between {YEARS[0]} and {YEARS[1]}."
    if len(about.credits) > CREDITS_LIMIT:
        faults["credits"] = f"At most {CREDITS_LIMIT} names."
    elif any(not 0 < len(credit.name) <= NAME_LIMIT for credit in about.credits):
        faults["credits"] = f"Names of at most {NAME_LIMIT} characters."
    return faults


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
