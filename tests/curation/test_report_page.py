"""The report as a browser shows it: from the disk, without scripts, in both looks and on a phone."""

import shutil
import subprocess
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Literal

import pytest
from PIL import Image

from curation import duplicates
from curation.near import Near
from curation.report import write_report
from housegan.catalog import Catalog, Crop, Decision, Sha256
from housegan.config import SetConfig

Housegan = Callable[..., subprocess.CompletedProcess[str]]
Paint = Callable[..., Image.Image]
Add = Callable[..., Sha256]
CHROMIUM = shutil.which("chromium")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # playwright's own loop handling
]

CONTRAST = """() => {
    const channels = colour => colour.match(/[\\d.]+/g).map(Number);
    const light = ([r, g, b]) => {
        const [x, y, z] = [r, g, b].map(c => c / 255).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
        return 0.2126 * x + 0.7152 * y + 0.0722 * z;
    };
    const behind = element => {
        for (; element; element = element.parentElement) {
            const colour = channels(getComputedStyle(element).backgroundColor);
            if (colour.length === 3 || colour[3] === 1) return colour;
        }
        return [255, 255, 255];
    };
    const weak = [];
    for (const element of document.body.querySelectorAll('*')) {
        const words = [...element.childNodes].some(node => node.nodeType === 3 && node.textContent.trim());
        if (!words || element.closest('svg')) continue;
        const [a, b] = [light(channels(getComputedStyle(element).color)), light(behind(element))].sort((x, y) => y - x);
        const ratio = (a + 0.05) / (b + 0.05);
        if (ratio < 4.5) weak.push(`${element.tagName}.${element.className} ${ratio.toFixed(2)}`);
    }
    return [...new Set(weak)];
}"""


def test_the_page_opens_from_the_disk_and_asks_nobody(catalog: Catalog, add: Add, paint: Paint) -> None:
    from playwright.sync_api import sync_playwright

    kept = [add(paint(n), name=f"house {n}" + " with a very long name" * 9) for n in range(12)]
    lost = [add(paint(n), name=f"copy{'x' * 90}") for n in range(20, 26)]
    reason = f"near duplicate: same picture as {kept[0][:8]} (3 of 256 bits differ), which is larger"
    catalog.record([Decision(one, "duplicates", 1, "c", "reject", reason=reason) for one in lost[:4]])
    catalog.record([Decision(one, "quality", 1, "c", "reject", reason="too dark: " + "dark" * 40) for one in lost[4:]])
    catalog.record([Decision(one, "crop", 1, "c", crop=Crop(30, 10, 200), confidence=0.1) for one in kept[:3]])
    first, second = sorted(kept[4:6])
    config = SetConfig(title="Houses", story="A story " * 40)
    asked_about = {(first, second): (None, "hard to tell")}
    catalog.record_pairs(duplicates.opinions([Near(first, second, 40, 0)], asked_about, [], config.curate))
    report = write_report(catalog, config)

    asked: list[str] = []
    complaints: list[str] = []
    papers = set()
    views: list[tuple[Literal["light", "dark"], int]] = [("light", 1280), ("dark", 420), ("light", 320)]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        for scheme, width in views:
            context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})
            page = context.new_page()
            page.on("request", lambda request: asked.append(request.url))
            page.on("console", lambda message: complaints.append(message.text))
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.goto(report.resolve().as_uri(), wait_until="load")
            page.evaluate("document.querySelectorAll('img').forEach(image => image.loading = 'eager')")
            page.wait_for_function("[...document.images].every(image => image.complete)")
            assert page.evaluate("[...document.images].every(image => image.naturalWidth > 99 && image.alt)")
            assert page.evaluate("document.images.length") == 6 + 1 + 4 + 2 + 3 + 12
            assert page.evaluate("document.documentElement.scrollWidth") <= width, "nothing sticks out"
            assert page.evaluate(CONTRAST) == []
            squares = page.evaluate(
                """() => [...document.querySelectorAll('.framed')].map(whole => {
                    const [frame, all] = [whole.querySelector('i'), whole].map(one => one.getBoundingClientRect());
                    return [(frame.left - all.left) / all.width, frame.width / all.width, frame.width / frame.height];
                })"""
            )
            assert squares == [pytest.approx([30 / 320, 200 / 320, 1], abs=0.02)] * 3
            levels = page.evaluate("[...document.querySelectorAll('h1, h2, h3')].map(one => Number(one.tagName[1]))")
            assert levels[0] == 1
            assert all(after - before <= 1 for before, after in pairwise(levels))
            papers.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
            context.close()
        browser.close()
    assert complaints == []
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert len(papers) == 2


@pytest.mark.shared
def test_two_hundred_paintings_make_a_page_of_a_few_megabytes(
    workdir: Path, shared: Path, quick_housegan: Housegan
) -> None:
    from playwright.sync_api import sync_playwright

    quick_housegan("import", "monet", shared / "monet")
    with Catalog.existing("monet") as catalog:
        report = write_report(catalog, SetConfig())
    assert 500_000 < report.stat().st_size < 3_000_000
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        context = browser.new_context(java_script_enabled=False, viewport={"width": 1280, "height": 900})
        page = context.new_page()
        page.goto(report.resolve().as_uri())
        assert page.locator(".sheet img").count() == 200
        assert page.locator(".funnel .kept .count").inner_text() == "200"
        browser.close()
