"""What segments hold, read back from segments that were really made, and from what is none."""

import io

import av
import numpy as np
import pytest

from server import measure as measuring
from server.measure import WRAP_S, Content, Unread, apart_s, measure
from tests.unit.server.stream_site import make_tracks


@pytest.fixture(scope="module")
def tracks(tmp_path_factory):
    return make_tracks(tmp_path_factory.mktemp("tracks"))


@pytest.mark.parametrize(("name", "codec"), [("v360", "avc1.64001f"), ("a128", "mp4a.40.2")])
def test_codec_and_clock_of_a_house_segment(tracks, name, codec):
    found = measure(tracks[name].init, tracks[name].at(7_500_000))
    assert isinstance(found, Content), found
    assert found.codecs == {codec}
    assert found.start_s == pytest.approx(7_500_000 * 1.92, abs=1e-6)
    assert not found.wraps


def transport_stream() -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format="mpegts") as container:
        stream = container.add_stream("mpeg2video", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        noise = np.random.default_rng(1)
        for n in range(50):
            pixels = noise.integers(0, 255, (64, 64, 3), np.uint8)
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts = n
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()


def test_a_transport_stream_wraps():
    found = measure(b"", transport_stream())
    assert isinstance(found, Content), found
    assert found.wraps
    near_end, begun_again = (Content(frozenset(), start_s, True) for start_s in (WRAP_S - 1, 1.0))
    assert apart_s(near_end, 100.0, begun_again, 102.0) == pytest.approx(0)
    assert apart_s(near_end, 100.0, begun_again, 101.0) == pytest.approx(1)


@pytest.mark.parametrize(
    "body",
    [b"", b"\0" * 1000, b"#EXTM3U\n#EXTINF:2,\nfile:///etc/passwd\n", b"<html></html>", b"RIFF" + b"\0" * 40],
)
def test_what_is_no_segment_is_told(body):
    assert isinstance(measure(b"", body), Unread)


def test_so_many_packets_are_read_and_no_more(tracks, monkeypatch):
    monkeypatch.setattr(measuring, "_PACKETS_LIMIT", 10)
    assert isinstance(measure(tracks["a128"].init, tracks["a128"].segment), Unread)


def test_packed_audio_has_no_clock():
    file = io.BytesIO()
    with av.open(file, "w", format="adts") as container:
        stream = container.add_stream("aac", rate=48_000, layout="stereo")
        for n in range(20):
            frame = av.AudioFrame.from_ndarray(
                np.zeros((2, 1024), np.float32), format="fltp", layout="stereo"
            )
            frame.sample_rate, frame.pts = 48_000, n * 1024
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    found = measure(b"", file.getvalue())
    assert isinstance(found, Content), found
    assert found.start_s is None
    assert apart_s(found, 0.0, found, 5.0) == 0.0
