from media.asset import AssetState
from media.cue_sheet import CueDecision, sheet, source_frames, version_id
from tests.contracts.test_media_sql import asset, manifest


def test_a_decision_names_one_version():
    assert version_id("ast_1", (), 1) == "ast_1"
    assert version_id("ast_1", (100, 200), 1) == version_id("ast_1", (100, 200), 1)
    ids = {
        version_id(base, frames, n)
        for base in ("ast_1", "ast_2")
        for frames in ((1, 23), (12, 3), (123,))
        for n in (1, 2)
    }
    assert len(ids) == 12
    assert all(len(one) <= 64 for one in ids)


def test_a_begun_frame_counts():
    assert source_frames(asset(state=AssetState.READY, manifest=manifest())) == 48  # 1900 ms
    assert source_frames(asset()) == 0


def test_a_version_plays_once_it_is_ready():
    base = asset(state=AssetState.READY, manifest=manifest())
    decision = CueDecision("ast_1", (50,), 2, "ast_1-b", "ast_1-a", "acc_1", 1)
    waiting = sheet(base, decision, asset("ast_1-b", AssetState.FAILED, reasons=("media-truncated",)))
    assert (waiting.plays, waiting.cues, waiting.revision) == ("ast_1-a", (50,), 2)
    assert (waiting.conditioning.state, waiting.conditioning.reasons) == ("failed", ("media-truncated",))
    assert sheet(base, decision, asset("ast_1-b", AssetState.READY)).plays == "ast_1-b"
