from media.manifest import AssetManifest, Track
from media.rates import Rates, measured_rates


def manifest(**tracks: tuple[int, int]) -> AssetManifest:
    return AssetManifest(
        "a",
        1,
        1920,
        {name: Track(name, (0, 1), peak, average) for name, (peak, average) in tracks.items()},
        "p",
    )


def test_the_largest_of_each_rendition():
    found = measured_rates([manifest(v720=(9, 2), a128=(1, 1)), manifest(v720=(5, 4))])
    assert found == {"v720": Rates(9, 4), "a128": Rates(1, 1)}
    assert measured_rates([]) == {}
