import struct
import zlib
from xml.etree import ElementTree

import pytest

from content.guide import logo


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Atelier", "AT"),
        ("Atelier TV", "AT"),
        ("Routes de France et d'ailleurs", "RDF"),
        ("Émission", "EM"),
        ("7", "7"),
        ("日本", "TV"),
        ("<b> & </b>", "BB"),
    ],
)
def test_initials_are_letters_that_everybody_has(name, letters):
    assert logo.initials(name) == letters


def test_a_drawing_holds_nothing_of_the_name_but_text():
    drawn = ElementTree.fromstring(logo.svg("chn_1", '<script>alert("x")</script>'))
    assert [child.tag.rpartition("}")[2] for child in drawn] == ["title", "rect", "text"]
    assert drawn[0].text == '<script>alert("x")</script>'


def pixels(png: bytes) -> list[bytes]:
    """The rows of an indexed PNG, its chunks and sums checked."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    at, packed = 8, b""
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at : at + 8])
        data = png[at + 8 : at + 8 + length]
        assert struct.unpack(">I", png[at + 8 + length : at + 12 + length])[0] == zlib.crc32(kind + data)
        packed += data if kind == b"IDAT" else b""
        at += 12 + length
    raw = zlib.decompress(packed)
    return [raw[n + 1 : n + 1 + logo.PIXELS] for n in range(0, len(raw), logo.PIXELS + 1)]


@pytest.mark.parametrize("name", ["Atelier", "7", "Routes de France"])
def test_a_picture_is_a_square_with_white_letters_in_its_middle(name):
    rows = pixels(logo.png("chn_1", name))
    assert len(rows) == logo.PIXELS
    assert {len(row) for row in rows} == {logo.PIXELS}
    lit = sum(row.count(1) for row in rows)
    assert 0.02 < lit / logo.PIXELS**2 < 0.5
    assert not any(row[0] or row[-1] for row in rows)


def test_a_channel_keeps_its_colour():
    assert logo.colour("chn_1") == logo.colour("chn_1")
    assert len({logo.colour(f"chn_{n}") for n in range(50)}) > 3
