"""Runs to look at: real ones by the real command, and a folder with lines as training writes them."""

import json
from pathlib import Path

import pytest

from housegan.config import load_recipe
from housegan.run.folder import Run, RunConfig, SetUsed, new_run
from tests.train.conftest import curated, forker, painted, start, until

__all__ = ["curated", "forker", "start", "until"]


@pytest.fixture
def written(workdir: Path) -> Run:
    """A run of two stages with 60 ticks, three grids and two generators, of which nobody trains anything now."""
    used = [SetUsed(name=name, pack="64-0", pictures=22) for name in ("blobs", "skies")]
    recipe = load_recipe("quick", ["model.size=32"])
    config = RunConfig(
        recipe=recipe, recipe_name="quick", seed=3, pretrain=used[0], finetune=used[1], precision="fp32", device="cpu"
    )
    run = new_run(config)
    with (run.path / "metrics.jsonl").open("w") as metrics, (run.path / "timing.jsonl").open("w") as timing:
        for number in range(1, 61):
            stage, before = ("pretrain", 0) if number <= 30 else ("finetune", 1200)
            images = 40 * number
            line = {"images": images, "stage": stage, "stage_images": images - before, "epoch": (images - before) / 20}
            scores = {"score_real": 0.7, "score_real_std": 0.1, "score_fake": 0.3, "score_fake_std": 0.2}
            metrics.write(json.dumps(line | {"loss_d": 0.5, "loss_g": 1 + number / 60} | scores) + "\n")
            timing.write(json.dumps({"images": images, "seconds": number, "images_per_second": 40.0}) + "\n")
    for folder, suffix, moments in (("samples", "png", (0, 1200, 2400)), ("generators", "safetensors", (0, 2400))):
        (run.path / folder).mkdir()
        for images in moments:
            (run.path / folder / f"{images:012d}.{suffix}").write_bytes(painted(str(images), bright=0))
    (run.path / "samples/pretrain").mkdir()
    (run.path / "samples/pretrain/real.png").write_bytes(b"a stranger's picture")
    return run
