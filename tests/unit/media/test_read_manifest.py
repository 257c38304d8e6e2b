from media import read_manifest
from media.read_manifest import ReadManifest
from tests.contracts.test_media_sql import asset, manifest


def test_a_manifest_once_read_needs_no_records(house):
    house.assets.add(asset())
    assert house.manifests("ast_1") is None
    assert house.manifests("nobody") is None
    house.assets.begin("ast_1")
    house.assets.publish(manifest())
    assert house.manifests("ast_1") == manifest()

    class Gone:
        def find(self, asset_id):
            raise AssertionError(asset_id)

    reads = ReadManifest(Gone())
    reads._held["ast_1"] = manifest()
    assert reads("ast_1") == manifest()


def test_only_so_many_are_held(house, monkeypatch):
    monkeypatch.setattr(read_manifest, "_HELD_LIMIT", 2)
    for number in range(4):
        house.assets.add(asset(f"ast_{number}"))
        house.assets.begin(f"ast_{number}")
        house.assets.publish(manifest(f"ast_{number}"))
        assert house.manifests(f"ast_{number}").asset_id == f"ast_{number}"
    assert list(house.manifests._held) == ["ast_2", "ast_3"]
