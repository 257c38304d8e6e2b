import pytest

from geotarget.address import ATTRIBUTIONS, Provider, check_text
from kernel.errors import Invalid


def test_white_space_is_made_one():
    assert check_text("  12 quai\tde la Prévalaye \n") == "12 quai de la Prévalaye"


@pytest.mark.parametrize(
    ("text", "code"),
    [("", "address-too-short"), (" a  ", "address-too-short"), ("a" * 201, "address-too-long")],
)
def test_what_is_no_address(text, code):
    with pytest.raises(Invalid, match=code):
        check_text(text)


def test_every_provider_is_thanked():
    assert set(ATTRIBUTIONS) == set(Provider)
