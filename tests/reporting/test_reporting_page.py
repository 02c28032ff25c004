from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pytest
from report_kit import encoded, measures, whole_page

from vidisp.reporting.page import page, sentence
from vidisp.reporting.worst import choose_frames

CURVES = {"raw_psnr": [45.0, 44.0, 46.0, 41.5], "raw_tpsnr": [None, 43.0, 44.0, 42.0]}


class Tags(HTMLParser):
    """Every tag with its attributes, and the text between tags."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.text, self.open = [], "", []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in ("meta", "img", "input", "br", "line", "path"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag in self.open:
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data

    def named(self, name):
        return [attributes for tag, attributes in self.tags if tag == name]


def test_the_verdict_comes_first_and_every_frame_is_there():
    found = Tags(whole_page(measures(CURVES, noise={"raw_psnr": 40.0})))
    assert found.open == []
    assert found.text.index("less than the sensor's own noise") < found.text.index("Over time")
    assert "The noise alone: one shot against the scene without noise" in found.text
    assert found.text.count("Recovered") > 3
    pressed = [button for button in found.named("button") if button.get("aria-pressed") == "true"]
    assert len(pressed) == 1
    assert "Frame 3" in found.text


def test_every_picture_is_in_the_page_once():
    html = whole_page(measures(CURVES))
    uris = re.findall(r"data:image/[^\"]+", html)
    assert len(uris) == len(set(uris))
    chosen = choose_frames(measures(CURVES))
    shots = encoded(chosen.numbers)
    assert all(shot.whole.recovered in html for shot in shots)


def test_nothing_comes_from_outside():
    html = whole_page(measures(CURVES))
    found = Tags(html)
    sources = [a[k] for _, a in found.tags for k in ("src", "href", "action", "srcset", "poster") if k in a]
    assert sources
    assert all(source.startswith("data:") for source in sources)
    assert not re.search(r"https?:|url\(|@import", html)
    policy = next(meta["content"] for meta in found.named("meta") if "http-equiv" in meta)
    assert policy.startswith("default-src 'none'")
    assert not found.named("link")


@pytest.mark.parametrize("nasty", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "a&b</title>'"])
def test_names_are_text_and_nothing_else(nasty):
    harmless, found = (Tags(whole_page(measures(CURVES, video=name, original=name))) for name in ("name", nasty))
    assert [tag for tag, _ in found.tags] == [tag for tag, _ in harmless.tags]
    assert found.text.count(nasty) >= 2


def test_the_points_under_the_pointer_are_those_of_the_curves():
    html = whole_page(measures(CURVES, first=10))
    (data,) = re.findall(r'id="points">(.*?)</script>', html, re.DOTALL)
    bayer, temporal = json.loads(data)
    assert [(number, text) for number, _, _, text in bayer] == [
        (10, "45.00"),
        (11, "44.00"),
        (12, "46.00"),
        (13, "41.50"),
    ]
    assert [number for number, *_ in temporal] == [11, 12, 13]


def test_equal_clips_have_no_worst_frames():
    found = Tags(whole_page(measures({"raw_psnr": [None, None, None]})))
    assert "sample for sample" in found.text
    assert "Where they differ most" not in found.text
    assert "Over time" not in found.text
    assert len([image for image in found.named("img") if "src" in image]) == 2


def test_a_single_frame_that_is_worst_and_typical():
    found = Tags(whole_page(measures({"psnr": [40.0]}, kind="video")))
    assert "Frame 0" in found.text
    assert [image["data-view"] for image in found.named("img") if "data-view" in image] == ["0 original", "0 recovered"]


def test_notes_and_cuts_are_told():
    found = measures({"psnr": [40.0, 41.0, 39.0]}, kind="video", cuts=(2,))
    html = whole_page(found)
    assert "Dashed: cuts" in html
    assert html.count('class="cut"') == 1


def test_the_page_of_an_hour_is_small():
    hour = measures({key: [40.0 + i % 7 for i in range(90_000)] for key in ("psnr", "ssim", "vmaf")}, kind="video")
    chosen = choose_frames(hour)
    assert len(page(hour, chosen, encoded(chosen.numbers), 8)) < 2_000_000


def test_labels_become_sentences():
    assert [sentence(label) for label in ("flicker", "tOF", "PSNR", "")] == ["Flicker", "tOF", "PSNR", ""]
