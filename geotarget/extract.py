"""An extract of OpenStreetMap: how it is known, what of it is to be taken, and how far that is."""

import re
import zlib
from enum import StrEnum

import msgspec

from geotarget.area_file import AreaReport
from geotarget.import_attempt import Refusal
from geotarget.osm_borders import LEVELS
from geotarget.osm_tags import TAKEN
from geotarget.place import Category, check_source
from geotarget.place_file import ImportReport
from kernel.errors import Invalid, TooLarge

SENT_LIMIT_BYTES = 1024**3
"""What is sent: it lies in several places before it is read. A file of the machine's own may be larger."""
FILE_LIMIT_BYTES = 8 * 1024**3
KEPT_MS = 24 * 3_600_000
HEAD_BYTES = 4096
_XML = re.compile(rb"<osm[\s>]")


class Encoding(StrEnum):
    """The forms of an extract, as libosmium names them."""

    PBF = "pbf"
    XML = "osm"
    XML_GZIP = "osm.gz"
    XML_BZIP2 = "osm.bz2"


class Take(StrEnum):
    """What to take of an extract."""

    PLACES = "places"
    AREAS = "areas"


class ExtractForm(msgspec.Struct, frozen=True):
    """What to take of an extract.

    Args:
        source: name of the list; with ``node/1`` and the like it makes the identity of what is taken.
        only: of places: the categories; all where there are none.
        levels: of areas: each ``admin_level``; all where there are none.
    """

    source: str
    take: Take = Take.PLACES
    only: tuple[Category, ...] = ()
    levels: tuple[int, ...] = ()
    dry_run: bool = False


class State(StrEnum):
    """Where an import stands: waiting → running → done or refused; one that is disturbed begins again."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"


class ExtractImport(msgspec.Struct, frozen=True):
    """One import of an extract, kept for a day.

    Args:
        file_id: under what its file is kept: the id of the dry run that it follows, or its own.
        permille: how much of it was read.
        report: what was done with places, or would be.
        areas: the same for areas.
        refusal: why nothing was.
    """

    import_id: str
    file_name: str
    form: ExtractForm
    created_ms: int
    file_id: str
    state: State = State.WAITING
    permille: int = 0
    report: ImportReport | None = None
    areas: AreaReport | None = None
    refusal: Refusal | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return self.state in {State.DONE, State.REFUSED}

    @property
    def tried(self) -> bool:
        """Whether it was a dry run, after which the same file may be imported in earnest."""
        return self.form.dry_run and self.state is State.DONE


def encoding_of(head: bytes) -> Encoding | None:
    """How an extract is written, None for what is none.

    Args:
        head: its first 4096 bytes.
    """
    if head[4:15] == b"\n\tOSMHeader":
        return Encoding.PBF
    if head.startswith(b"BZh"):  # nothing of it can be read before the end of its first block
        return Encoding.XML_BZIP2
    if head.startswith(b"\x1f\x8b"):
        return Encoding.XML_GZIP if _is_xml(_inflated(head)) else None
    return Encoding.XML if _is_xml(head) else None


def no_extract() -> Invalid:
    """The refusal of what is no extract."""
    detail = "The file is no extract of OpenStreetMap."
    fix = "Send .osm.pbf, or .osm as it is or compressed by gzip or bzip2."
    return Invalid("format-unknown", detail, fix=fix, fields={"file": detail})


def check_form(form: ExtractForm) -> None:
    """Refuse what cannot be taken.

    Raises:
        Invalid: ``source-malformed``, ``category-unknown`` or ``level-unknown``.
    """
    check_source(form.source)
    if wrong := [category for category in form.only if category not in TAKEN]:
        known = ", ".join(TAKEN)
        detail = f"“{wrong[0]}” is not taken from extracts; there are {known}."
        raise Invalid("category-unknown", detail, fields={"only": detail})
    if wrong_levels := [level for level in form.levels if level not in LEVELS]:
        detail = f"{wrong_levels[0]} is no level of administration; there are {LEVELS[0]} to {LEVELS[-1]}."
        raise Invalid("level-unknown", detail, fields={"levels": detail})


def check_size(size_bytes: int, limit_bytes: int) -> None:
    """Refuse an extract above a limit.

    Raises:
        TooLarge: ``file-too-large``.
    """
    if size_bytes > limit_bytes:
        raise TooLarge(
            "file-too-large",
            f"The extract has more than {limit_bytes // 1024**2} MiB.",
            fix="Take that of a smaller region, or import it on the server by roadcast import-places.",
        )


def _is_xml(head: bytes) -> bool:
    return head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<") and _XML.search(head) is not None


def _inflated(head: bytes) -> bytes:
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(head, HEAD_BYTES)
    except zlib.error:
        return b""
