import av
import numpy as np

from media.adapters.av_still import artwork, black, jpeg, laid, paint
from media.card import card
from tests.media.films import luma, sound


def test_a_card_has_its_bars_and_its_gradient():
    painted = card("x", [0.1, 1.0])
    picture = paint(painted).to_ndarray()
    assert picture.shape == (720, 1280, 3)
    assert tuple(picture[0, 0]) == painted.top
    assert tuple(picture[-1, -1]) == painted.bottom
    ink = (picture == painted.ink).all(axis=2)
    assert ink[:, 640:].sum() > 5 * ink[:, :640].sum() > 0


def test_a_still_in_the_houses_colours_and_as_a_jpeg():
    white = av.VideoFrame.from_ndarray(np.full((720, 1280, 3), 255, np.uint8), format="rgb24")
    small = laid(white, 640, 360)
    assert (small.width, small.height, small.format.name, luma(small)) == (640, 360, "yuv420p", 235)
    assert luma(laid(black(), 640, 360)) == 16
    data = jpeg(small)
    assert data[:2] == b"\xff\xd8"
    (frame,) = av.CodecContext.create("mjpeg", "r").decode(av.Packet(data))
    assert (frame.width, frame.height) == (640, 360)
    assert luma(frame) > 250


def test_without_a_cover_there_is_no_artwork(tmp_path):
    assert artwork(sound(tmp_path / "a.wav", np.zeros((2, 4800)))) is None
