import pytest

from content.library.rights import Rights, RightsWindow, Territories

WHERE = Territories(("BE", "FR"))


@pytest.mark.parametrize(
    ("rights", "now_ms", "territory", "refusal"),
    [
        (Rights(), 0, "", None),
        (Rights(), 0, "JP", None),
        (Rights(RightsWindow(10, 20)), 9, "FR", "rights-not-begun"),
        (Rights(RightsWindow(10, 20)), 10, "FR", None),
        (Rights(RightsWindow(10, 20)), 19, "FR", None),
        (Rights(RightsWindow(10, 20)), 20, "FR", "rights-ended"),
        (Rights(RightsWindow(None, 20)), 0, "FR", None),
        (Rights(RightsWindow(10, None)), 10**13, "FR", None),
        (Rights(territories=WHERE), 0, "BE", None),
        (Rights(territories=WHERE), 0, "DE", "rights-territory-excluded"),
        (Rights(territories=WHERE), 0, "", "rights-territory-unknown"),
        (Rights(RightsWindow(10), WHERE), 9, "DE", "rights-not-begun"),
    ],
)
def test_what_was_agreed_says_whether_it_may_be_shown(rights, now_ms, territory, refusal):
    assert rights.refusal(now_ms, territory) == refusal
