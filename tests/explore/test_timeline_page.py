"""The timeline in Chromium, served by the real command."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch
from playwright.sync_api import Browser, Page, expect, sync_playwright

from housegan.config import ModelConfig
from housegan.explore.timeline.app import Timeline
from housegan.explore.timeline.drawing import Drawing
from housegan.networks import Generator
from housegan.run.folder import Run
from housegan.run.lines import append_line
from housegan.run.snapshots import Moment, save_snapshot, snapshot_at
from tests.explore.conftest import Made, made_up
from tests.web.asking import TOKEN, served

CHROMIUM = shutil.which("chromium")
expect.set_options(timeout=20_000)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # playwright's own loop handling
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def run(made: Made) -> Run:
    return made("00001-houses<b>", judged=True)


@pytest.fixture
def address(run: Run) -> Iterator[str]:
    """Where the run is served."""
    with Drawing(range(4)) as drawing, served(Timeline(run, drawing).app()) as browser:
        yield f"http://127.0.0.1:{browser().port}/?token={TOKEN}"


@pytest.fixture
def address_of_command(run: Run, workdir: Path, command_environment: dict[str, str]) -> Iterator[str]:
    """Where the real command serves the run; ended by Ctrl-C, which is a good end."""
    command = [sys.executable, "-m", "housegan", "timeline", "1", "--count", "4", "--port", "0", "--no-browser"]
    with subprocess.Popen(command, cwd=workdir, env=command_environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            said = ""
            while not (found := re.search(r"http://127\.0\.0\.1:\d+/\?token=\S+", said)):
                line = process.stdout.readline()
                assert line, f"the server ended: {said}"
                said += line
            yield found[0]
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 0
        finally:
            process.kill()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """The page, ready; nothing on it may go wrong."""
    with opened(browser, address) as page:
        yield page


@contextmanager
def opened(browser: Browser, address: str) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1000, "height": 800})
    context.set_default_timeout(20_000)
    wrong: list[str] = []
    context.on("weberror", lambda error: wrong.append(str(error.error)))
    context.on("console", lambda said: wrong.append(said.text) if "Content Security" in said.text else None)
    page = context.new_page()
    page.goto(address)
    page.wait_for_selector("body[data-ready]")
    yield page
    context.close()
    assert wrong == []


def shows(page: Page, images: int) -> bytes:
    """Wait until the pictures of this generator are on the canvas; returns what it looks like."""
    expect(page.locator("#place")).to_have_text(f"{images:,} images")
    expect(page.locator("body")).to_have_attribute("data-shown", str(images))
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return page.locator("#canvas").screenshot(animations="disabled")  # it fades in: wait for none of it, show the end


def test_the_command_serves_it_until_ctrl_c(browser: Browser, address_of_command: str, run: Run) -> None:
    with opened(browser, address_of_command) as page:
        shows(page, 12_000)
        page.locator("#form button.main").click()
        expect(page.locator("#favourites button")).to_have_text("★ 12,000")
    assert snapshot_at(run, "favourite").images == 12_000


def test_one_scrubs_by_keys_slider_and_curve_and_marks_a_favourite(page: Page, run: Run) -> None:
    looks = {shows(page, 12_000)}
    expect(page.locator("h1")).to_have_text("00001-houses<b>")
    expect(page.locator("#marks")).to_contain_text("best")
    page.keyboard.press("ArrowLeft")
    looks.add(shows(page, 10_000))
    page.keyboard.press("Home")
    looks.add(shows(page, 2_000))
    page.keyboard.press("ArrowLeft")
    looks.add(shows(page, 2_000))
    assert len(looks) == 3
    page.locator("#slider").fill("7700")  # between two generators: the nearest one
    shows(page, 8_000)
    box = page.locator("#chart").bounding_box()
    assert box
    page.mouse.click(box["x"] + 55, box["y"] + 30)
    shows(page, 2_000)
    thumb = page.evaluate("document.querySelector('.curves .here').getBoundingClientRect().x")
    assert thumb == pytest.approx(
        page.evaluate("document.getElementById('slider').getBoundingClientRect().x") + 8, abs=2
    )
    page.locator("#next").click()
    shows(page, 4_000)

    page.locator("#name").fill("the <i>blue</i> towers")
    page.keyboard.press("ArrowLeft")  # belongs to the field
    page.keyboard.press("Enter")
    expect(page.locator("#favourites button")).to_have_text("★ 4,000 · the <i>blue</i> towers")
    expect(page.locator("#announcer")).to_contain_text("4,000 images is your favourite now")
    assert json.loads((run.path / "notes.jsonl").read_text())["name"] == "the <i>blue</i> towers"
    assert snapshot_at(run, "favourite").images == 4000
    page.locator("#to-best").click()
    shows(page, 12_000)
    page.locator("#favourites button").click()
    shows(page, 4_000)
    expect(page.locator("#marks")).to_contain_text("★ the <i>blue</i> towers")


def test_training_that_goes_on_brings_new_generators_and_takes_old_ones(page: Page, run: Run) -> None:
    shows(page, 12_000)
    torch.manual_seed(5)
    model = ModelConfig(size=32, latent_dim=8, generator_channels=4, discriminator_channels=4)
    save_snapshot(run, Generator(model), Moment(stage="finetune", images=14_000, epoch=700))
    place = {"images": 14_000, "stage": "finetune", "stage_images": 8_000, "epoch": 700}
    append_line(run.path / "metrics.jsonl", place | made_up(0.01))
    shows(page, 14_000)  # who looks at the last one goes on with it
    expect(page.locator("#marks")).to_contain_text("best")
    page.keyboard.press("Home")
    shows(page, 2_000)
    for images in (2_000, 6_000):
        snapshot_at(run, f"images:{images}").path.unlink()
    shows(page, 4_000)
    page.keyboard.press("ArrowRight")
    shows(page, 8_000)
    expect(page.locator("#trouble")).to_be_hidden()


def test_it_fits_a_phone_and_both_looks(browser: Browser, address: str) -> None:
    papers = set()
    for scheme, width in (("dark", 390), ("light", 1280)):
        context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 800}, has_touch=True)  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(address)
        shows(page, 12_000)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.locator("#back").tap()
        shows(page, 10_000)
        for button in page.locator("button:visible").all():
            box = button.bounding_box()
            assert box
            assert 0 <= box["x"] <= width - box["width"]
            assert box["y"] + box["height"] <= 800
        papers.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
        context.close()
    assert len(papers) == 2


POINTS = """async (count) => {
    const { draw } = await import("/static/curves.js");
    const figure = document.getElementById("chart");
    const x = Array.from({ length: count }, (_, place) => place);
    const y = x.map((place) => (place === 1234 ? 50 : place === 777 ? null : Math.sin(place / 500)));
    const began = performance.now();
    draw(figure, { says: "many", domain: [0, count], series: [{ kind: "kid", name: "many", x, y }], here: 0 });
    const paths = [...figure.querySelectorAll("path.line")].map((path) => path.getAttribute("d"));
    const heights = paths.join("").match(/[-.0-9]+(?=[ML]|$)/g).map(Number);
    return [performance.now() - began, paths.length, paths.join("").length, heights];
}"""


def test_curves_take_thousands_of_points_and_lose_no_peak(page: Page) -> None:
    shows(page, 12_000)
    milliseconds, pieces, length, heights = page.evaluate(POINTS, 20_000)
    assert pieces == 2  # a value that is missing interrupts the line
    assert length < 60_000
    assert min(heights) < 40  # the one point that stands out is at the top
    assert milliseconds < 250 * max(1, 2 * os.getloadavg()[0])
