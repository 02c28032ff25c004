from __future__ import annotations

import json
from pathlib import Path

import pytest
from bench import RATE_TOLERANCE, Row, bench_clips, search_rates
from rate_distortion import earlier_rows, gain_lines, gains, summary, table

from vidisp.errors import InputError


def test_the_search_comes_near_every_rate_with_few_encodes() -> None:
    tried: list[float] = []

    def rate(crf: float) -> float:
        tried.append(crf)
        return 6 * 2 ** (-crf / 5)

    targets = (0.1, 0.25, 0.63, 1.6, 4.0)
    found = search_rates(rate, targets, (0, 51))
    assert len(found) == 5
    assert all(min(abs(bpp / t - 1) for bpp in found.values()) < RATE_TOLERANCE for t in targets)
    assert len(tried) == len(set(tried)) <= 10


def test_a_rate_out_of_reach_gives_the_nearest_there_is() -> None:
    found = search_rates(lambda crf: 0.5 * 2 ** (-crf / 6), (4.0,), (0, 51))
    assert found == {0: 0.5}


def row(system: str, bpp: float, lift: float = 0) -> Row:
    return Row(system, 20, round(bpp * 1e5), bpp, 40 + 9 * bpp + lift, 39 + 9 * bpp + lift, 38 + 9 * bpp, 100)


def test_gains_are_told_with_their_interval() -> None:
    rates = (0.1, 0.4, 1.1, 3.9)
    rows = [row("lift h264", b, 1.5) for b in rates] + [row("analytic h264", b) for b in rates]
    found = gains(rows)
    assert [(g["test"], g["anchor"], g["of"]) for g in found] == [
        ("lift h264", "analytic h264", "psnr_bayer"),
        ("lift h264", "analytic h264", "psnr_sqrt"),
    ]
    assert found[0]["db"] == pytest.approx(1.5)
    assert "+1.50 dB from 0.100 to 3.900 bpp" in gain_lines(rows)[0]
    assert len(table(rows)) == 9


def test_clips_are_found_by_their_cards(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no benchmark clip"):
        bench_clips(tmp_path)
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / f"{name}.json").write_text(json.dumps({"name": name}))
    assert [clip.name for clip in bench_clips(tmp_path)] == ["a", "b"]
    assert [clip.name for clip in bench_clips(tmp_path, ["b"])] == ["b"]
    with pytest.raises(InputError, match="no benchmark clip c"):
        bench_clips(tmp_path, ["a", "c"])


def test_earlier_rows_stand_beside_new_ones_of_the_same_clip(tmp_path: Path) -> None:
    rows = [row("lift h264", b) for b in (0.1, 0.4, 1.1)]
    result = {"clip": {"sha256": "ab"}, "rows": [r.to_dict() for r in rows], "bd_psnr": []}
    for name in ("one.json", "two.json"):
        (tmp_path / name).write_text(json.dumps({"results": [result]}))
    assert earlier_rows([tmp_path / "one.json", tmp_path / "two.json"]) == {"ab": rows + rows}


def test_the_summary_gives_mean_and_worst() -> None:
    gain = {"test": "a", "anchor": "b", "of": "psnr_bayer"}
    results = [{"clip": {"name": n}, "bd_psnr": [gain | {"db": db}]} for n, db in (("x", 1.0), ("y", 3.0))]
    assert summary(results) == ["BD-PSNR (psnr_bayer) a over b: mean +2.00 dB of 2 clips, worst +1.00 dB (x)"]
