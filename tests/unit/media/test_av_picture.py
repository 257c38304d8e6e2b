import av
import pytest

from media.acceptance import Unpreparable
from media.adapters import av_picture
from media.adapters.av_lanes import Lanes
from media.adapters.av_package import VideoTrack
from media.file_clock import PLAIN
from media.house_format import VIDEO_RENDITIONS
from tests.media.films import lavfi, luma, prepared

V360 = VIDEO_RENDITIONS[-1]


def shown(source, tmp_path):
    folder = tmp_path / "made"
    folder.mkdir()
    with Lanes([VideoTrack(V360, folder / "v360.mp4")]) as lanes:
        av_picture.encode_picture(source, 0, PLAIN, lanes, lambda seconds: None)
        frames = lanes.frames
        lanes.finish(-(-frames // 48))
    with av.open(str(folder / "v360.mp4")) as container:
        return frames, list(container.decode(video=0))


def test_a_tall_picture_stands_between_bars(tmp_path):
    _, frames = shown(lavfi(tmp_path / "t.mp4", "color=white:size=90x160:rate=25", 3), tmp_path)
    assert luma(frames[0], 0.5) > 200
    assert (luma(frames[0], 0.1), luma(frames[0], 0.9)) == (16, 16)


def test_pixels_that_are_twice_as_wide_as_high(tmp_path):
    with av.open("color=white:size=160x90:rate=25", format="lavfi") as source:
        frame = next(source.decode(video=0))
    with av.open(str(tmp_path / "s.mp4"), "w") as target:
        stream = target.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 160, 90, "yuv420p"
        stream.codec_context.sample_aspect_ratio = 2
        frame.pts = 0
        target.mux([*stream.encode(frame), *stream.encode(None)])
    _, frames = shown(tmp_path / "s.mp4", tmp_path)
    assert luma(frames[0], 0.5, 0.5) > 200
    assert (luma(frames[0], 0.5, 0.1), luma(frames[0], 0.5, 0.9)) == (16, 16)


@pytest.mark.parametrize(("rate", "count"), [(50, 20), (10, 20), (24, 24)])
def test_every_rate_comes_to_25(tmp_path, rate, count):
    with (
        av.open(str(tmp_path / "r.mp4"), "w") as target,
        av.open(f"testsrc2=size=160x90:rate={rate}", format="lavfi") as source,
    ):
        stream = target.add_stream("libx264", rate=rate)
        stream.width, stream.height, stream.pix_fmt = 160, 90, "yuv420p"
        for number, frame in enumerate(source.decode(video=0)):
            if number == count:
                break
            target.mux(stream.encode(frame.reformat(format="yuv420p")))
        target.mux(stream.encode(None))
    frames, _ = shown(tmp_path / "r.mp4", tmp_path)
    assert frames == pytest.approx(count * 25 / rate, abs=1)


def test_a_source_that_changes_its_size_midway(tmp_path):
    parts = []
    for name, size in (("a", "160x90"), ("b", "90x160")):
        parts.append(lavfi(tmp_path / f"{name}.ts", f"color=white:size={size}:rate=25", 10))
    joined = tmp_path / "joined.ts"
    with av.open(str(joined), "w") as target, av.open(str(parts[0])) as one, av.open(str(parts[1])) as two:
        stream = target.add_stream_from_template(one.streams[0])
        for source, moved in ((one, 0), (two, 10 * 3600)):
            for packet in source.demux():
                if packet.dts is not None:
                    packet.pts, packet.dts, packet.stream = packet.pts + moved, packet.dts + moved, stream
                    target.mux(packet)
    frames, seen = shown(joined, tmp_path)
    assert frames >= 18
    assert luma(seen[0], 0.1) > 200  # wide, then tall between bars
    assert luma(seen[frames - 1], 0.1) == 16


def test_white_stays_white_and_full_range_becomes_limited(tmp_path):
    with av.open(str(tmp_path / "j.mkv"), "w") as target:
        stream = target.add_stream("mjpeg", rate=25)
        stream.width, stream.height, stream.pix_fmt = 160, 90, "yuvj420p"
        frame = av.VideoFrame(160, 90, "yuvj420p")
        for plane, value in zip(frame.planes, (255, 128, 128), strict=True):
            plane.update(bytes([value]) * plane.buffer_size)
        frame.pts = 0
        target.mux([*stream.encode(frame), *stream.encode(None)])
    _, frames = shown(tmp_path / "j.mkv", tmp_path)
    assert luma(frames[0]) == pytest.approx(235, abs=1)


def test_a_film_longer_than_allowed_is_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(av_picture, "_FRAMES_LIMIT", 5)
    source = lavfi(tmp_path / "l.mp4", "color=white:size=160x90:rate=25", 10)
    with pytest.raises(Unpreparable) as refused:
        prepared(source, tmp_path / "made")
    assert refused.value.refusals[0].code == "media-too-long"
