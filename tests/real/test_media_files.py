"""Films and sounds that others made, and broken files: each comes out right or is refused by name."""

import re
import socket
import subprocess
from pathlib import Path

import av
import numpy as np
import pytest

from media.acceptance import accept
from media.adapters.av_look import look
from media.adapters.av_transcode import AvProbe
from media.house_format import LOUDNESS_LUFS, TRUE_PEAK_DBTP, VIDEO_RENDITIONS
from media.source import FoundKind
from tests.media.films import Prepared, loudness, luma, prepared

CLOSE_TO_SILENT = -60


@pytest.fixture
def media(real_data: Path) -> Path:
    return real_data / "media"


@pytest.fixture
def make(media, tmp_path):
    def make(name: str) -> Prepared:
        assert accept(look(media / name)) == ()
        return prepared(media / name, tmp_path / "made")

    return make


FILMS = {
    "portrait_4k60.mp4": 1,
    "sar_2x1.mp4": 3,
    "no_duration.webm": 3,
    "sample.avi": 3,
    "hevc.ts": 3,
    "sample_with_chapters.mkv": 3,
    "example2.mp4": 2,
    "midroll-5s.mp4": 3,
    "bad/no-initial-keyframe.ts": 2,
    "bad/sample_fragmented.mp4": 1,
    "bad/sample_mdat_too_long.mp4": 1,
}
SOUNDS = {
    "ac3.mp4": 2,
    "crunching.mp3": 5,
    "sample.flac": 11,
    "sample_audio_only_15s.mp4": 8,
    "sine_mono_s16.wav": 3,
}


@pytest.mark.parametrize(("name", "segments"), (FILMS | SOUNDS).items())
def test_it_is_on_the_grid_and_as_loud_as_everything(make, name, segments):
    out = make(name)
    assert out.made.segments == segments
    assert out.made.has_picture == (name in FILMS)
    assert {len(track.offsets) for track in out.made.tracks} == {segments + 1}
    assert len(out.frames("v360")) == segments * 48
    pcm = out.pcm()
    assert pcm.shape == (2, segments * 92_160)
    integrated, peak = loudness(pcm)
    assert peak <= TRUE_PEAK_DBTP
    if integrated > CLOSE_TO_SILENT:
        assert integrated == pytest.approx(LOUDNESS_LUFS, abs=1)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("chunk_out_of_range.mp4", "media-no-media"),
        ("invalid_ogg_header", "media-no-media"),
        ("no-ftyp.avif", "media-single-picture"),
        ("sample_malformed_free_box.mp4", "media-no-media"),
        ("sample_mpd_live", "media-no-media"),
        ("test_case_1185230.mp4", "media-undecodable"),
    ],
)
async def test_what_is_broken_is_refused_by_name(media, name, code):
    refusals = accept(await AvProbe(limit_s=10)(media / "bad" / name))
    assert refusals[0].code == code


def test_every_broken_file_is_tried(media):
    tried = {name.removeprefix("bad/") for name in FILMS} | {
        *("chunk_out_of_range.mp4", "invalid_ogg_header", "no-ftyp.avif"),
        *("sample_malformed_free_box.mp4", "sample_mpd_live", "test_case_1185230.mp4"),
    }
    assert {path.name for path in (media / "bad").iterdir()} <= tried


def test_a_manifest_of_other_files_is_never_followed(media, tmp_path):
    """A copy whose addresses lead to this machine: nobody knocks."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        port = server.getsockname()[1]
        text = (media / "bad" / "sample_mpd_live").read_text()
        local = re.sub(r"https?://[^/<\"]+", f"http://127.0.0.1:{port}", text)
        assert str(port) in local
        (tmp_path / "live.mpd").write_text(local)
        assert look(tmp_path / "live.mpd").kind is FoundKind.NO_MEDIA
        with pytest.raises(BlockingIOError):
            server.accept()


def test_a_phone_held_upright_is_shown_upright(make):
    frame = make("portrait_4k60.mp4").frames("v360")[0]
    assert (luma(frame, 0.1), luma(frame, 0.9)) == (16, 16)
    assert luma(frame, 0.5, 0.05) > 60
    assert luma(frame, 0.5, 0.95) > 60


def test_pixels_twice_as_wide_as_high_are_shown_wide(make):
    frame = make("sar_2x1.mp4").frames("v360")[0]
    assert (luma(frame, 0.5, 0.1), luma(frame, 0.5, 0.9)) == (16, 16)
    assert luma(frame, 0.02, 0.5) > 30


def test_high_dynamic_range_is_not_washed_out(make, media):
    """Taken for what it is not, PQ looks like fog: little contrast, hardly a colour."""
    frame = make("hdr10-av1.mp4").frames("v360")[0]
    with av.open(str(media / "hdr10-av1.mp4")) as container:
        fog = next(container.decode(video=0))
    contrast, colour = lively(frame, slice(220, 420))  # between the bars
    fog_contrast, fog_colour = lively(fog, slice(None))
    assert contrast > 1.2 * fog_contrast
    assert colour > 1.5 * fog_colour


def lively(frame: av.VideoFrame, columns: slice) -> tuple[float, float]:
    """The span of brightness without the extremes, and the mean distance of the colours from grey."""
    planes = frame.reformat(format="yuv444p").to_ndarray()[:, :, columns].astype(int)
    dark, bright = np.percentile(planes[0], [2, 98])
    return bright - dark, np.abs(planes[1:] - 128).mean()


def test_the_better_of_two_pictures_and_sounds_is_taken(media):
    found = look(media / "nasa_13013.mp4")
    assert (found.picture.width, found.sound.rate_hz) == (480, 16_000)


def test_an_embedded_cover_is_shown(make):
    frame = make("sample.flac").frames("v720")[0]
    assert luma(frame, 0.2, 0.3) > 200
    assert luma(frame, 0.5, 0.01) < 120


def test_another_reader_agrees(make):
    """The ffprobe command line counts what we say is there."""
    out = make("midroll-5s.mp4")
    for rendition in VIDEO_RENDITIONS:
        command = [
            "ffprobe",
            "-v",
            "error",
            "-count_frames",
            "-show_streams",
            f"{out.folder / rendition.name}.mp4",
        ]
        seen = subprocess.run(command, capture_output=True, text=True, check=True)
        assert seen.stderr == ""
        values = dict(re.findall(r"^(\w+)=(.*)$", seen.stdout, re.M))
        assert values["nb_read_frames"] == str(out.made.segments * 48)
        assert (values["profile"], values["level"], values["has_b_frames"]) == ("High", "31", "0")
        assert (values["color_space"], values["color_range"], values["sample_aspect_ratio"]) == (
            "bt709",
            "tv",
            "1:1",
        )
