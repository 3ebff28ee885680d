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
@pytest.mark.parametrize("suffix", [".mp4", ".webm"])
def test_a_page_can_play_the_film_through(tmp_path: Path, suffix: str) -> None:
    from playwright.sync_api import sync_playwright

    shades = [np.full((128, 128, 3), shade, np.uint8) for shade in range(0, 240, 4)]
    encode(tmp_path / f"film{suffix}", lambda: shades, suffix=suffix, fps=30)
    (tmp_path / "page.html").write_text(f"<video id=film src=film{suffix} muted preload=auto></video>")
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
