"""What is drawn is read back, module by module, as a till's reader would (ISO/IEC 18004)."""

import re

import pytest

from adserver.adapters.segno_codes import draw_qr
from adserver.coupons.coupon import make_code
from adserver.coupons.qr import QUIET, QrPicture, picture

ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
MASKS = (
    lambda i, j: (i + j) % 2,
    lambda i, j: i % 2,
    lambda i, j: j % 3,
    lambda i, j: (i + j) % 3,
    lambda i, j: (i // 2 + j // 3) % 2,
    lambda i, j: i * j % 2 + i * j % 3,
    lambda i, j: (i * j % 2 + i * j % 3) % 2,
    lambda i, j: ((i + j) % 2 + i * j % 3) % 2,
)


def modules(drawn: QrPicture) -> list[list[bool]]:
    """The square as it is painted, its quiet zone too."""
    square = [[False] * drawn.size for _ in range(drawn.size)]
    runs = re.findall(r"M(\d+) (\d+)h(\d+)v1h-(\d+)z", drawn.path)
    assert "".join("M{} {}h{}v1h-{}z".format(*run) for run in runs) == drawn.path
    for x, y, width, back in (map(int, run) for run in runs):
        assert width == back
        square[y][x : x + width] = [True] * width
    return square


def read(square: list[list[bool]]) -> str:
    """Of a symbol of one block, undamaged: no error is corrected."""
    size = len(square)
    format_bits = [square[8][n] for n in (0, 1, 2, 3, 4, 5, 7)]
    word = int("".join("01"[bit] for bit in format_bits), 2) ^ 0b1010100
    level, mask = word >> 5, word >> 2 & 7
    assert level == 0b00, "level M"

    def reserved(i: int, j: int) -> bool:
        finder = (i < 9 and (j < 9 or j >= size - 8)) or (i >= size - 8 and j < 9)
        aligned = size > 21 and abs(i - (size - 7)) <= 2 and abs(j - (size - 7)) <= 2
        return finder or aligned or 6 in {i, j}

    bits, upwards = [], True
    for right in [*range(size - 1, 6, -2), 5, 3, 1]:
        for i in range(size - 1, -1, -1) if upwards else range(size):
            pair = [j for j in (right, right - 1) if not reserved(i, j)]
            bits += [square[i][j] != (MASKS[mask](i, j) == 0) for j in pair]
        upwards = not upwards
    stream = "".join("01"[bit] for bit in bits)
    take = iter(stream)

    def number(length: int) -> int:
        return int("".join(next(take) for _ in range(length)), 2)

    mode = number(4)
    if mode == 0b0100:
        return bytes(number(8) for _ in range(number(8))).decode("latin-1")
    assert mode == 0b0010
    length, text = number(9), ""
    for _ in range(length // 2):
        pair = number(11)
        text += ALPHANUMERIC[pair // 45] + ALPHANUMERIC[pair % 45]
    return text + (ALPHANUMERIC[number(6)] if length % 2 else "")


CODES = [make_code(f"cod_{n}") for n in range(40)]


@pytest.mark.parametrize("code", [*CODES, "SUMMER", "OWN-0001-A", "A" * 24, "SUMMER_26", "ABCD – EFGH"])
def test_a_code_is_read_as_it_is_written(code):
    drawn = draw_qr(code)
    square = modules(drawn)
    assert drawn.size == len(square)
    inner = [row[QUIET:-QUIET] for row in square[QUIET:-QUIET]]
    if code.isascii():
        assert read(inner) == code
    quiet = [*square[:QUIET], *square[-QUIET:], *(row[:QUIET] + row[-QUIET:] for row in square)]
    assert not any(any(row) for row in quiet)
    for corner in (inner[0][:7], inner[0][-7:], inner[-1][:7]):
        assert corner == [True] * 7


def test_our_own_are_small_enough_to_be_read_from_afar():
    assert {draw_qr(code).size for code in CODES} == {21 + 2 * QUIET}
    assert max(len(draw_qr(code).path) for code in CODES) < 4000


def test_a_picture_is_its_dark_modules():
    assert picture([[1, 1, 0], [0, 0, 1], [0, 0, 0]]) == QrPicture(11, "M4 4h2v1h-2zM6 5h1v1h-1z")
