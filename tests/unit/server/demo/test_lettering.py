import numpy as np

from server.demo.lettering import Lettering, Line, mask_of


def test_letters_have_their_size_and_accents_are_dropped():
    assert mask_of("AB", 3).shape == (24, 36)
    assert (mask_of("é", 2) == mask_of("E", 2)).all()
    assert mask_of("I", 1)[:7, 2].all()


def test_letters_are_painted_white_and_go_when_their_time_is_over():
    planes = np.full((360 * 3 // 2, 640), 77, dtype=np.uint8)
    lettering = Lettering((Line("HELLO", 4, until_s=5),), 640, 360)
    lettering.paint(planes, 360, 5.0)
    assert (planes == 77).all()
    lettering.paint(planes, 360, 4.9)
    assert (planes[:360] == 235).sum() == mask_of("HELLO", 4).sum()
    assert (planes[360:] == 128).any()


def test_a_line_too_long_is_cut_and_stays_inside():
    planes = np.zeros((96, 64), dtype=np.uint8)
    Lettering((Line("FAR TOO LONG", 3, across=2.0, down=2.0),), 64, 64).paint(planes, 64, 0)
    assert planes.any()
