"""Requests and answers of the hot paths."""

import pytest

from players.web.wire import token


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (b"", ""),
        (b"grant=abc.def_-", "abc.def_-"),
        (b"_HLS_msn=3&grant=abc", "abc"),
        (b"grants=no&grant=yes", "yes"),
        (b"grant=a%3Ab", "a:b"),
        (b"grant", ""),
        (b"grant=first&grant=second", "first"),
        (b"grant=\xff", "ÿ"),
    ],
)
def test_the_token_of_a_query(query, found):
    assert token({"query_string": query}, "grant") == found
