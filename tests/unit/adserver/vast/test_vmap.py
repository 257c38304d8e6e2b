"""VMAP 1.0: rule 18."""

import pytest
from lxml import etree

from adserver.vast import vmap
from adserver.vast.document import Version
from adserver.vast.vmap import AdBreak, offsets, write
from kernel.errors import Invalid

NS = {"vmap": "http://www.iab.net/videosuite/vmap"}


@pytest.mark.parametrize(("version", "template"), [(Version.V4_2, "vast4"), (Version.V3_0, "vast3")])
def test_18_each_break_has_one_source_with_one_payload(version, template):
    breaks = [
        AdBreak("start", "p-1", "https://a.example/?x=1&y=]]>"),
        AdBreak("#2", "p-2", "https://b.example"),
    ]
    root = etree.fromstring(write(breaks, version))
    assert (root.tag, root.get("version")) == ("{http://www.iab.net/videosuite/vmap}VMAP", "1.0")
    found = root.findall("vmap:AdBreak", NS)
    told = [(one.get("timeOffset"), one.get("breakType"), one.get("breakId")) for one in found]
    assert told == [("start", "linear", "p-1"), ("#2", "linear", "p-2")]
    for one, asked in zip(found, breaks, strict=True):
        (source,) = one
        (payload,) = source
        assert payload.tag == "{http://www.iab.net/videosuite/vmap}AdTagURI"
        assert (payload.text, payload.get("templateType")) == (asked.tag_url, template)


def test_18_offsets_are_times_shares_ends_or_numbers():
    good = ["start", "end", "00:12:30", "01:00:00.500", "0%", "50%", "99.5%", "100%", "#1", "#12"]
    assert offsets(",".join(good)) == good


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "offsets-missing"),
        ("start,start", "offset-twice"),
        *((one, "offset-malformed") for one in
          ("Start", "12", "00:60:00", "0:00:10", "101%", "100.5%", "#0", "-5%", "start,", "٣%", "[AT]")),
        (",".join(f"#{n}" for n in range(1, vmap.BREAKS_LIMIT + 2)), "too-many-breaks"),
    ],
)  # fmt: skip
def test_18_anything_else_is_refused(text, code):
    with pytest.raises(Invalid) as caught:
        offsets(text)
    assert caught.value.code == code
