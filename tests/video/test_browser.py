"""A film plays where people watch films."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from housegan.video.encoder import encode

CHROMIUM = shutil.which("chromium")


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # playwright's own loop handling
def test_a_page_can_play_the_film_through(tmp_path: Path) -> None:
    from playwright.sync_api import sync_playwright

    shades = (np.full((128, 128, 3), shade, np.uint8) for shade in range(0, 240, 4))
    encode(tmp_path / "film.mp4", lambda: shades, suffix=".mp4", fps=30)
    (tmp_path / "page.html").write_text("<video id=film src=film.mp4 muted preload=auto></video>")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        page.goto((tmp_path / "page.html").as_uri())
        ready = page.evaluate(
            """() => new Promise((resolve, reject) => {
                const film = document.getElementById('film');
                film.onerror = () => reject(new Error(film.error.message));
                const tell = () => resolve([film.videoWidth, film.videoHeight, film.duration]);
                if (film.readyState === 4) tell(); else film.addEventListener('canplaythrough', tell);
            })"""
        )
        browser.close()
    assert ready[:2] == [128, 128]
    assert ready[2] == pytest.approx(2, abs=0.1)
