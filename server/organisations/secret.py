"""What is shown once and kept as a hash alone: tokens of programs, and what invitations' links hold."""

import hashlib
import zlib

PREFIX = "roadcast_adv_"
"""By which scanners find tokens that were left where anyone may read them."""
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_CHECK_CHARACTERS = 7


def token_of(new_id: str) -> str:
    """The token with this random id, ``adv_…``: the prefix, its characters, and a checksum of them.

    The checksum (CRC-32 in base 36) tells a token from what only looks like one, without asking anybody.
    """
    text = f"roadcast_{new_id}"
    return text + _check(text)


def is_token(text: str) -> bool:
    """Whether it may be one of ours: prefix and checksum are right."""
    body, check = text[:-_CHECK_CHARACTERS], text[-_CHECK_CHARACTERS:]
    return body.startswith(PREFIX) and body.isascii() and _check(body) == check


def digest(secret: str) -> str:
    """What is kept of it: a hash suffices, as nobody can try all that it may be made of."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _check(text: str) -> str:
    number, digits = zlib.crc32(text.encode()), []
    for _ in range(_CHECK_CHARACTERS):
        number, digit = divmod(number, len(_DIGITS))
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))
