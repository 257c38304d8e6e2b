"""What a file of places is, by what is in it: names lie, and browsers give no other sign."""

from geotarget.extract import HEAD_BYTES, encoding_of
from geotarget.place_file import FileFormat
from kernel.errors import Invalid

_OTHERS = {
    b"PK\x03\x04": "a spreadsheet or an archive",
    b"\xd0\xcf\x11\xe0": "a spreadsheet of Excel",
    b"\x1f\x8b": "compressed",
    b"%PDF": "a PDF document",
    b"<": "XML or HTML",
}
_LOOKED_AT = 4096


def recognise(data: bytes) -> FileFormat:
    """GeoJSON begins as a JSON object, fuel stations as a list; any other text is a table.

    Extracts of OpenStreetMap are known by their beginning.

    Raises:
        Invalid: ``format-unknown`` for what is no text, and for what is known to be something else.
    """
    if encoding_of(data[:HEAD_BYTES]):
        return FileFormat.OSM
    head = data[:_LOOKED_AT].removeprefix(b"\xef\xbb\xbf").lstrip()
    for start, what in _OTHERS.items():
        if head.startswith(start):
            raise _unknown(f"The file is {what}.")
    if not head or b"\0" in head:
        raise _unknown("The file is empty." if not head else "The file is no text.")
    if head.startswith(b"{"):
        return FileFormat.GEOJSON
    return FileFormat.FUEL if head.startswith(b"[") else FileFormat.CSV


def _unknown(detail: str) -> Invalid:
    fix = "Send GeoJSON, CSV in UTF-8, the French fuel prices or an extract of OpenStreetMap."
    return Invalid("format-unknown", detail, fix=fix, fields={"file": detail})
