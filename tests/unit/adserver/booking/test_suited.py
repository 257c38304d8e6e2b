"""Which share of what is offered suits a targeting, by what was seen of late."""

import pytest

from adserver.booking.suited import going_share, segments_of, share_of
from adserver.booking.targeting import Bounds, Driving, Genre, Powertrain, Targeting
from adserver.serving.supply import GOING, Kind, Trait

SEEN = {
    Trait.LANGUAGE: {"fr": 70, "fr-ca": 10, "en": 20},
    Trait.DRIVING: {"moving": 60, "parked": 30, "": 10},
    Trait.GENRE: {"news": 25, "music": 75},
    Trait.SEGMENTS: {"16": 3, "8": 1, "0": 9},
    Trait.COURSE: {GOING: 3, "": 1},
    Trait.MODEL: {"e-c3": 5, "": 95},
    Trait.POWERTRAIN: {"electric": 40, "combustion": 50, "": 10},
    Trait.CHARGE: {"electric/10": 10, "electric/20": 20, "hybrid/20": 10, "": 60},
    Trait.FUEL: {"combustion/0": 50, "": 50},
    Trait.SERVICE: {"due": 10, "not-due": 30, "": 60},
    Trait.ODOMETER: {"0": 20, "20000": 40, "": 40},
}


@pytest.mark.parametrize(
    ("targeting", "share"),
    [
        (Targeting(), 1),
        (Targeting(languages=("fr",)), 0.8),
        (Targeting(languages=("fr-CA", "en")), 0.3),
        # What is not known is not suited.
        (Targeting(driving=(Driving.MOVING, Driving.PARKED)), 0.9),
        (Targeting(genres=(Genre.NEWS,)), 0.25),
        (Targeting(genres=(Genre.NEWS,), languages=("en",)), 0.05),
        (Targeting(models=("E-C3",)), 0.05),
        (Targeting(powertrains=(Powertrain.ELECTRIC,)), 0.4),
        # How full they are is known with what drives them: it is not reckoned twice.
        (Targeting(powertrains=(Powertrain.ELECTRIC,), charge_percent=Bounds(None, 30)), 0.3),
        (Targeting(charge_percent=Bounds(25, 30)), 0.15),
        (Targeting(fuel_percent=Bounds(5, None)), 0.25),
        (Targeting(service_due=True), 0.1),
        (Targeting(service_due=False), 0.3),
        (Targeting(odometer_km=Bounds(30_000, 100_000)), 0.2),
    ],
)
def test_shares(targeting, share):
    assert share_of(targeting, SEEN, Kind.AUDIO) == (pytest.approx(share), set())


def test_what_nothing_was_seen_of_is_named_and_left_out():
    asked = Targeting(models=("e-C3",), languages=("fr",))
    assert share_of(asked, {Trait.LANGUAGE: {"fr": 1, "de": 1}}, Kind.CARD) == (0.5, {Trait.MODEL})


def test_a_card_is_before_no_programme():
    assert share_of(Targeting(genres=(Genre.NEWS,)), SEEN, Kind.CARD) == (0.0, set())


def test_how_long_breaks_are_and_how_many_go_somewhere():
    assert (segments_of(SEEN), segments_of({})) == (14, 0)
    assert (going_share(SEEN), going_share({})) == (0.75, 0)
