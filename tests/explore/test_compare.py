"""The page with several runs side by side."""

import re
import shutil
from html import unescape
from pathlib import Path

import pytest

from housegan.explore.compare.differences import flattened
from housegan.explore.compare.gathering import Picture, _webp
from tests.conftest import Housegan
from tests.explore.conftest import Made

CHROMIUM = shutil.which("chromium")


def compared(quick_housegan: Housegan, *arguments: str) -> str:
    done = quick_housegan("compare", *arguments, "--to", "page.html")
    assert done.returncode == 0, done.stderr
    return Path("page.html").read_text()


def cells(text: str, name: str) -> list[str]:
    """What stands in the row of this name, tags away."""
    row = re.search(rf'<tr><th scope="row">{re.escape(name)}.*?</tr>', text)
    assert row, name
    return [unescape(re.sub("<[^>]*>", "", cell)).strip() for cell in re.findall(r"<td[^>]*>(.*?)</td>", row[0])]


def test_numbers_and_what_differs_stand_side_by_side(made: Made, quick_housegan: Housegan) -> None:
    made("00001-a", judged=True, kid=6.0)
    made("00002-b", judged=True, kid=3.0, seed=7)
    made("00003-c", ticks=8)
    text = compared(quick_housegan, "1", "2", "3", "--count", "2")
    assert cells(text, "images") == ["12,000", "12,000", "8,000"]
    assert cells(text, "hours until then") == ["0.12", "0.12", "0.08"]
    assert cells(text, "KID") == ["0.500 ± 0.100", "0.250 ± 0.100", "–"]
    assert re.findall(r'class="best"[^>]*>([^<]+)', text)[0] == "0.250 ± 0.100"
    assert cells(text, "seed") == ["0", "7", "0"]
    assert "recipe.finetune.learning_rate" not in text
    assert "the very same latent of 8 numbers in every run" in text
    assert text.count("data:image/webp;base64,") == 6


def test_at_best_each_run_is_shown_where_it_was_judged_best(made: Made, quick_housegan: Housegan) -> None:
    made("00001-a", judged=True)
    made("00002-b", judged=True, ticks=6)
    assert cells(compared(quick_housegan, "1", "2", "--at", "best", "--count", "1"), "images") == ["12,000", "6,000"]


def test_latents_of_other_lengths_and_other_pictures_are_said_to_be_so(made: Made, quick_housegan: Housegan) -> None:
    made("00001-a", judged=True)
    made("00002-b", judged=True, size=64, z=16)
    text = compared(quick_housegan, "1", "2", "--count", "1")
    assert "8 numbers in 00001-a; 16 numbers in 00002-b" in text
    assert "can’t be ranked" in text
    assert 'class="best"' not in text


def test_the_same_latent_is_the_same_picture_by_the_same_weights(made: Made, quick_housegan: Housegan) -> None:
    made("00001-a")
    made("00002-b")
    text = compared(quick_housegan, "1", "2", "--count", "2", "--seed", "40")
    first, second, third, fourth = re.findall(r'src="(data:image/webp[^"]+)"', text)
    assert (first, third) == (second, fourth)
    assert first != third
    assert "only chance, or the moment, tells them apart" in text


def test_a_stranger_s_name_is_text(made: Made, quick_housegan: Housegan) -> None:
    name = "00001-<img src=x onerror=alert(1)>"
    made(name)
    made("00002-$b_{2}$")
    text = compared(quick_housegan, "1", "2", "--count", "1")
    assert "<img src=x" not in text
    assert text.count("&lt;img src=x") > 2
    assert "$b_{2}$" in text


def test_a_page_of_four_runs_and_sixteen_seeds_can_be_sent() -> None:
    import numpy as np

    noise: Picture = np.random.default_rng(0).integers(0, 256, (256, 256, 3)).astype(np.uint8)
    smooth = np.asarray(np.kron(noise[::4, ::4], np.ones((4, 4, 1))), np.uint8)
    for picture in (smooth, noise[:64, :64], np.kron(smooth, np.ones((2, 2, 1), np.uint8))):
        assert len(_webp(picture)) * 64 * 4 / 3 < 4_500_000


def test_nested_values_get_dotted_names() -> None:
    assert flattened({"a": {"b": 1, "c": {"d": [2]}}, "e": None}) == {"a.b": 1, "a.c.d": [2], "e": None}


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # playwright's own loop handling
def test_the_page_opens_from_the_disk_and_asks_nobody(made: Made, quick_housegan: Housegan) -> None:
    from playwright.sync_api import Route, sync_playwright

    for number, name in enumerate(("00001-a", "00002-" + "long-" * 12, "00003-c", "00004-d")):
        made(name, judged=number != 3, kid=number + 1)
    compared(quick_housegan, "1", "2", "3", "4")
    asked: list[str] = []
    complaints: list[str] = []
    papers = set()

    def forbid(route: Route) -> None:
        asked.append(route.request.url)
        route.abort()

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        for scheme, width in (("light", 1280), ("dark", 390)):
            context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})  # type: ignore[arg-type]
            page = context.new_page()
            page.route(re.compile("^(?!file:|data:)"), forbid)
            page.on("console", lambda message: complaints.append(message.text))
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.goto(Path("page.html").resolve().as_uri())
            page.evaluate("document.querySelectorAll('img').forEach(image => image.loading = 'eager')")
            page.wait_for_function("[...document.images].every(image => image.complete)")
            assert page.evaluate("[...document.images].filter(image => image.naturalWidth === 32).length") == 4 * 16
            assert page.evaluate("document.images[0].width === document.images[0].height")
            assert page.evaluate("document.documentElement.scrollWidth") <= width, "nothing sticks out"
            ink, paper = "getComputedStyle(document.body).color", "getComputedStyle(document.body).backgroundColor"
            words = "getComputedStyle(document.querySelector('.curves svg text')).fill"
            assert page.evaluate(words) == page.evaluate(ink) != page.evaluate(paper)
            papers.add(page.evaluate(paper))
            context.close()
        browser.close()
    assert asked == complaints == []
    assert len(papers) == 2
