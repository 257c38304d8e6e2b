import pytest

from geotarget.in_use import refuse_in_use
from kernel.errors import Conflict


def test_what_nobody_points_at_may_go():
    refuse_in_use("area", [])


@pytest.mark.parametrize(
    ("campaigns", "named"), [(["b", "a"], ": “a”, “b”."), (["d", "c", "b", "a"], ": “a”, “b”, “c”, ….")]
)
def test_three_of_those_who_point_at_it_are_named(campaigns, named):
    with pytest.raises(Conflict) as refused:
        refuse_in_use("place", campaigns)
    assert refused.value.code == "place-in-use"
    assert refused.value.detail.endswith(named)
