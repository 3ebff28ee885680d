"""The benchmark that compares recipes by the clock: what it trains, and which snapshots it judges."""

import argparse
import sys
from pathlib import Path

import pytest

from housegan.config import ModelConfig
from housegan.networks import Generator
from housegan.run.folder import Run
from housegan.run.lines import append_line
from housegan.run.snapshots import Moment, save_snapshot

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks.time_to_quality import CONTENDERS, _spread, _tries


def test_contenders_are_recipes_with_changes_one_folder_for_each_seed(tmp_path: Path) -> None:
    options = argparse.Namespace(
        seeds=[1, 2],
        folder=tmp_path,
        contenders=["low first: default 'finetune.low_resolution={64: 0.5}' model.size=128"],
    )
    tries = list(_tries(options))
    assert [(one.name, one.recipe, one.seed, one.folder.name) for one in tries] == [
        ("low first", "default", 1, "low-first-1"),
        ("low first", "default", 2, "low-first-2"),
    ]
    assert tries[0].changes == ("finetune.low_resolution={64: 0.5}", "model.size=128")
    named = _tries(argparse.Namespace(seeds=[0], folder=tmp_path, contenders=None))
    assert [one.name for one in named] == [text.partition(":")[0] for text in CONTENDERS]


def test_snapshots_are_judged_at_equal_ratios_of_time_the_last_among_them(tmp_path: Path) -> None:
    run = Run(tmp_path / "00001-houses")
    run.path.mkdir()
    generator = Generator(ModelConfig(size=32, latent_dim=4, generator_channels=2))
    for images in range(0, 1001, 50):
        append_line(run.path / "timing.jsonl", {"images": images, "seconds": 2 * images})
        save_snapshot(run, generator, Moment(stage="finetune", images=images, epoch=0))
    found = [(snapshot.images, seconds) for snapshot, seconds in _spread(run, 4)]
    assert found == [(350, 700), (500, 1000), (700, 1400), (1000, 2000)]
    assert len(_spread(run, 50)) < 22
    assert _spread(run, 1)[0][1] == pytest.approx(2000)
