from media.asset import TRANSITIONS, AssetState, track_key


def test_ready_is_final_and_reached_only_by_preparing():
    assert TRANSITIONS[AssetState.READY] == frozenset()
    assert [before for before, after in TRANSITIONS.items() if AssetState.READY in after] == [
        AssetState.PREPARING
    ]


def test_every_state_but_ready_can_be_prepared_again():
    assert all(
        AssetState.PREPARING in TRANSITIONS[state] for state in AssetState if state != AssetState.READY
    )
    assert set(TRANSITIONS) == set(AssetState)


def test_other_bytes_lie_under_another_key():
    assert track_key("ast_1", "v720", "aa") != track_key("ast_1", "v720", "ab")
