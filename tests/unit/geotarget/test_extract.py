import bz2
import gzip

import pytest

from geotarget.extract import HEAD_BYTES, ExtractForm, check_form, encoding_of
from geotarget.file_kind import recognise
from kernel.errors import Invalid
from tests.geotarget.extracts import corners, write

XML = b"<?xml version='1.0'?>\n<!-- from <somewhere> -->\n<osm version='0.6'></osm>"


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (XML, "osm"),
        (b"\xef\xbb\xbf  " + XML, "osm"),
        (gzip.compress(XML, mtime=0), "osm.gz"),  # the test's name: it must not tell the second
        (bz2.compress(XML), "osm.bz2"),
        (gzip.compress(b"<html>", mtime=0), None),
        (b"\x1f\x8bnonsense", None),
        (b"<osmChange version='0.6'>", None),
        (b"<html><osm>", "osm"),  # the reader tells what is wrong with it
        (b"id;name\n", None),
        (b"", None),
    ],
)
def test_known_by_its_beginning(data, encoding):
    assert encoding_of(data[:HEAD_BYTES]) == encoding
    assert (encoding is None) or recognise(data) == "osm"


def test_a_pbf_as_osmium_writes_it(tmp_path):
    data = write(tmp_path / "some.osm.pbf", corners()).read_bytes()
    assert encoding_of(data[:HEAD_BYTES]) == "pbf"


@pytest.mark.parametrize(
    ("form", "code"),
    [
        (ExtractForm("My list"), "source-malformed"),
        (ExtractForm("osm", only=("poi",)), "category-unknown"),
        (ExtractForm("osm", levels=(4, 12)), "level-unknown"),
    ],
)
def test_what_cannot_be_taken(form, code):
    with pytest.raises(Invalid, match=code):
        check_form(form)
