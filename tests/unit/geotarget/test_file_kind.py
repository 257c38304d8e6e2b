import pytest

from geotarget.file_kind import recognise
from kernel.errors import Invalid


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b'\xef\xbb\xbf \n{"type": "FeatureCollection"}', "geojson"),
        (b'[{"id": 1}]', "fuel"),
        (b"id;nom\n1;Gare\n", "csv"),
        ("id,nom\n1,Café\n".encode("latin-1"), "csv"),
    ],
)
def test_the_content_tells(data, kind):
    assert recognise(data) == kind


@pytest.mark.parametrize(
    "data", [b"", b" \n", b"PK\x03\x04", b"%PDF-1.7", b"<html>", b"\x1f\x8b\x08", b"a\0b"]
)
def test_what_is_something_else_is_refused_by_name(data):
    with pytest.raises(Invalid) as caught:
        recognise(data)
    assert caught.value.code == "format-unknown"
    assert caught.value.detail.endswith(".")
