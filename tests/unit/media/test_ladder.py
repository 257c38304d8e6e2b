from fractions import Fraction

import pytest

from media.house_format import VIDEO_RENDITIONS
from media.ladder import Fit, encoder_options, fit, guessed_matrix

CANVAS = (1280, 720)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ((1920, 1080, None), Fit(1280, 720, 0, 0)),
        ((640, 360, Fraction(1)), Fit(1280, 720, 0, 0)),
        ((640, 480, None), Fit(960, 720, 160, 0)),
        ((960, 400, None), Fit(1280, 534, 0, 92)),
        ((720, 1280, None), Fit(404, 720, 438, 0)),
        ((640, 360, Fraction(2)), Fit(1280, 360, 0, 180)),
        ((720, 576, Fraction(16, 15)), Fit(960, 720, 160, 0)),
        ((640, 480, Fraction(0)), Fit(960, 720, 160, 0)),
        ((640, 480, Fraction(100)), Fit(960, 720, 160, 0)),
        ((8192, 2, None), Fit(1280, 2, 0, 358)),
        ((2, 8192, None), Fit(2, 720, 638, 0)),
    ],
)
def test_the_picture_is_whole_undistorted_and_centred(source, expected):
    assert fit(*source, *CANVAS) == expected


def test_a_turned_picture_is_fitted_as_it_is_seen():
    assert fit(3840, 2160, None, *CANVAS, turned=True) == fit(2160, 3840, None, *CANVAS)


def test_standard_definition_is_taken_for_bt601():
    assert [guessed_matrix(height) for height in (480, 576, 577, 720)] == ["bt601", "bt601", "bt709", "bt709"]


@pytest.mark.parametrize("rendition", VIDEO_RENDITIONS, ids=lambda one: one.name)
def test_no_segment_can_break_the_promised_bandwidth(rendition):
    options = dict(pair.split("=") for pair in encoder_options(rendition)["x264-params"].split(":"))
    most = int(options["vbv-maxrate"]) * 1.92 + int(options["vbv-bufsize"])
    assert most * 1000 / 1.92 <= rendition.peak_bps
    assert (options["bframes"], options["scenecut"], options["open-gop"]) == ("0", "0", "0")
    assert options["keyint"] == options["min-keyint"] == "48"
