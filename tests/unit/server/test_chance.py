"""Ids that nobody guesses."""

import re
from collections import Counter

from server.chance import new_id


def test_ids_are_of_twenty_characters_and_each_is_another():
    made = [new_id("x") for _ in range(2_000)]
    assert len(set(made)) == len(made)
    assert all(re.fullmatch(r"x_[a-z0-9]{20}", one) for one in made)


def test_every_character_comes_in_every_place():
    seen = [Counter(place) for place in zip(*(new_id("x")[2:] for _ in range(3_000)), strict=True)]
    assert all(len(found) == 36 for found in seen)
