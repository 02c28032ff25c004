"""The page in a real browser, from disk, as a phone and as a desktop show it (Debian: apt-get install chromium)."""

from __future__ import annotations

import json

import pytest
from browser import Browser
from report_kit import measures, whole_page

pytestmark = pytest.mark.external

PHONE, DESKTOP = (375, 812), (1280, 900)
AT = "getComputedStyle(document.querySelector('.slider')).getPropertyValue('--at')"
RIGHT, HOME = ("ArrowRight", 39), ("Home", 36)


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    tab = Browser(tmp_path_factory.mktemp("profile"))
    yield tab
    tab.close()


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """A clip with a long name that has no place to break, in each kind of chart."""
    curves = {"raw_psnr": [45 - n % 5 for n in range(24)], "raw_tpsnr": [None, *([44.0, 43.0] * 11), 44.5]}
    curves["raw_warping_error"] = [None, *(1e-5 * (n + 1) for n in range(23))]
    found = measures(
        curves, original="clip_" + "x" * 150, reference={"raw_warping_error": 1e-4}, noise={"raw_psnr": 42.0}
    )
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(whole_page(found), encoding="utf-8")
    return path


@pytest.fixture(params=[PHONE, DESKTOP], ids=["phone", "desktop"])
def page(browser, report, request):
    browser.open(report, *request.param, phone=request.param is PHONE)
    return browser


@pytest.mark.parametrize(("width", "height"), [PHONE, DESKTOP])
def test_nothing_is_wider_than_the_window(browser, report, width, height):
    """A phone zooms out from what is too wide, so its own width counts, not the window's."""
    browser.open(report, width, height, phone=True)
    assert browser.run("document.documentElement.scrollWidth") == width


def test_nothing_is_fetched_and_nothing_is_complained_of(page, report):
    assert page.run("[...document.images].filter((i) => i.getAttribute('src') && !i.naturalWidth).length") == 0
    assert page.run("[...document.images].every((i) => i.src.startsWith('data:'))") is True
    assert page.requests() == [report.as_uri()]
    assert page.complaints() == []


def test_text_is_large_enough_to_read(page):
    """SVG that is scaled takes its text along: none must be below 11 CSS pixels."""
    sizes = page.run(
        "[...document.querySelectorAll('body *')].filter((e) => e.innerText && !e.children.length)"
        ".map((e) => parseFloat(getComputedStyle(e).fontSize))"
    )
    assert len(sizes) > 50
    assert min(sizes) >= 11


def test_the_slider_follows_the_mouse(browser, report):
    browser.open(report, *DESKTOP)
    box = browser.box(".slider")
    middle = box["y"] + box["height"] / 2
    browser.drag((box["x"] + box["width"] * 0.5, middle), (box["x"] + box["width"] * 0.25, middle))
    assert browser.run(AT) == "25%"
    assert "25%" in browser.run("getComputedStyle(document.querySelector('.slider .recovered')).clipPath")


def test_the_slider_follows_a_finger(browser, report):
    browser.open(report, *PHONE, phone=True)
    box = browser.box(".slider")
    middle = box["y"] + box["height"] / 2
    browser.swipe((box["x"] + box["width"] * 0.5, middle), (box["x"] + box["width"] * 0.8, middle))
    assert browser.run(AT) == "80%"


def test_the_slider_follows_the_keys(page):
    page.run("document.querySelector('.slider input').focus()")
    page.press(*RIGHT)
    assert page.run(AT) == "51%"
    page.press(*HOME)
    assert page.run(AT) == "0%"


def test_frames_are_chosen_for_the_slider_and_come_back(page):
    sources = "[...document.querySelectorAll('.slider img')].map((i) => i.src)"
    first = page.run(sources)
    pressed = "document.querySelector('.frames [aria-pressed=true]').dataset.shot"
    start = page.run(pressed)
    page.run("document.querySelector('article button').click()")
    other = page.run(sources)
    assert set(first).isdisjoint(other)
    shot = page.run(pressed)
    assert other == page.run(f"[...document.querySelectorAll('[data-view^=\"{shot} \"]')].map((i) => i.src)")
    page.run(f"document.querySelector('.frames [data-shot=\"{start}\"]').click()")
    assert page.run(sources) == first
    assert page.complaints() == []


def test_pointing_at_a_curve_reads_all_of_them(browser, report):
    browser.open(report, *DESKTOP)
    box = browser.box("#curves .plot")
    browser.call("Input.dispatchMouseEvent", type="mouseMoved", x=box["x"] + box["width"] * 4 / 23, y=box["y"] + 20)
    outputs = "[...document.querySelectorAll('#curves output')].map((o) => o.textContent)"
    assert browser.run(outputs) == ["frame 4: 41.00", "frame 4: 43.00", "frame 4: 4.00e-5"]
    browser.call("Input.dispatchMouseEvent", type="mouseMoved", x=5, y=5)
    assert browser.run(outputs) == ["", "", ""]


def test_a_file_of_the_page_can_be_saved(browser, report, tmp_path):
    browser.open(report, *DESKTOP)
    browser.call("Page.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
    browser.box(".downloads")
    browser.run("document.querySelector('[download=\"metrics.json\"]').click()")
    browser.wait_for("Page.downloadProgress", state="completed")
    values = json.loads((tmp_path / "metrics.json").read_text())
    assert (values["frames"], values["raw_psnr"]) == (24, 43.0833)


def test_dark_and_light(browser, report):
    colours = []
    for dark in (False, True):
        browser.open(report, *DESKTOP, dark=dark)
        colours.append(browser.run("getComputedStyle(document.body).backgroundColor"))
    light, dark = (sum(map(int, c.strip("rgb()").split(","))) for c in colours)
    assert light > 600 > 150 > dark
