from __future__ import annotations

import base64
import csv
import io
import json

from report_kit import measures

from vidisp.reporting.tables import LARGEST, downloads, frames_csv, rows, table_csv


def found():
    curves = {"raw_psnr": [45.0, 47.123456789, None], "raw_flicker": [None, 0.1, 0.2]}
    return measures(
        curves, first=7, reference={"raw_flicker": 0.125}, noise={"raw_psnr": 42.0, "raw_tpsnr": 41.0}, raw_tpsnr=None
    )


def content(download):
    return base64.b64decode(download.href.split("base64,")[1]).decode()


def test_a_row_for_each_metric_with_a_value_in_the_promised_order():
    table = rows(found())
    assert [row.metric.key for row in table] == ["raw_psnr", "raw_flicker"]
    assert (table[0].reference, table[0].noise) == (None, 42.0)
    assert (table[1].reference, table[1].noise) == (0.125, None)


def test_the_table_as_csv_holds_the_summary():
    first, second = csv.DictReader(io.StringIO(table_csv(found())))
    assert (first["metric"], float(first["value"]), first["original"]) == ("raw_psnr", 46.0617, "")
    assert (first["two_noisy_shots"], first["unit"], first["better"]) == ("42.0", "dB", "higher")
    assert (second["metric"], float(second["value"]), second["original"]) == ("raw_flicker", 0.15, "0.125")


def test_the_frames_as_csv_hold_the_curves():
    lines = list(csv.reader(io.StringIO(frames_csv(found()))))
    assert lines == [
        ["frame", "raw_psnr", "raw_flicker"],
        ["7", "45.0", ""],
        ["8", "47.1235", "0.1"],
        ["9", "", "0.2"],
    ]


def test_the_json_is_that_of_the_measures():
    files = {download.name: download for download in downloads(found())}
    assert list(files) == ["metrics.csv", "frames.csv", "metrics.json"]
    assert json.loads(content(files["metrics.json"])) == found().to_dict()
    assert content(files["metrics.csv"]) == table_csv(found())
    assert content(files["frames.csv"]) == frames_csv(found())


def test_an_hour_leaves_out_its_frames():
    hour = measures({"psnr": [45.25] * 90_000}, kind="video")
    files = {download.name: download for download in downloads(hour)}
    assert list(files) == ["metrics.csv", "metrics.json"]
    values = json.loads(content(files["metrics.json"]))
    assert "per_frame" not in values
    assert values["psnr"] == 45.25
    assert all(len(content(download)) <= LARGEST for download in files.values())
