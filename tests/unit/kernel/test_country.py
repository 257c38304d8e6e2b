from kernel.country import COUNTRIES


def test_countries_are_those_of_iso_3166():
    assert len(COUNTRIES) == 249
    assert {"FR", "GF", "RE", "CH"} < COUNTRIES
    assert not {"UK", "EU", "XK"} & COUNTRIES
