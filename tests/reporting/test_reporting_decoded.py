from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest
from PIL import Image

from vidisp.metrics.sources import PictureFiles, VideoFile
from vidisp.reporting.decoded import decoded, shown

RED_709, RED_601, RED_2020 = (63, 102, 240), (81, 90, 240), (74, 97, 240)


def flat(codes, *, space, height=64, full=False):
    frame = av.VideoFrame(64, height, "yuv420p")
    for plane, code in zip(frame.planes, codes, strict=True):
        plane.update(bytes([code]) * plane.buffer_size)
    frame.colorspace, frame.color_range = space, 2 if full else 1
    return frame


@pytest.mark.parametrize(
    ("codes", "space", "height"),
    [(RED_709, 1, 64), (RED_601, 6, 1080), (RED_2020, 9, 64), (RED_601, 2, 480), (RED_709, 2, 1080)],
)
def test_red_is_red_in_every_colour_space(codes, space, height):
    """Codes of pure red after BT.709, BT.601 and BT.2020; 2 is a video that does not state its space."""
    colour = shown(flat(codes, space=space, height=height))
    assert np.abs(colour.astype(int) - (255, 0, 0)).max() <= 3


@pytest.mark.parametrize(("full", "white"), [(False, 235), (True, 255)])
def test_white_is_white_in_either_range(full, white):
    assert shown(flat((white, 128, 128), space=1, full=full)).min() >= 254


def write_video(path, count, rotation=0):
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx264", rate=Fraction(25), options={"crf": "1", "bf": "2"})
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        if rotation:
            stream.set_display_rotation(rotation)
        for number in range(count):
            picture = np.full((64, 96, 3), 20 + 10 * number, np.uint8)
            picture[:32, :48] = 250
            output.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        output.mux(stream.encode(None))


def test_frames_come_by_their_place_in_the_video(tmp_path):
    write_video(tmp_path / "a.mp4", 20)
    source = VideoFile.open(tmp_path / "a.mp4")
    levels = [int(image[50, 80].mean()) for image in decoded(source, [0, 7, 19])]
    assert levels == pytest.approx([20, 90, 210], abs=3)


def test_a_turned_video_is_upright(tmp_path):
    """90 degrees counterclockwise take the bright corner from top left to bottom left."""
    write_video(tmp_path / "a.mp4", 2, rotation=90)
    (image,) = decoded(VideoFile.open(tmp_path / "a.mp4"), [1])
    assert image.shape == (96, 64, 3)
    assert image[90, 10].min() > 240
    assert image[5, 10].max() < 60


def test_pictures_of_a_folder(tmp_path):
    files = []
    for number in range(3):
        files.append(tmp_path / f"{number}.png")
        Image.new("L", (32, 16), 50 * number).save(files[-1])
    images = list(decoded(PictureFiles(tmp_path, tuple(files)), [0, 2]))
    assert [image[0, 0].tolist() for image in images] == [[0] * 3, [100] * 3]
