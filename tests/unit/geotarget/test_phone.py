import pytest

from geotarget.phone import phone_of
from geotarget.place import Category, Place


def place(**attributes):
    return Place("plc_1", "test", "1", "Garage", "", Category.DEALER, 48.1, -1.6, attributes)


@pytest.mark.parametrize(
    ("attributes", "dialled"),
    [
        ({}, ""),
        ({"phone": "+33 2 99 00 11 22"}, "+33299001122"),
        ({"phone": "+33 (0)2.99.00.11.22"}, "+33299001122"),
        ({"phone": "0033 299001122"}, "+33299001122"),
        ({"phone": "02 99 00 11 22"}, "0299001122"),
        ({"phone": "+33 299001122; +33 299001123"}, "+33299001122"),
        ({"contact:phone": "+49-30-1234567"}, "+49301234567"),
        ({"phone": "ask inside", "tel": "0299001122"}, "0299001122"),
        ({"phone": "1" * 40}, ""),
        ({"phone": "javascript:alert(1)"}, ""),
        ({"phone": "+"}, ""),
    ],
)
def test_a_number_is_what_can_be_dialled(attributes, dialled):
    assert phone_of(place(**attributes)) == dialled
