import base64

import pytest

from kernel.errors import Invalid, TooLarge
from media.upload import LENGTH_LIMIT_BYTES, check_length, clean_filename, filename_in


def test_lengths():
    assert check_length(LENGTH_LIMIT_BYTES) == LENGTH_LIMIT_BYTES
    with pytest.raises(TooLarge, match="upload-too-large"):
        check_length(LENGTH_LIMIT_BYTES + 1)
    for length in (0, -1):
        with pytest.raises(Invalid, match="upload-empty"):
            check_length(length)


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def test_the_filename_among_other_metadata():
    assert filename_in(f"filetype dmlkZW8=,filename {encoded('Été.mp4')},note") == "Été.mp4"
    assert filename_in("") == filename_in("filetype dmlkZW8=") == ""


@pytest.mark.parametrize("metadata", ["filename ???", "filename /w==", "filename " + "QUFB" * 2000])
def test_metadata_that_cannot_be_read(metadata):
    with pytest.raises(Invalid, match="upload-metadata-malformed"):
        filename_in(metadata)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("../../etc/passwd", "passwd"),
        (r"C:\films\a.mp4", "a.mp4"),
        ("a\n\x00b", "ab"),
        ("x" * 500, "x" * 200),
        ("/", ""),
    ],
)
def test_filenames_are_for_people_only(text, name):
    assert clean_filename(text) == name
