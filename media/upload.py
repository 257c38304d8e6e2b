"""An upload in progress (tus 1.0.0): what was promised, and until when it may be continued."""

import base64
import binascii
from dataclasses import dataclass

from kernel.errors import Invalid, TooLarge

LENGTH_LIMIT_BYTES = 4 * 1024**3
OPEN_LIMIT = 100
OPEN_LIMIT_BYTES = 20 * 1024**3
FREE_FLOOR_BYTES = 2 * 1024**3
LIFETIME_MS = 24 * 3600 * 1000
_METADATA_LIMIT = 4096
_FILENAME_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Upload:
    """One resource of the tus protocol. Its offset is the size of its file in the spool.

    Args:
        owner: account id; nobody else may see or continue it.
        length: bytes promised at creation.
        expires_ms: when it is thrown away, finished or not.
    """

    upload_id: str
    owner: str
    length: int
    filename: str
    created_ms: int
    expires_ms: int


def check_length(length: int) -> int:
    """``length`` if an upload may be that long.

    Raises:
        Invalid: ``upload-empty``.
        TooLarge: ``upload-too-large``.
    """
    if length <= 0:
        raise Invalid("upload-empty", "The file is empty.", fix="Choose a file with something in it.")
    if length > LENGTH_LIMIT_BYTES:
        raise TooLarge(
            "upload-too-large",
            f"The file has {length} bytes; at most {LENGTH_LIMIT_BYTES} are taken.",
            fix="Compress the film or cut it into parts.",
        )
    return length


def filename_in(metadata: str) -> str:
    """The ``filename`` of an ``Upload-Metadata`` header (tus 1.0.0, Creation), cleaned; may be empty.

    Raises:
        Invalid: ``upload-metadata-malformed``.
    """
    if len(metadata) > _METADATA_LIMIT:
        raise Invalid("upload-metadata-malformed", "Upload-Metadata is too long.", fix="Send less of it.")
    for pair in metadata.split(","):
        key, _, value = pair.strip().partition(" ")
        if key != "filename":
            continue
        try:
            text = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            raise Invalid(
                "upload-metadata-malformed",
                "The filename in Upload-Metadata is not base64 of UTF-8.",
                fix="Encode it as the tus protocol says.",
            ) from None
        return clean_filename(text)
    return ""


def clean_filename(text: str) -> str:
    """The last part of a path, printable, of at most 200 characters."""
    name = text.replace("\\", "/").rpartition("/")[2]
    return "".join(char for char in name if char.isprintable())[:_FILENAME_LIMIT]
