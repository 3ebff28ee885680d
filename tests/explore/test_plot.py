"""Plots of metrics whose curves are known."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from housegan.errors import HouseganError
from housegan.explore.plot import _smoothed, plot_metrics
from housegan.run.folder import Run, append_line


def test_smoothing_keeps_a_straight_line_and_quiets_noise() -> None:
    line = np.linspace(0, 1, 400)
    assert np.allclose(_smoothed(line), line)
    noise = np.random.default_rng(0).standard_normal(400)
    assert _smoothed(noise).std() < 0.5 * noise.std()


def test_a_plot_shows_both_networks_both_scores_and_where_stages_begin(tmp_path: Path) -> None:
    run = Run(tmp_path / "00001-a-b")
    run.path.mkdir()
    for tick in range(1, 41):
        stage, since = ("pretrain", 0) if tick <= 20 else ("finetune", 20_000)
        values = {"loss_d": 1.0, "loss_g": 2.0, "score_real": 0.7, "score_fake": 0.3}
        spread = {"score_real_std": 0.1, "score_fake_std": 0.1}
        place = {"images": tick * 1000, "stage": stage, "stage_images": tick * 1000 - since, "epoch": tick}
        append_line(run.path / "metrics.jsonl", place | values | spread)
    plot_metrics(run, tmp_path / "plot.png")
    with Image.open(tmp_path / "plot.png") as image:
        assert image.size == (1210, 880)
        colours = {colour for _, colour in image.convert("RGB").getcolors(1 << 20) or []}
    for line in ("3b7a57", "c2552d", "4c5fa8", "a8764c"):
        assert tuple(bytes.fromhex(line)) in colours


def test_a_run_with_one_tick_says_so(tmp_path: Path) -> None:
    run = Run(tmp_path / "00001-a")
    run.path.mkdir()
    with pytest.raises(HouseganError, match="let it train a little longer"):
        plot_metrics(run, tmp_path / "plot.png")
