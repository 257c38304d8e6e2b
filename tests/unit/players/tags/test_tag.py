"""What a tag may ask for."""

import pytest

from adserver.vast.document import Version
from kernel.errors import Invalid
from players.tags.tag import Tag


def read(**params: str) -> Tag:
    return Tag.read({"break": "b1", **params}, "break")


def test_what_is_not_said_or_not_known_is_as_usual():
    usual = Tag("b1", 15, 16, Version.V4_2)
    assert read() == usual
    for unsaid in ("", "-1", "-2"):
        assert read(duration=unsaid, max_ads=unsaid, version=unsaid) == usual


@pytest.mark.parametrize(
    ("said", "segments"),
    [("1.92", 1), ("30", 15), ("45.5", 23), ("300", 156), ("301", 156), ("999999999", 156)],
)
def test_a_break_is_so_long_at_most(said, segments):
    assert read(duration=said).segments == segments


@pytest.mark.parametrize(("said", "ads"), [("1", 1), ("16", 16), ("17", 16), ("999999999", 16)])
def test_a_pod_is_so_large_at_most(said, ads):
    assert read(max_ads=said).ads_limit == ads


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"break": ""}, "break-name-malformed"),
        ({"break": "[TRANSACTIONID]"}, "break-name-malformed"),
        ({"break": "a" * 65}, "break-name-malformed"),
        ({"break": "a:b"}, "break-name-malformed"),
        ({"break": "été"}, "break-name-malformed"),
        ({"duration": "half"}, "duration-malformed"),
        ({"duration": "[BREAKMAXDURATION]"}, "duration-malformed"),
        ({"duration": "1e9"}, "duration-malformed"),
        ({"duration": "٣٠"}, "duration-malformed"),
        ({"duration": "-3"}, "duration-malformed"),
        ({"duration": "1.91"}, "duration-too-short"),
        ({"max_ads": "0"}, "max-ads-malformed"),
        ({"max_ads": "two"}, "max-ads-malformed"),
        ({"max_ads": "9" * 5000}, "max-ads-malformed"),
        ({"version": "2.0"}, "vast-version-unknown"),
    ],
)
def test_named_refusals(params, code):
    with pytest.raises(Invalid) as caught:
        read(**params)
    assert caught.value.code == code
    assert caught.value.fix


def test_its_length_is_told_as_it_was_taken():
    assert read(duration="30").length_s == "28.8"
    assert read(duration=read(duration="30").length_s).segments == 15
