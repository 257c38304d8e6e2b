"""Values of settings: read, or refused by the name of what is wrong."""

from ipaddress import ip_network

import pytest

from kernel.errors import Invalid
from server import setting_values


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("10.20.0.0/16", ["10.20.0.0/16"]),
        (" 10.20.0.0/16, fd12::/32 ,,127.0.0.1", ["10.20.0.0/16", "fd12::/32", "127.0.0.1/32"]),
    ],
)
def test_networks(text, found):
    assert setting_values.networks({"TAG_NETWORKS": text}, "TAG_NETWORKS") == tuple(map(ip_network, found))


@pytest.mark.parametrize("text", ["ads.example", "10.20.0.1/16", "10.20.0.0/33", "*"])
def test_what_is_no_network_is_refused_by_name(text):
    with pytest.raises(Invalid, match="ROADCAST_TAG_NETWORKS") as caught:
        setting_values.networks({"TAG_NETWORKS": f"10.0.0.0/8,{text}"}, "TAG_NETWORKS")
    assert caught.value.code == "setting-not-a-network"


def test_lines_and_words():
    assert setting_values.lines({"A": " Road  cast | | Rennes"}, "A") == ("Road cast", "Rennes")
    assert [setting_values.flag({"DEMO": one}, "DEMO") for one in ("", "1", "No", "TRUE")] == [
        False, True, False, True,
    ]  # fmt: skip
