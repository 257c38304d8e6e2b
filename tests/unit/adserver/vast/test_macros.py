"""Macros: encoded, -1 where unknown, -2 where it is nobody's business (rule 14)."""

import pytest

from adserver.vast.macros import PRIVATE, expand


@pytest.mark.parametrize(
    ("url", "expanded"),
    [
        ("https://a/?e=[ERRORCODE]&t=[TIMESTAMP]", "https://a/?e=303&t=2026-06-01T10%3A00%3A00Z"),
        ("https://a/?p=[PAGEURL]", "https://a/?p=-1"),
        ("https://a/?x=[NOSUCHMACRO]&y=[a]&z=[]", "https://a/?x=[NOSUCHMACRO]&y=[a]&z=[]"),
        ("https://[2001:db8::1]/", "https://[2001:db8::1]/"),
        ("https://a/?t=[DOMAIN]", "https://a/?t=a%26b%3Dc%20%5BIFA%5D"),
    ],
)
def test_14_macros(url, expanded):
    values = {"ERRORCODE": "303", "TIMESTAMP": "2026-06-01T10:00:00Z", "DOMAIN": "a&b=c [IFA]"}
    assert expand(url, values) == expanded


@pytest.mark.parametrize("name", sorted(PRIVATE))
def test_14_nobody_is_told_who_or_where_somebody_is(name):
    assert expand(f"https://a/?x=[{name}]", {name: "48.1,-1.6"}) == "https://a/?x=-2"
