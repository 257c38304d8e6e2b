import av
import numpy as np
import pytest

from kernel.errors import Invalid, Unavailable
from media.adapters.av_transcode import AvRedraw
from tests.media.pictures import picture


def drawn(data: bytes) -> np.ndarray:
    context = av.CodecContext.create("png", "r")
    [frame] = [*context.decode(av.Packet(data)), *context.decode(None)]
    return frame.to_ndarray(format="rgba")


@pytest.mark.parametrize(
    ("codec", "pixels"), [("png", "rgb24"), ("mjpeg", "yuvj420p"), ("libwebp", "yuv420p")]
)
async def test_a_picture_is_drawn_anew_in_a_square(tmp_path, codec, pixels):
    made = await AvRedraw(tmp_path)(picture(codec, pixels, 400, 200))
    canvas = drawn(made)
    assert canvas.shape == (256, 256, 4)
    assert canvas[128, 128, 0] > 240
    assert canvas[128, 128, 3] == 255
    assert canvas[10, 128, 3] == 0  # above it nothing
    assert list(tmp_path.iterdir()) == []


async def test_nothing_of_the_file_is_kept(tmp_path):
    data = picture("png", "rgb24", 64, 64) + b"<script>alert(1)</script>"
    assert b"script" not in await AvRedraw(tmp_path)(data)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "logo-unreadable"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "logo-unreadable"),
        (b"#EXTM3U\nhttp://example.org/", "logo-unreadable"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "logo-unreadable"),
        (b"\xff\xd8\xff" + bytes(100), "logo-unreadable"),
        (b"RIFF\x00\x00\x00\x00WEBP" + bytes(100), "logo-unreadable"),
        (picture("png", "rgb24", 4097, 2), "logo-too-wide"),
    ],
    ids=["nothing", "drawing", "playlist", "broken-png", "broken-jpeg", "broken-webp", "wide"],
)
async def test_what_is_no_such_picture_is_refused(tmp_path, data, code):
    with pytest.raises(Invalid) as refused:
        await AvRedraw(tmp_path)(data)
    assert refused.value.code == code
    assert refused.value.fields.keys() == {"logo"}


async def test_a_busy_machine_is_not_the_pictures_fault(tmp_path):
    with pytest.raises(Unavailable, match="in time"):
        await AvRedraw(tmp_path, limit_s=0.001)(picture("png", "rgb24", 8, 8))
