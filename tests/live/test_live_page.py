"""The page in Chromium beside real trainings: what a person presses happens to the run, and the page shows it."""

import re
import shutil
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from housegan.run.folder import Run, find_run
from housegan.run.lines import read_lines
from tests.train.conftest import Command, Start, Until

CHROMIUM = shutil.which("chromium")
SLOW_S = 60_000
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # playwright's own loop handling
]
TRAIN = [
    "train", "--data", "skies", "--size", 32, "--batch", 4, "--set", "model.generator_channels=4", "--device", "cpu",
    "--set", "model.discriminator_channels=4", "--set", "model.latent_dim=8", "--set", "watch.tick_images=200",
    "--set", "watch.grid=2", "--images", 10_000_000,
]  # fmt: skip


@pytest.fixture
def page() -> Iterator[Page]:
    """A page of a person's browser; nothing on it may go wrong."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        wrong: list[str] = []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: wrong.append(said.text) if "Content Security" in said.text else None)
        expect.set_options(timeout=SLOW_S)
        yield page
        browser.close()
        assert wrong == []


def address(command: Command, until: Until) -> str:
    until(lambda: "token=" in command.out and command.out.endswith("\n"))
    found = re.search(r"Open (http://127\.0\.0\.1:\d+/\?token=\S+)", command.out)
    assert found, command.out
    return found[1]


def answers(port: int) -> bool:
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.timeout(600)  # four starts of torch, of which each takes a minute where ten others compute
def test_a_person_follows_a_run_pauses_it_lowers_its_rate_branches_and_stops(
    start: Start, workdir: Path, until: Until, page: Page
) -> None:
    training = start(*TRAIN, "--live")
    opened = address(training, until)
    port = int(opened.split(":")[2].split("/")[0])
    page.goto(opened)
    expect(page.locator("#phase")).to_have_text("training")
    expect(page.locator("#stands")).to_contain_text("of 10,000,000 images")
    expect(page.get_by_role("img", name=re.compile("Losses over images shown; here discriminator"))).to_be_visible()
    slider = page.get_by_role("slider", name="Grids over time")
    expect(slider).not_to_have_attribute("max", "0")  # a second grid has come

    page.keyboard.press("Space")
    expect(page.locator("#phase")).to_have_text("paused")
    run = find_run("1")
    until(run.states)
    images = len(read_lines(run.path / "metrics.jsonl"))
    page.get_by_role("button", name="Halve the rate").click()
    expect(page.locator("#states")).to_contain_text("Rates halved once.")
    assert [note["rate"] for note in run.notes()] == [0.5]
    assert len(read_lines(run.path / "metrics.jsonl")) == images
    page.keyboard.press("Space")
    expect(page.locator("#phase")).to_have_text("training")

    page.keyboard.press("Home")
    expect(page.locator("#moment")).to_contain_text("0 images")
    expect(page.locator("#grid")).to_have_attribute("src", re.compile("/000000000000.png"))
    assert page.locator("#grid").evaluate("picture => picture.naturalWidth") > 64
    page.keyboard.press("ArrowRight")
    expect(page.locator("#grid")).not_to_have_attribute("src", re.compile("/000000000000.png"))
    page.keyboard.press("ArrowLeft")
    page.get_by_label("Learning rates").select_option("0.5")
    expect(page.locator("#branch-command")).to_contain_text("--set finetune.learning_rate=0.0001")

    page.get_by_role("button", name="Stop this run and begin the branch …").click()
    page.get_by_role("button", name="Begin", exact=True).click()
    page.wait_for_url("**/run/00002-skies", timeout=5 * SLOW_S)  # two starts, of which one only looks
    expect(page.locator("#phase")).to_have_text("training")
    assert training.wait() == 0, training.err
    assert "Stopped and saved in runs/00001-skies. To go on: " in training.out
    branch = find_run("2")
    start_with = branch.config().start
    assert start_with
    assert start_with.path == "runs/00001-skies/generators/000000000000.safetensors"
    assert branch.config().recipe.finetune.learning_rate == 1e-4

    page.get_by_role("button", name="Stop …").click()
    page.get_by_role("button", name="Let it train").click()
    page.keyboard.press("s")
    page.get_by_role("button", name="Save and stop").click()
    expect(page.locator("#phase")).to_have_text("not in training")
    expect(page.locator("#resume")).to_contain_text("--from runs/00001-skies/generators/000000000000.safetensors")
    assert branch.states()
    [log] = run.path.glob("out/branch-*.log")
    until(lambda: "Stopped and saved in runs/00002-skies." in log.read_text())
    page.get_by_label("Run", exact=True).select_option("00001-skies")
    expect(page.locator("#stands")).to_contain_text("Not in training;")
    assert answers(port)
    shutil.rmtree(run.path)  # whose page nobody needs any more
    until(lambda: not answers(port))


def test_the_page_says_when_training_has_died_or_the_server_is_gone(
    start: Start, workdir: Path, until: Until, page: Page
) -> None:
    training = start(*TRAIN)
    until(lambda: (workdir / "runs/00001-skies/standing.json").is_file())
    watching = start("live", "1", "--no-browser", "--port", 0)
    page.goto(address(watching, until))
    expect(page.locator("#phase")).to_have_text("training")
    training.send(signal.SIGKILL)
    training.wait()
    expect(page.locator("#stands")).to_contain_text("The training process has died after about")
    expect(page.locator("#wishes")).to_be_hidden()
    expect(page.locator("#resume")).to_contain_text("housegan train --data skies")
    watching.send(signal.SIGINT)
    assert watching.wait() == 0
    expect(page.locator("#trouble")).to_contain_text("doesn’t answer")


def test_on_a_tablet_nothing_is_wider_than_the_screen(start: Start, written: Run, until: Until, page: Page) -> None:
    page.set_viewport_size({"width": 820, "height": 1180})
    watching = start("live", "--no-browser", "--port", 0)
    page.goto(address(watching, until))
    expect(page.locator("#stands")).to_have_text("Not in training; 2,400 images were shown.")
    for width in (820, 420):
        page.set_viewport_size({"width": width, "height": 1180})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    watching.send(signal.SIGINT)
    watching.wait()
