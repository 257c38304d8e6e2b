"""A channel's logo where it has none of its own: its initials on a colour that is always its own."""

import struct
import unicodedata
import zlib
from hashlib import blake2b
from html import escape

PIXELS = 256
_DOTS = 7
# Dark enough for white letters (contrast 4.5 or more, WCAG 2.2, 1.4.3).
_COLOURS = ("#8a3b12", "#0f5c6e", "#5a2d82", "#1f5f3a", "#7a1f46", "#2b4a9b", "#6b4e00", "#3d4852")
# Seven rows a letter, the leftmost of five columns first: no font can be counted on.
_GLYPHS = {
    "A": "0e11111f111111", "B": "1e11111e11111e", "C": "0e11101010110e", "D": "1e11111111111e",
    "E": "1f10101e10101f", "F": "1f10101e101010", "G": "0e11101711110f", "H": "1111111f111111",
    "I": "0e04040404040e", "J": "0702020202120c", "K": "11121418141211", "L": "1010101010101f",
    "M": "111b1515111111", "N": "11111915131111", "O": "0e11111111110e", "P": "1e11111e101010",
    "Q": "0e11111115120d", "R": "1e11111e141211", "S": "0f10100e01011e", "T": "1f040404040404",
    "U": "1111111111110e", "V": "11111111110a04", "W": "1111111515150a", "X": "11110a040a1111",
    "Y": "1111110a040404", "Z": "1f01020408101f", "0": "0e11131519110e", "1": "040c040404040e",
    "2": "0e11010204081f", "3": "1f02040201110e", "4": "02060a121f0202", "5": "1f101e0101110e",
    "6": "0608101e11110e", "7": "1f010204080808", "8": "0e11110e11110e", "9": "0e11110f01020c",
}  # fmt: skip


def initials(name: str) -> str:
    """One to three letters or digits: of each word the first, of a single word its first two."""
    plain = unicodedata.normalize("NFKD", name).upper()
    words = ["".join(letter for letter in word if letter in _GLYPHS) for word in plain.split()]
    words = [word for word in words if word]
    if len(words) == 1:
        return words[0][:2]
    return "".join(word[0] for word in words[:3]) or "TV"


def colour(channel_id: str) -> str:
    """The channel's colour as ``#rrggbb``."""
    return _COLOURS[blake2b(channel_id.encode(), digest_size=1).digest()[0] % len(_COLOURS)]


def svg(channel_id: str, name: str) -> str:
    """The logo as a drawing that holds nothing but a square and its letters."""
    size = {1: 150, 2: 120, 3: 92}[len(initials(name))]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {PIXELS} {PIXELS}" role="img">'
        f"<title>{escape(name)}</title>"
        f'<rect width="{PIXELS}" height="{PIXELS}" rx="44" fill="{colour(channel_id)}"/>'
        f'<text x="128" y="132" fill="#fff" font-family="system-ui,sans-serif" font-weight="700" '
        f'font-size="{size}" text-anchor="middle" dominant-baseline="central">{initials(name)}</text></svg>'
    )


def png(channel_id: str, name: str) -> bytes:
    """The same in pixels, for players that know no drawings (PNG third edition; two colours)."""
    rows = _letters(initials(name))
    dot = min(PIXELS * 3 // 4 // len(rows[0]), PIXELS // 2 // _DOTS)
    left, top = (PIXELS - dot * len(rows[0])) // 2, (PIXELS - dot * _DOTS) // 2
    empty, lines = bytes(PIXELS), []
    for y in range(PIXELS):
        row = (y - top) // dot
        if not 0 <= row < _DOTS:
            lines.append(empty)
            continue
        letters = b"".join((b"\1" if on else b"\0") * dot for on in rows[row])
        lines.append((bytes(left) + letters).ljust(PIXELS, b"\0"))
    packed = zlib.compress(b"".join(b"\0" + line for line in lines), 9)
    palette = bytes.fromhex(colour(channel_id)[1:]) + b"\xff\xff\xff"
    header = struct.pack(">IIBBBBB", PIXELS, PIXELS, 8, 3, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"PLTE", palette), (b"IDAT", packed), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _letters(text: str) -> list[list[bool]]:
    """The rows of ``text``, a column free between letters."""
    rows: list[list[bool]] = []
    for row in range(_DOTS):
        line: list[bool] = []
        for letter in text:
            bits = bytes.fromhex(_GLYPHS[letter])[row]
            line += [bool(bits >> column & 1) for column in (4, 3, 2, 1, 0)] + [False]
        rows.append(line[:-1])
    return rows


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
