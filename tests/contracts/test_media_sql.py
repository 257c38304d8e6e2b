"""What the media room's records promise, on SQLite and on PostgreSQL."""

import pytest

from media.adapters.sql_assets import SqlAssets, SqlUploads
from media.adapters.sql_cues import SqlCues
from media.adapters.tables import metadata
from media.asset import Asset, AssetState
from media.cue_sheet import CueDecision
from media.manifest import AssetManifest, Track
from media.upload import Upload


def asset(asset_id="ast_1", state=AssetState.QUEUED, created_ms=1, **more) -> Asset:
    values = {"progress_permille": 0, "reasons": (), "manifest": None} | more
    return Asset(asset_id, "acc_1", "été.mp4", f"sources/{asset_id}", state, created_ms=created_ms, **values)


def manifest(asset_id="ast_1", peak=5) -> AssetManifest:
    return AssetManifest(asset_id, 1, 1900, {"v720": Track("k", (1, 2**40), peak, 1)}, "p")


@pytest.fixture
def assets(engine):
    metadata.create_all(engine)
    return SqlAssets(engine)


@pytest.fixture
def uploads(engine):
    metadata.create_all(engine)
    return SqlUploads(engine)


def test_an_asset_is_stored_once(assets):
    assert assets.add(asset())
    assert not assets.add(asset(state=AssetState.FAILED))
    assert assets.find("ast_1") == asset()
    assert assets.find("ast_2") is None


def test_the_way_to_ready(assets):
    assets.add(asset())
    assets.begin("ast_1")
    assets.progress("ast_1", 480)
    assert assets.find("ast_1") == asset(state=AssetState.PREPARING, progress_permille=480)
    assets.publish(manifest())
    ready = asset(state=AssetState.READY, progress_permille=1000, manifest=manifest())
    assert assets.find("ast_1") == ready
    assert list(assets.manifests()) == [manifest()]


def test_ready_is_final_whatever_a_second_worker_does(assets):
    assets.add(asset())
    assets.begin("ast_1")
    assets.publish(manifest())
    before = assets.find("ast_1")
    assets.begin("ast_1")
    assets.progress("ast_1", 1)
    assets.fail("ast_1", ("media-unreadable",))
    assets.publish(manifest(peak=9))
    assert assets.find("ast_1") == before


def test_queued_cannot_become_ready_and_failed_can_begin_again(assets):
    assets.add(asset())
    assets.publish(manifest())
    assert assets.find("ast_1").state is AssetState.QUEUED
    assets.fail("ast_1", ("media-truncated", "media-too-long"))
    assert assets.find("ast_1").reasons == ("media-truncated", "media-too-long")
    assets.begin("ast_1")
    assert assets.find("ast_1") == asset(state=AssetState.PREPARING)


def test_what_is_unfinished_oldest_first(assets):
    for number, state in enumerate(AssetState):
        assets.add(asset(f"ast_{number}", state, created_ms=10 - number))
    assert assets.unfinished() == ("ast_1", "ast_0")


def test_many_at_once(assets):
    for number in range(3):
        assets.add(asset(f"ast_{number}"))
    wanted = [f"ast_{number}" for number in range(1, 1200)]
    assert set(assets.by_ids(wanted)) == {"ast_1", "ast_2"}
    assert assets.by_ids([]) == {}


def test_uploads(uploads):
    upload = Upload("upl_1", "acc_1", 2**32, "a.mp4", 1, 2**42)
    uploads.add(upload)
    uploads.add(Upload("upl_2", "acc_2", 1, "", 1, 99))
    assert uploads.find("upl_1") == upload
    assert (uploads.open_by("acc_1")[0], uploads.open_by("acc_3")) == (1, (0, 0))
    assert uploads.expired(98) == ()
    assert uploads.expired(99) == ("upl_2",)
    for _ in range(2):
        uploads.remove("upl_2")
    assert uploads.find("upl_2") is None


def test_a_version_remembers_what_it_was_made_from(assets):
    version = asset("ast_1-a", cut_from="ast_1", cue_frames=(100, 360_000))
    assets.add(version)
    assert assets.find("ast_1-a") == version


@pytest.fixture
def cues(engine):
    metadata.create_all(engine)
    return SqlCues(engine)


def decision(revision=1, frames=(100, 200), wanted="ast_1-a", fallback="ast_1") -> CueDecision:
    return CueDecision("ast_1", frames, revision, wanted, fallback, "acc_1", 2**42)


def test_decisions_follow_each_other_one_by_one(cues):
    assert cues.find("ast_1") is None
    assert not cues.decide(decision(2))
    assert cues.decide(decision())
    assert cues.find("ast_1") == decision()
    assert not cues.decide(decision(frames=(5,)))
    assert not cues.decide(decision(3))
    assert cues.decide(decision(2, (), "ast_1"))
    assert not cues.decide(decision(2))
    assert cues.find("ast_1") == decision(2, (), "ast_1")


def test_what_plays_is_what_is_ready(cues, assets):
    assets.add(asset("ast_1-a"))
    cues.decide(decision())
    wanted = ["ast_1", "ast_2", *(f"ast_{n}" for n in range(1000, 2200))]
    assert cues.playing(wanted) == {"ast_1": "ast_1"}
    assets.begin("ast_1-a")
    assert cues.playing(wanted) == {"ast_1": "ast_1"}
    assets.publish(manifest("ast_1-a"))
    assert cues.playing(wanted) == {"ast_1": "ast_1-a"}
    assert cues.playing([]) == {}


def test_every_version_is_known_by_what_it_was_made_from(cues, assets):
    for version_id, original in (("ast_1-a", "ast_1"), ("ast_1-b", "ast_1"), ("ast_2-a", "ast_2")):
        assets.add(asset(version_id, cut_from=original))
    assert cues.made_from(["ast_1", "ast_3"]) == {"ast_1-a", "ast_1-b"}
    assert cues.made_from([]) == set()


def test_progress_is_of_what_is_being_prepared_alone(assets):
    assets.add(asset())
    assert not assets.progress("ast_1", 5)
    assets.begin("ast_1")
    assert assets.progress("ast_1", 5)
    assets.fail("ast_1", ("cues-superseded",))
    assert not assets.progress("ast_1", 6)
    assert assets.find("ast_1").state is AssetState.FAILED


def ready(assets, asset_id: str, **facts) -> None:
    assets.add(asset(asset_id, **facts))
    assets.begin(asset_id)
    assets.publish(manifest(asset_id))


def test_a_version_is_found_by_its_frames(cues, assets):
    assert cues.version("ast_1", (100,)) is None
    assets.add(asset("ast_1-a", cut_from="ast_1", cue_frames=(100,)))
    assets.add(asset("ast_2-a", cut_from="ast_2", cue_frames=(100,)))
    assert cues.version("ast_1", (100,)) == "ast_1-a"
    assert cues.version("ast_1", (100, 200)) is None


def test_spare_is_what_no_decision_needs(cues, assets):
    ready(assets, "ast_1")
    for name in ("a", "b", "c"):
        ready(assets, f"ast_1-{name}", cut_from="ast_1")
    assets.add(asset("ast_1-d", cut_from="ast_1"))
    assert cues.spare() == {"ast_1-a", "ast_1-b", "ast_1-c"}  # nobody has decided anything
    cues.decide(decision(1, (1,), "ast_1-a", "ast_1"))
    cues.decide(decision(2, (2,), "ast_1-d", "ast_1-a"))
    assert cues.spare() == {"ast_1-b", "ast_1-c"}
    assets.begin("ast_1-d")
    assets.publish(manifest("ast_1-d"))
    assert cues.spare() == {"ast_1-a", "ast_1-b", "ast_1-c"}


def test_what_was_spare_for_long_enough_is_forgotten(cues, assets):
    ready(assets, "ast_1")
    for name in ("a", "b"):
        ready(assets, f"ast_1-{name}", cut_from="ast_1", cue_frames=(ord(name),))
    assert cues.retire({"ast_1-a", "ast_1-b", "ast_1"}, 1_000, 0) == ()
    assert cues.retire({"ast_1-a"}, 2_000, 500) == ()
    assert cues.retire({"ast_1-a", "ast_1-b"}, 3_000, 1_000) == ("ast_1-a",)
    assert sorted(assets.by_ids(["ast_1", "ast_1-a", "ast_1-b"])) == ["ast_1", "ast_1-b"]
    # Who decides for it again keeps it, whoever has counted it among the spare ones.
    assert cues.version("ast_1", (ord("b"),)) == "ast_1-b"
    assert cues.retire({"ast_1-b"}, 9_000, 4_000) == ()
    assert cues.version("ast_1", (ord("a"),)) is None


def test_an_original_is_never_spare(cues, assets):
    ready(assets, "ast_1")
    for now_ms in (1, 2, 3):
        assert cues.retire({"ast_1"}, now_ms, now_ms) == ()
