"""Playlists byte for byte (tests/golden/playlists) and against the rules."""

from pathlib import Path

import pytest

from kernel.signing import Signer
from media.rates import Rates
from media.timeline import Position
from players.playback.playlist import Extent, Media, Offer, Stretch, media, multivariant, whole
from players.playback.segment_key import Holder
from tests.players.playlist_rules import MEDIA_TYPE, check_media, check_multivariant

GOLDEN = Path(__file__).parents[3] / "golden" / "playlists"
RATES = {
    "v720": Rates(3_512_345, 2_111_000), "v540": Rates(1_500_000, 1_100_000), "v360": Rates(700_000, 500_000),
    "a128": Rates(141_000, 130_100),
}  # fmt: skip
LIVE = tuple(
    [Position(k, "film", 100 + n) for n, k in enumerate(range(7_500_000, 7_500_005))]
    + [Position(k, "spot", n) for n, k in enumerate(range(7_500_005, 7_500_009))]
    + [Position(k, "film2", n) for n, k in enumerate(range(7_500_009, 7_500_012))]
)
SIGNER = Signer([b"k" * 32])
HOLDER = Holder("veh_1", 1_780_000_000_000)
CLIP = (Stretch(0, "clip", 0, 3),)


def made() -> dict[str, bytes]:
    return {
        "multivariant.m3u8": multivariant(Offer.AUDIO_VIDEO, RATES, "G"),
        "audio.m3u8": multivariant(Offer.AUDIO, RATES, "G"),
        "video.m3u8": multivariant(Offer.VIDEO, RATES, "G"),
        "unmeasured.m3u8": multivariant(Offer.AUDIO_VIDEO, {}, "G"),
        "live-v720.m3u8": media(Media("v720", LIVE), "LEASE", SIGNER),
        "live-a128.m3u8": media(Media("a128", LIVE), "GRANT", SIGNER),
        "item-v360.m3u8": whole("v360", CLIP, 0, "LEASE", SIGNER, HOLDER),
        "resumed-a128.m3u8": whole("a128", CLIP, 1.92, "GRANT", SIGNER, HOLDER),
    }


@pytest.mark.parametrize("name", sorted(made()))
def test_golden(name):
    assert made()[name].decode() == (GOLDEN / name).read_text()


@pytest.mark.parametrize("name", sorted(made()))
def test_rules(name):
    body = made()[name]
    if b"EXTINF" in body:
        breaches = check_media(body, MEDIA_TYPE, name)
    else:
        breaches = check_multivariant(body, MEDIA_TYPE, name)
    assert breaches == []


def test_bandwidth_is_never_below_what_was_measured():
    offered = multivariant(Offer.VIDEO, {"v720": Rates(9_000_000, 1)}, "G").decode()
    assert "BANDWIDTH=9000000" in offered


def test_two_sessions_share_a_body_but_not_a_lease():
    one, two = media(Media("v720", LIVE), "A", SIGNER), media(Media("v720", LIVE), "B", SIGNER)
    assert one.count(b"?lease=A\n") == two.count(b"?lease=B\n") == 12
    assert one.replace(b"=A\n", b"=B\n") == two


def test_what_grows_is_the_same_line_for_line_however_much_of_it_was_listed_before():
    """Its lines are kept in pieces: each growth, and each order of asking, gives what one asking gives."""
    film, spot = 150, Stretch(40, "spot", 0, 9)

    def listing(shown: int, signer: Signer, extent: Extent = Extent.GROWS) -> list[str]:
        after = [spot, Stretch(49, "film", 40, shown - 40)] if shown > 40 else []
        held = [Stretch(0, "film", 0, min(shown, 40)), *after]
        return whole("a128", held, 0.0, "TOKEN", signer, HOLDER, extent).decode().splitlines()

    grown = listing(film, Signer([b"k" * 32]))
    for shown in (*range(1, film + 1, 7), film, 64, 32):
        lines = listing(shown, SIGNER)
        assert lines == grown[: len(lines)]
        assert len(lines) == 8 + 3 * (shown + (9 if shown > 40 else 0))
    assert listing(film, SIGNER, Extent.GROWN) == [*grown, "#EXT-X-ENDLIST"]


def test_what_was_listed_once_is_not_signed_again():
    signed = []

    class Counting(Signer):
        """Notes what it signs."""

        def stamp(self, purpose: str, text: str) -> str:
            signed.append(text)
            return super().stamp(purpose, text)

        @property
        def edge(self) -> Signer:
            return self

    signer = Counting([b"k" * 32])
    for shown in range(1_000, 1_065):
        signed.clear()
        body = whole("a128", [Stretch(0, "film", 0, shown)], 0.0, f"T{shown}", signer, HOLDER, Extent.GROWS)
        assert body.count(f"?lease=T{shown}\n".encode()) == shown
        assert shown == 1_000 or len(signed) <= 32
