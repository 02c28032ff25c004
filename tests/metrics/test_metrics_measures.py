from __future__ import annotations

import json
import math

import pytest

from vidisp.metrics.catalogue import METRICS, metrics_of
from vidisp.metrics.measures import Measures


def found(**options: object) -> Measures:
    values: dict = {
        "video": "b.mp4",
        "reference": "a.mp4",
        "kind": "video",
        "frames": 3,
        "numbers": (0, 1, 2),
        "summary": dict.fromkeys((metric.key for metric in metrics_of("video")), None) | {"psnr": 41.23456789},
        "curves": {"psnr": [40.0, None, 42.0]},
    }
    return Measures(**values | options)


def test_every_metric_says_what_it_is() -> None:
    for key, metric in METRICS.items():
        assert key == metric.key
        assert metric.label
        assert metric.about
        assert "\n" not in metric.about
        assert key.startswith("raw_") == (metric.kind == "raw")
    lower = {"flicker", "warping_error", "even_odd_beat", "tof", "st_rred"}
    assert {key for key in lower if METRICS[key].better == "lower"} == lower
    assert METRICS["tpsnr"].better == "higher"


def test_json_has_the_promised_keys_and_no_nan() -> None:
    values = json.loads(json.dumps(found(reference_summary={"flicker": math.inf}).to_dict(), allow_nan=False))
    assert {"flicker", "warping_error", "even_odd_beat", "tpsnr", "vmaf", "st_rred"} <= set(values)
    assert values["psnr"] == 41.2346
    assert values["flicker"] is None
    assert values["of_the_reference"] == {"flicker": None}
    assert values["per_frame"] == [{"frame": i, "psnr": v} for i, v in enumerate([40, None, 42])]


def test_the_table_shows_what_was_measured() -> None:
    text = found(reference_summary={"flicker": 0.5}, cuts=(2,), notes=("VMAF: not measured",)).to_text()
    assert "PSNR, luma" in text
    assert "41.235" in text
    assert "higher is better" in text
    assert "SSIM" not in text
    assert "before frame 2" in text
    assert "\nVMAF: not measured\n" in text
    assert text.splitlines()[-1].startswith("The video is close to the original")
    assert found(reference=None, notes=("alone",)).to_text().endswith("alone")


@pytest.mark.parametrize("kind", ["video", "raw"])
def test_kinds_are_apart(kind: str) -> None:
    assert {metric.kind for metric in metrics_of(kind)} == {kind}
