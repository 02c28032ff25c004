from __future__ import annotations

from report_kit import measures

from vidisp.reporting.worst import choose_frames


def test_the_worst_are_spread_and_the_typical_is_the_median():
    curve = [50.0] * 48
    curve[10:13] = [30.0, 29.0, 31.0]
    curve[30], curve[47] = 35.0, 36.0
    chosen = choose_frames(measures({"raw_psnr": curve}, first=100))
    assert chosen.worst == (111, 130, 147)
    assert chosen.values[chosen.typical] == 50.0
    assert chosen.numbers == sorted({*chosen.worst, chosen.typical})


def test_a_clip_of_one_frame():
    chosen = choose_frames(measures({"psnr": [40.0]}, kind="video", first=7))
    assert (chosen.worst, chosen.typical, chosen.numbers) == ((7,), 7, [7])


def test_frames_that_do_not_differ_are_never_the_worst():
    chosen = choose_frames(measures({"raw_psnr": [None, 60.0, None, None]}))
    assert chosen.worst == (1,)
    same = choose_frames(measures({"raw_psnr": [None, None, None]}))
    assert (same.worst, same.typical) == ((), 1)
